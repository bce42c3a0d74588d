/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts a thread for each piece of work and waits for its end: pieces of the
 * milliseconds of CPU time given (0.5), each in `piece`, called by the thread's
 * start function `run`, until all of them have used the CPU seconds given (2).
 * A timer that starts anew with each thread never goes off.
 */
#include <pthread.h>
#include <unistd.h>

#include "workload.h"

static double piece_seconds;

FRAME void piece(void)
{
	double end = clock_s(CLOCK_THREAD_CPUTIME_ID) + piece_seconds;

	while (clock_s(CLOCK_THREAD_CPUTIME_ID) < end)
		spin(1000);
}

FRAME void *run(void *argument)
{
	piece();
	NO_TAIL_CALL();
	return argument;
}

int main(int argc, char **argv)
{
	double end, now;
	pthread_t thread;
	int n = 0;

	wait_for_go();
	printf("pid=%d\n", getpid());
	fflush(stdout);
	piece_seconds = seconds_argument(argc, argv, 2, 0.5) / 1000;
	end = clock_s(CLOCK_PROCESS_CPUTIME_ID) + seconds_argument(argc, argv, 1, 2);
	do {
		if (pthread_create(&thread, NULL, run, NULL))
			return 1;
		pthread_join(thread, NULL);
		n++;
		now = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	} while (now < end);
	printf("threads=%d\n", n);
	print_cpu_seconds();
	return 0;
}
