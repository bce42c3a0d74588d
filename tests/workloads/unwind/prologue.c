// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ticks fall on every instruction of a function that only saves and restores registers, and in
 * one that allocates and frees room.
 * Stack: MAIN;main;work
 * Stack: MAIN;main;work;pushes
 * Stack: MAIN;main;work;room
 */
#include "unwind.h"

FRAME void pushes(void);
FRAME void pushes(void)
{
	__asm__ volatile("" : : : "rbx", "rbp", "r12", "r13", "r14", "r15");
}

FRAME void room(void);
FRAME void room(void)
{
	char bytes[1000];

	__asm__ volatile("" : : "r"(bytes) : "rbx", "memory");
}

FRAME void work(double seconds);
FRAME void work(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end)
		for (int i = 0; i < 5000; i++) {
			pushes();
			room();
		}
}

int main(int argc, char **argv)
{
	warm_up();
	work(seconds_argument(argc, argv));
	return 0;
}
