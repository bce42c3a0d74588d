// SPDX-License-Identifier: GPL-2.0-or-later
/* A seed comes in; two sides for each pair go out, shuffled and in balance. */
#include "profiler/ab_order.h"

#include <stdbool.h>

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is a good one, and the order must not change with
 * a library's version. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Below n: what would make some numbers likelier than others is thrown again. */
static size_t below(uint64_t *state, size_t n)
{
	uint64_t odd = -(uint64_t)n % n, value;

	do
		value = next(state);
	while (value < odd);
	return value % n;
}

static void set_pair(enum gate_side *pair, enum gate_side first)
{
	pair[0] = first;
	pair[1] = first == GATE_BASE ? GATE_HEAD : GATE_BASE;
}

static void fill_block(uint64_t *state, size_t n, enum gate_side *ret)
{
	/* Of an odd number one is left, which is the side's that this names. */
	enum gate_side odd = below(state, 2) ? GATE_HEAD : GATE_BASE;

	for (size_t i = 0; i < n; i++) {
		enum gate_side first = i < n / 2 ? GATE_BASE : GATE_HEAD;

		set_pair(ret + 2 * i, n % 2 && i == n - 1 ? odd : first);
	}
	for (size_t i = n; i > 1; i--) {
		size_t other = below(state, i);
		enum gate_side first = ret[2 * other];

		set_pair(ret + 2 * other, ret[2 * (i - 1)]);
		set_pair(ret + 2 * (i - 1), first);
	}
}

void ab_order_fill(uint64_t seed, size_t n_pairs, size_t max_pairs, enum gate_side *ret)
{
	uint64_t state = seed;

	fill_block(&state, n_pairs, ret);
	fill_block(&state, max_pairs - n_pairs, ret + 2 * n_pairs);
}
