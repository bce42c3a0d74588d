/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes exactly one page fault from each of N (100,000) distinct call stacks:
 * main;tree, then 17 calls of `left` or `right` as the bits of the number say,
 * highest first, then `touch`, which writes to a page that was just given back.
 * So `-e page-faults -c 1` sees each of these stacks once: `distinct_stacks [N
 * [ROUNDS [PIECE]]]` does all of it ROUNDS times, and waits for a SIGUSR1
 * wherever it has touched PIECE more and is not at the end.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

enum { DEPTH = 17 };

static volatile char *page;

FRAME void right(uint32_t number, int depth);

FRAME void touch(void)
{
	KEEP_FRAME();
	*page = 1;
}

static inline __attribute__((always_inline)) void descend(uint32_t number, int depth);

FRAME void left(uint32_t number, int depth)
{
	descend(number, depth);
	NO_TAIL_CALL();
}

FRAME void right(uint32_t number, int depth)
{
	descend(number, depth);
	NO_TAIL_CALL();
}

static inline __attribute__((always_inline)) void descend(uint32_t number, int depth)
{
	if (depth == 0)
		touch();
	else if (number >> (depth - 1) & 1)
		right(number, depth - 1);
	else
		left(number, depth - 1);
}

FRAME void tree(uint32_t number)
{
	descend(number, DEPTH);
	NO_TAIL_CALL();
}

static uint32_t number_argument(int argc, char **argv, int i, uint32_t otherwise)
{
	return argc > i ? (uint32_t)atoi(argv[i]) : otherwise;
}

int main(int argc, char **argv)
{
	uint32_t n = number_argument(argc, argv, 1, 100000);
	uint64_t total = (uint64_t)n * number_argument(argc, argv, 2, 1);
	uint64_t piece = number_argument(argc, argv, 3, 0);
	void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED || n > 1u << DEPTH)
		return 1;
	page = mapped;
	wait_for_go();
	for (uint64_t i = 0; i < total; i++) {
		if (piece && i && i % piece == 0) {
			printf("touched=%lu\n", (unsigned long)i);
			fflush(stdout);
			wait_for_signal();
		}
		madvise(mapped, 4096, MADV_DONTNEED);
		tree((uint32_t)(i % n));
	}
	printf("touched=%lu\n", (unsigned long)total);
	return 0;
}
