// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions without frame pointers that call each other.
 * Stack: MAIN;main;f0;f1;f2;f3;burn
 */
#include "unwind.h"

#define CALLS(caller, callee)                  \
	FRAME void caller(double seconds);     \
	FRAME void caller(double seconds)      \
	{                                      \
		char room[100];                \
                                               \
		__asm__ volatile("" : : "r"(room) : "memory"); \
		callee(seconds);               \
		NO_TAIL_CALL();                \
	}

CALLS(f3, burn)
CALLS(f2, f3)
CALLS(f1, f2)
CALLS(f0, f1)

int main(int argc, char **argv)
{
	warm_up();
	f0(seconds_argument(argc, argv));
	return 0;
}
