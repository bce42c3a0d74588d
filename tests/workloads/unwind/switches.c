// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two coroutines that take turns by swapcontext(), and main, which goes on when both are done: a
 * stack is that of the context which runs.
 * Stack: LIBC;first;inner;burn
 * Stack: LIBC;second;inner;burn
 * Stack: LIBC;first;inner;LIBC?
 * Stack: LIBC;second;inner;LIBC?
 * Stack: MAIN;main;last;burn
 */
#include <ucontext.h>

#include "unwind.h"

enum { N_TURNS = 100, SIZE = 65536 };

static double seconds;
static ucontext_t back, contexts[2];

FRAME void inner(int which);
FRAME void inner(int which)
{
	burn(seconds / N_TURNS);
	swapcontext(&contexts[which], &contexts[!which]);
	NO_TAIL_CALL();
}

FRAME void first(void);
FRAME void first(void)
{
	for (int i = 0; i < N_TURNS; i++)
		inner(0);
	setcontext(&contexts[1]);
}

FRAME void second(void);
FRAME void second(void)
{
	for (int i = 0; i < N_TURNS; i++)
		inner(1);
	setcontext(&back);
}

FRAME void last(void);
FRAME void last(void)
{
	burn(seconds);
	NO_TAIL_CALL();
}

static void make_context(ucontext_t *context, void (*function)(void))
{
	if (getcontext(context))
		exit(1);
	context->uc_stack.ss_sp = malloc(SIZE);
	context->uc_stack.ss_size = SIZE;
	makecontext(context, function, 0);
}

int main(int argc, char **argv)
{
	seconds = seconds_argument(argc, argv);
	warm_up();
	make_context(&contexts[0], first);
	make_context(&contexts[1], second);
	swapcontext(&back, &contexts[0]);
	last();
	return 0;
}
