// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assembly that tells how it uses the stack, and assembly that does not but has frame pointers:
 * those two are stepped over, and tables go on below them.
 * Stack: MAIN;main;caller;with_cfi;without_cfi;without_cfi_either;burn
 */
#include "unwind.h"

void with_cfi(double seconds);

FRAME void caller(double seconds);
FRAME void caller(double seconds)
{
	with_cfi(seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	warm_up();
	caller(seconds_argument(argc, argv));
	return 0;
}
