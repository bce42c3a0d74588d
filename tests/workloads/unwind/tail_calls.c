// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * first() jumps to second() and that to third() (-foptimize-sibling-calls): they are not on the
 * stack any more.
 * Stack: MAIN;main;caller;third;burn
 */
#include "unwind.h"

FRAME void third(double seconds);
FRAME void third(double seconds)
{
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void second(double seconds);
FRAME void second(double seconds)
{
	third(seconds / 2);
}

FRAME void first(double seconds);
FRAME void first(double seconds)
{
	second(seconds * 2);
}

FRAME void caller(double seconds);
FRAME void caller(double seconds)
{
	first(seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	warm_up();
	caller(seconds_argument(argc, argv));
	return 0;
}
