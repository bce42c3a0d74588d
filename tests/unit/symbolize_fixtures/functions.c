/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions whose names the tests know: with aliases, an indirect function, a
 * cold part. Built as a PIE, a static PIE, at a fixed address, as a shared
 * library, and stripped.
 */
#include <stdlib.h>

#define NOINLINE __attribute__((noinline, noclone, used))

static volatile int sink;

NOINLINE int alpha(int x)
{
	sink += x;
	return sink * 3;
}

NOINLINE static int beta_static(int x)
{
	for (int i = 0; i < x; i++)
		sink += i * x;
	return sink;
}

/* Global before weak before local, then the shortest, then the first by name. */
NOINLINE int policy_global_long(int x)
{
	sink ^= x;
	return sink + 1;
}
extern int policy_zeta(int x) __attribute__((alias("policy_global_long")));
extern int policy_beta(int x) __attribute__((alias("policy_global_long")));
extern int weak(int x) __attribute__((weak, alias("policy_global_long")));
__attribute__((used)) static int loc(int x) __attribute__((alias("policy_global_long")));

/* Weak before local, although the local one is shorter. */
NOINLINE static int lo2(int x)
{
	sink |= x;
	return sink + 2;
}
extern int weaker(int x) __attribute__((weak, alias("lo2")));

NOINLINE static int chosen_implementation(int x)
{
	return sink - x;
}

static int (*resolve_chosen(void))(int)
{
	return chosen_implementation;
}
int chosen(int x) __attribute__((ifunc("resolve_chosen")));

__attribute__((cold, noreturn, noinline)) static void give_up(void)
{
	abort();
}

NOINLINE int with_cold_part(int x)
{
	if (__builtin_expect(x == 12345, 0)) {
		sink = 77;
		for (int i = 0; i < x; i++)
			sink *= i + 3;
		give_up();
	}
	return alpha(x) + 1;
}

/* A function that others may replace is called through a stub, C++ name and all. */
__attribute__((noinline, weak)) int _ZN5plain4callEi(int x)
{
	sink -= x;
	return sink;
}

int label_caller(void);

int run_all(int x)
{
	return alpha(x) + beta_static(x) + policy_global_long(x) + policy_zeta(x) +
	       policy_beta(x) + weak(x) + loc(x) + lo2(x) + weaker(x) + chosen(x) +
	       with_cold_part(x) + _ZN5plain4callEi(x) + label_caller() + atoi(getenv("X"));
}

#ifndef NO_MAIN
int main(int argc, char **argv)
{
	(void)argv;
	return run_all(argc) == 42;
}
#endif
