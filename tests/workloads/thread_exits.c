/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that come and go. First 50 threads one after the other burn 10 ms
 * each in `short_thread`; then the main thread ends while another goes on
 * burning the seconds given (0.5) in `orphan_thread`, so that the process lives
 * on behind a leader that is a zombie. The process prints its CPU time at its end.
 * With 0, all of them take page faults instead (see work_for).
 */
#include <pthread.h>
#include <unistd.h>

#include "workload.h"

static double orphan_seconds;

FRAME void *short_thread(void *unused)
{
	(void)unused;
	work_for(orphan_seconds > 0 ? 0.010 : 0);
	return NULL;
}

FRAME void *orphan_thread(void *unused)
{
	(void)unused;
	work_for(orphan_seconds);
	print_cpu_seconds();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	orphan_seconds = seconds_argument(argc, argv, 1, 0.5);
	printf("pid=%d\n", getpid());
	fflush(stdout);
	for (int i = 0; i < 50; i++) {
		pthread_create(&thread, NULL, short_thread, NULL);
		pthread_join(thread, NULL);
	}
	pthread_create(&thread, NULL, orphan_thread, NULL);
	pthread_exit(NULL);
}
