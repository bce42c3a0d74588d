// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A timer's signal interrupts a function anywhere, mostly between the pushes and pops that it
 * consists of: all of its six registers are saved and restored in each call.
 * Stack: MAIN;main;work;pushes?
 * Stack: MAIN;main;work;pushes?;LIBC
 * Stack: MAIN;main;work;pushes?;LIBC;handler;burn?
 */
#include <signal.h>

#include "unwind.h"

FRAME void pushes(void);
FRAME void pushes(void)
{
	__asm__ volatile("" : : : "rbx", "rbp", "r12", "r13", "r14", "r15");
}

FRAME void handler(int number);
FRAME void handler(int number)
{
	(void)number;
	burn(0.0003);
	NO_TAIL_CALL();
}

FRAME void work(double seconds);
FRAME void work(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end)
		for (int i = 0; i < 5000; i++)
			pushes();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = handler };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec interval = { { 0, 500000 }, { 0, 500000 } };
	timer_t timer;

	warm_up();
	if (sigaction(SIGUSR1, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &interval, NULL))
		return 1;
	work(2 * seconds_argument(argc, argv));
	interval = (struct itimerspec){};
	timer_settime(timer, 0, &interval, NULL);
	return 0;
}
