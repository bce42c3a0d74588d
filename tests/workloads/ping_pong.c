/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes pass a byte to and fro through two pipes, as fast as they can, on one CPU: each
 * pass is a wait and a switch. `ping_pong [SECONDS]` does so for that long (2) and prints how many
 * passes there were, and how many a second.
 */
#include <sched.h>
#include <sys/prctl.h>

#include "workload.h"

FRAME void wait_byte(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		exit(0);
	NO_TAIL_CALL();
}

FRAME void pass_byte(int fd)
{
	if (write(fd, "", 1) != 1)
		exit(0);
	NO_TAIL_CALL();
}

FRAME void pong(int in, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		wait_byte(in);
		pass_byte(out);
	}
}

FRAME uint64_t ping(int in, int out, double seconds)
{
	double end = clock_s(CLOCK_MONOTONIC) + seconds;
	uint64_t n = 0;

	do {
		for (int i = 0; i < 64; i++) {
			pass_byte(out);
			wait_byte(in);
		}
		n += 128;
	} while (clock_s(CLOCK_MONOTONIC) < end);
	return n;
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 2), begin;
	int there[2], back[2];
	uint64_t passes;
	cpu_set_t one;

	if (pipe(there) < 0 || pipe(back) < 0)
		return 1;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	printf("pid=%d\n", getpid());
	fflush(stdout);
	wait_for_go();
	if (fork() == 0)
		pong(there[0], back[1]);
	begin = clock_s(CLOCK_MONOTONIC);
	passes = ping(back[0], there[1], seconds);
	printf("passes=%lu\npasses_per_second=%.0f\n", passes,
	       (double)passes / (clock_s(CLOCK_MONOTONIC) - begin));
	print_cpu_seconds();
	return 0;
}
