/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits once in each of N (1,000,000) distinct call stacks: main;tree, then 20 calls of `left` or
 * `right` as the bits of the number say, highest first, then `wait_once`, which sleeps for a
 * nanosecond. `distinct_waits [N]` prints how often the kernel says that it gave up its CPU, and
 * for how long it was away from it.
 */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "workload.h"

enum { DEPTH = 20 };

FRAME void right(uint32_t number, int depth);

static int asks[2], answers[2];

FRAME void wait_once(void)
{
	char byte;

	if (call_kernel(SYS_write, asks[1], (long)"", 1) != 1 ||
	    call_kernel(SYS_read, answers[0], (long)&byte, 1) != 1)
		exit(1);
}

FRAME void answer(void)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(asks[0], &byte, 1) == 1 && write(answers[1], "", 1) == 1)
		;
	exit(0);
}

static inline __attribute__((always_inline)) void descend(uint32_t number, int depth);

FRAME void left(uint32_t number, int depth)
{
	descend(number, depth);
	NO_TAIL_CALL();
}

FRAME void right(uint32_t number, int depth)
{
	descend(number, depth);
	NO_TAIL_CALL();
}

static inline __attribute__((always_inline)) void descend(uint32_t number, int depth)
{
	if (depth == 0)
		wait_once();
	else if (number >> (depth - 1) & 1)
		right(number, depth - 1);
	else
		left(number, depth - 1);
}

FRAME void tree(uint32_t number)
{
	descend(number, DEPTH);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
	struct rusage usage;
	double begin, cpu;
	struct sched_param priority = {0};
	cpu_set_t one;

	if (n > 1u << DEPTH || pipe(asks) < 0 || pipe(answers) < 0)
		return 1;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	/* Who is asked does not run before the other one waits. */
	sched_setscheduler(0, SCHED_BATCH, &priority);
	printf("pid=%d\n", getpid());
	fflush(stdout);
	wait_for_go();
	if (fork() == 0)
		answer();
	begin = clock_s(CLOCK_MONOTONIC);
	cpu = clock_s(CLOCK_THREAD_CPUTIME_ID);
	for (uint32_t i = 0; i < n; i++)
		tree(i);
	cpu = clock_s(CLOCK_THREAD_CPUTIME_ID) - cpu;
	begin = clock_s(CLOCK_MONOTONIC) - begin;
	getrusage(RUSAGE_SELF, &usage);
	printf("voluntary=%ld\noff_seconds=%.6f\nelapsed=%.6f\n", usage.ru_nvcsw, begin - cpu,
	       begin);
	print_cpu_seconds();
	return 0;
}
