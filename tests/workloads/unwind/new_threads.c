// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes threads and processes, one after the other. The kernel's work for that is in clone3(),
 * whose system call no call-frame information covers.
 * Stack: MAIN;main;make_threads;LIBC*1-6
 * Stack: MAIN;main;make_processes;LIBC*1-6
 * Stack: THREAD;run
 */
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

#include "unwind.h"

FRAME void *run(void *arg);
FRAME void *run(void *arg)
{
	spin(1000);
	NO_TAIL_CALL();
	return arg;
}

FRAME void make_threads(double seconds);
FRAME void make_threads(double seconds)
{
	double end = cpu_s() + seconds;
	pthread_t thread;

	while (cpu_s() < end)
		if (pthread_create(&thread, NULL, run, NULL) || pthread_join(thread, NULL))
			exit(1);
	NO_TAIL_CALL();
}

FRAME void make_processes(double seconds);
FRAME void make_processes(double seconds)
{
	static char *argv[] = { "true", NULL };
	double end = cpu_s() + seconds;
	pid_t pid;

	while (cpu_s() < end)
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) ||
		    waitpid(pid, NULL, 0) != pid)
			exit(1);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	warm_up();
	make_threads(seconds_argument(argc, argv));
	make_processes(seconds_argument(argc, argv));
	return 0;
}
