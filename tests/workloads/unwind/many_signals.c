// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A signal for every few instructions: ticks fall into rt_sigreturn(2), whose caller has no
 * instruction left to return to.
 * Stack: MAIN;main;raiser
 * Stack: MAIN;main;raiser;LIBC*1-6
 * Stack: MAIN;main;raiser;LIBC*1-6;handler
 */
#include <signal.h>

#include "unwind.h"

FRAME void handler(int number);
FRAME void handler(int number)
{
	(void)number;
}

FRAME void raiser(double seconds);
FRAME void raiser(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end)
		for (int i = 0; i < 100; i++)
			raise(SIGUSR1);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = handler };

	warm_up();
	if (sigaction(SIGUSR1, &action, NULL))
		return 1;
	raiser(seconds_argument(argc, argv));
	return 0;
}
