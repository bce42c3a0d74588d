// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A coroutine on a stack from the heap: it ends in the function that makecontext() has put
 * there, not in main.
 * Stack: LIBC;coroutine;inner;burn
 */
#include <ucontext.h>

#include "unwind.h"

static double seconds;
static ucontext_t back;

FRAME void inner(void);
FRAME void inner(void)
{
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void coroutine(void);
FRAME void coroutine(void)
{
	inner();
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	ucontext_t context;

	seconds = seconds_argument(argc, argv);
	warm_up();
	if (getcontext(&context))
		return 1;
	context.uc_stack.ss_sp = malloc(65536);
	context.uc_stack.ss_size = 65536;
	context.uc_link = &back;
	makecontext(&context, coroutine, 0);
	return swapcontext(&back, &context);
}
