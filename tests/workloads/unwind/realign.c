// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions that align the stack (-mstackrealign, and locals of 32 bytes): the CFA is in memory,
 * through rbp, or in r10 at first; ticks fall into such a prologue, too.
 * Stack: MAIN;main;outer;inner;burn
 * Stack: MAIN;main;outer;work
 * Stack: MAIN;main;outer;work;aligned_leaf
 */
#include <alloca.h>

#include "unwind.h"

FRAME void aligned_leaf(size_t size);
FRAME void aligned_leaf(size_t size)
{
	struct { _Alignas(32) char bytes[64]; } local;
	char *room = alloca(size);

	__asm__ volatile("" : : "r"(&local), "r"(room) : "memory", "rbx", "r12");
}

FRAME void work(double seconds);
FRAME void work(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end)
		for (int i = 0; i < 5000; i++)
			aligned_leaf(64);
}

FRAME void inner(double seconds);
FRAME void inner(double seconds)
{
	struct { _Alignas(32) char bytes[64]; } local;

	__asm__ volatile("" : : "r"(&local) : "memory");
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void outer(size_t size, double seconds);
FRAME void outer(size_t size, double seconds)
{
	struct { _Alignas(64) char bytes[64]; } local;
	char *room = alloca(size);

	__asm__ volatile("" : : "r"(&local), "r"(room) : "memory", "rbx");
	inner(seconds);
	work(seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	warm_up();
	outer(argc * 100, seconds_argument(argc, argv) / 2);
	return 0;
}
