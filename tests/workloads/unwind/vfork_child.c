// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A child that runs on its parent's stack, and children that end at once: vfork() keeps its
 * return address in a register during the system call.
 * Stack: MAIN;main;run_child;burn
 * Stack: MAIN;main;run_children;LIBC?
 */
#include <sys/wait.h>

#include "unwind.h"

FRAME void run_child(double seconds);
FRAME void run_child(double seconds)
{
	pid_t pid = vfork();

	if (!pid) {
		burn(seconds);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

FRAME void run_children(double seconds);
FRAME void run_children(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end) {
		pid_t pid = vfork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	warm_up();
	run_child(seconds_argument(argc, argv));
	run_children(seconds_argument(argc, argv) / 4);
	return 0;
}
