// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A signal's handler on a stack of its own, and another signal's handler upon that. LIBC is the
 * code that a handler returns to.
 * Stack: MAIN;main;raiser;LIBC;first_handler;second_raiser;LIBC;second_handler;burn
 */
#include <signal.h>

#include "unwind.h"

static double seconds;

FRAME void second_handler(int number);
FRAME void second_handler(int number)
{
	(void)number;
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void second_raiser(void);
FRAME void second_raiser(void)
{
	char room[40];

	__asm__ volatile("" : : "r"(room) : "memory");
	system_call(SYS_kill, getpid(), SIGUSR2);
	NO_TAIL_CALL();
}

FRAME void first_handler(int number);
FRAME void first_handler(int number)
{
	(void)number;
	second_raiser();
	NO_TAIL_CALL();
}

FRAME void raiser(void);
FRAME void raiser(void)
{
	system_call(SYS_kill, getpid(), SIGUSR1);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	struct sigaction first = { .sa_handler = first_handler, .sa_flags = SA_ONSTACK };
	struct sigaction second = { .sa_handler = second_handler };
	stack_t stack = { .ss_size = 65536, .ss_sp = malloc(65536) };

	seconds = seconds_argument(argc, argv);
	if (sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &first, NULL) ||
	    sigaction(SIGUSR2, &second, NULL))
		return 1;
	warm_up();
	raiser();
	return 0;
}
