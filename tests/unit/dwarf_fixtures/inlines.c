/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that are inlined into each other, with lines that the test knows;
 * a nested function; code in a cold part; ranges that are not in one piece.
 */
#include <stdio.h>
#include <stdlib.h>

volatile int sink;

static inline __attribute__((always_inline)) int leaf(int x)
{
#line 1000
	sink += x;
	return sink * x;
}

static inline __attribute__((always_inline)) int middle(int x)
{
	int sum = 0;

	for (int i = 0; i < x; i++)
#line 2000
		sum += leaf(i);
	return sum;
}

__attribute__((noinline)) int outer(int x)
{
#line 3000
	return middle(x) +
	       leaf(x + 1);
}

#line 35
int other_file(int x);

#ifdef __clang__
static int bias;
static __attribute__((noinline)) int nested(int y)
{
	return leaf(y) + bias;
}
#endif

__attribute__((noinline)) int with_nested(int bias_now)
{
#ifdef __clang__
	bias = bias_now;
#else
	__attribute__((noinline)) int nested(int y)
	{
		return leaf(y) + bias_now;
	}
#endif
	return nested(bias_now) + nested(bias_now + 1);
}

__attribute__((noinline)) int with_cold(int x)
{
	if (__builtin_expect(x > 1000, 0)) {
		fprintf(stderr, "%d is too much\n", leaf(x));
		abort();
	}
	return middle(x);
}

__attribute__((section(".text.elsewhere"), noinline)) int elsewhere(int x)
{
	return middle(x) - leaf(2 * x);
}

static inline int sometimes(int x)
{
	switch (x % 7) {
	case 0:
		return leaf(x);
	case 1:
		return middle(x);
	case 2:
		return sink;
	default:
		return x * 3;
	}
}

int main(int argc, char **argv)
{
	(void)argv;
	return outer(argc) + with_nested(argc) + with_cold(argc) + elsewhere(argc) +
	       sometimes(argc) + sometimes(sink) + other_file(argc);
}
