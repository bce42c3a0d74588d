// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exceptions are thrown all the time, through a function that has nothing to catch: most ticks
 * fall into libgcc's unwinder, which switches stacks at the end.
 * Stack: MAIN;main;catcher;through;thrower;burn
 * Stack: MAIN;main;catcher;ANY*
 */
#include "unwind.h"

FRAME void thrower(int n)
{
	if (n % 100 == 0)
		burn(0.001);
	throw n;
}

FRAME void through(int n)
{
	thrower(n);
	NO_TAIL_CALL();
}

FRAME void catcher(double seconds)
{
	double end = cpu_s() + seconds;

	for (int n = 1; cpu_s() < end; n++) {
		try {
			through(n);
		} catch (int) {
			NO_TAIL_CALL();
		}
	}
}

int main(int argc, char **argv)
{
	warm_up();
	catcher(seconds_argument(argc, argv));
	return 0;
}
