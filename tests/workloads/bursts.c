/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Works in bursts: 0.3 ms of CPU time in `burst`, then 0.7 ms of sleep, for the
 * seconds of wall time given (3). Samplers that start their timer anew at each
 * switch see less of it than the kernel accounts. Prints the CPU time it used.
 */
#include <unistd.h>

#include "workload.h"

FRAME void burst(void)
{
	double end = clock_s(CLOCK_THREAD_CPUTIME_ID) + 0.0003;

	while (clock_s(CLOCK_THREAD_CPUTIME_ID) < end)
		spin(1000);
}

int main(int argc, char **argv)
{
	const struct timespec pause = {0, 700000};
	double end = clock_s(CLOCK_MONOTONIC) + seconds_argument(argc, argv, 1, 3);

	printf("pid=%d\n", getpid());
	fflush(stdout);
	while (clock_s(CLOCK_MONOTONIC) < end) {
		burst();
		nanosleep(&pause, NULL);
	}
	print_cpu_seconds();
	return 0;
}
