/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parent that only waits while its 8 children work for the CPU seconds given
 * (2), an eighth each (see work_for), in `child_work`, one pair at a time, and says
 * done=1. With a second argument the parent lives that many seconds longer.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

enum { CHILDREN = 8 };

FRAME void child_work(double seconds)
{
	work_for(seconds);
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 2);

	printf("pid=%d\n", getpid());
	fflush(stdout);
	wait_for_go();
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			child_work(seconds / CHILDREN);
			_exit(0);
		}
		if (i % 2)
			while (wait(NULL) > 0)
				;
	}
	printf("done=1\n");
	fflush(stdout);
	usleep((useconds_t)(seconds_argument(argc, argv, 2, 0) * 1e6));
	return 0;
}
