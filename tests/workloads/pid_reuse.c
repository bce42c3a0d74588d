/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes with the same pid, one after the other: the first works the
 * seconds given (0.5; see work_for) in `first_life` and exits; the second gets its pid again
 * (clone3 with set_tid, which needs CAP_SYS_ADMIN) and burns as long in
 * `second_life`. Prints child=PID, and same_pid=1 at the end.
 */
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

FRAME void first_life(double seconds)
{
	work_for(seconds);
}

FRAME void second_life(double seconds)
{
	work_for(seconds);
}

static pid_t fork_with_pid(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&pid,
		.set_tid_size = 1,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 0.5);
	pid_t first = fork(), second;

	if (first == 0) {
		wait_for_go();
		first_life(seconds);
		_exit(0);
	}
	printf("pid=%d\nchild=%d\n", getpid(), first);
	fflush(stdout);
	waitpid(first, NULL, 0);
	second = fork_with_pid(first);
	if (second == 0) {
		second_life(seconds);
		_exit(0);
	}
	if (second < 0)
		perror("clone3");
	else
		waitpid(second, NULL, 0);
	printf("same_pid=%d\n", first == second);
	return second < 0;
}
