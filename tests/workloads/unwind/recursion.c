// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A function that calls itself, 400 times or as often as the second argument says.
 * Stack: MAIN;main;recurse*400;burn
 */
#include "unwind.h"

FRAME void recurse(int n, double seconds);
FRAME void recurse(int n, double seconds)
{
	if (n > 1)
		recurse(n - 1, seconds);
	else
		burn(seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	warm_up();
	recurse(argc > 2 ? atoi(argv[2]) : 400, seconds_argument(argc, argv));
	return 0;
}
