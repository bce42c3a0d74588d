/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses at the edges of functions. Half of the CPU time is in
 *
 *     main edges.c:100; faulting faulting.S:17; (the signal's frame;) handler edges.c:50
 *
 * where the signal came at the first byte of faulting, which is not the last of the
 * function before; half in
 *
 *     main edges.c:110; last_call edges.c:30; ends_all edges.c:20
 *
 * where last_call ends with that call: the return address is in the next function.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <ucontext.h>

#define FRAME __attribute__((noinline, noclone, noipa))

void faulting(void);
static double seconds = 0.2;

static inline __attribute__((always_inline)) double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

#define BURN_UNTIL(end) \
	for (uint64_t i = 1, x = 3; i % 1000000 || cpu_seconds() < (end); i++) \
		__asm__ volatile("imul %0, %0" : "+r"(x))

FRAME __attribute__((noreturn)) void ends_all(void)
{
#line 20
	BURN_UNTIL(seconds);
	_Exit(0);
}

FRAME void last_call(void)
{
#line 30
	ends_all();
}

FRAME void next_function(void)
{
#line 40
	__asm__ volatile("nop");
}

static void handler(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
#line 50
	BURN_UNTIL(seconds / 2);
#line 60
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	sigaction(SIGILL, &action, NULL);
#line 100
	faulting();
#line 110
	last_call();
	next_function();
	return 0;
}
