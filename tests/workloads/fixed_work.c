/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a fixed amount of work, whatever it takes, 30 calls deep and over 64 different call
 * paths, and prints the wall and CPU seconds that it took: `fixed_work [ROUNDS]`,
 * 1,000 rounds being about a second.
 */
#include <unistd.h>

#include "workload.h"

enum { DEPTH = 24 };

FRAME void right_path(uint32_t path, int depth);

static inline __attribute__((always_inline)) void step(uint32_t path, int depth);

FRAME void left_path(uint32_t path, int depth)
{
	step(path, depth);
	NO_TAIL_CALL();
}

FRAME void right_path(uint32_t path, int depth)
{
	step(path, depth);
	NO_TAIL_CALL();
}

FRAME void leaf_work(void)
{
	spin(12000);
}

static inline __attribute__((always_inline)) void step(uint32_t path, int depth)
{
	if (depth == 0)
		leaf_work();
	else if (path >> depth % 6 & 1)
		right_path(path, depth - 1);
	else
		left_path(path, depth - 1);
}

int main(int argc, char **argv)
{
	uint32_t rounds = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000;
	double start;

	printf("pid=%d\n", getpid());
	fflush(stdout);
	start = clock_s(CLOCK_MONOTONIC);
	for (uint32_t i = 0; i < rounds * 64; i++)
		left_path(i % 64, DEPTH);
	printf("wall_seconds=%.6f\n", clock_s(CLOCK_MONOTONIC) - start);
	print_cpu_seconds();
	return 0;
}
