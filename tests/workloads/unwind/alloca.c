// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Room on the stack whose size is known only at run time: the CFA stands on rbp.
 * Stack: MAIN;main;outer;inner;burn
 */
#include <alloca.h>

#include "unwind.h"

FRAME void inner(size_t size, double seconds);
FRAME void inner(size_t size, double seconds)
{
	char room[size];

	__asm__ volatile("" : : "r"(room) : "memory");
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void outer(size_t size, double seconds);
FRAME void outer(size_t size, double seconds)
{
	char *room = alloca(size);

	__asm__ volatile("" : : "r"(room) : "memory");
	inner(2 * size, seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	warm_up();
	outer(argc * 1000, seconds_argument(argc, argv));
	return 0;
}
