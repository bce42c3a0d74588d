/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes exactly one page fault from each of N (100,000) distinct call stacks:
 * main;tree, then 17 calls of `left` or `right` as the bits of the number say,
 * highest first, then `touch`, which writes to a page that was just given back.
 * So `-e page-faults -c 1` sees each of these stacks once.
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

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
	uint32_t repeat = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
	void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED || n > 1u << DEPTH)
		return 1;
	page = mapped;
	for (uint32_t round = 0; round < repeat; round++) {
		for (uint32_t number = 0; number < n; number++) {
			madvise(mapped, 4096, MADV_DONTNEED);
			tree(number);
		}
	}
	printf("touched=%lu\n", (unsigned long)n * repeat);
	return 0;
}
