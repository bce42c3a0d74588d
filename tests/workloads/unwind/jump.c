// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * longjmp() out of two functions, again and again; ticks also fall into setjmp() and longjmp().
 * Stack: MAIN;main;catcher;thrower;burn
 * Stack: MAIN;main;catcher
 * Stack: MAIN;main;catcher;thrower
 * Stack: MAIN;main;catcher;LIBC*1-3
 * Stack: MAIN;main;catcher;thrower;jumper
 * Stack: MAIN;main;catcher;thrower;LIBC*1-3
 * Stack: MAIN;main;catcher;thrower;jumper;LIBC*1-3
 */
#include <setjmp.h>

#include "unwind.h"

static sigjmp_buf place;

FRAME void jumper(int n);
FRAME void jumper(int n)
{
	siglongjmp(place, n);
}

FRAME void thrower(int n);
FRAME void thrower(int n)
{
	if (n % 1000 == 0)
		burn(0.001);
	jumper(n);
	NO_TAIL_CALL();
}

FRAME void catcher(double seconds);
FRAME void catcher(double seconds)
{
	double end = cpu_s() + seconds;
	volatile int n = 0;

	sigsetjmp(place, 0);
	n++;
	if (n % 100 || cpu_s() < end)
		thrower(n);
}

int main(int argc, char **argv)
{
	warm_up();
	catcher(seconds_argument(argc, argv));
	return 0;
}
