/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for a child: waitpid for one that sleeps for 5 ms and ends, and vfork, whose parent stands
 * still until the child, after 5 ms, ends.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "waits.h"

FRAME void child_sleep(void)
{
	rest(5 * MS);
	NO_TAIL_CALL();
}

FRAME void wait_waitpid(struct tally *tally, pid_t pid)
{
	struct mark mark = wait_begin();

	check(waitpid(pid, NULL, 0), "waitpid");
	wait_end(tally, &mark);
}

static void run_waitpid(struct tally *tally, int rounds)
{
	for (int i = 0; !rounds || i < rounds; i++) {
		pid_t pid = (pid_t)check(fork(), "fork");

		if (pid == 0) {
			prctl(PR_SET_NAME, "waited-child");
			child_sleep();
			_exit(0);
		}
		wait_waitpid(tally, pid);
	}
}

FRAME void wake_vfork(void)
{
	_exit(0);
}

/* The mark is static: the child uses the same stack until it ends. */
FRAME pid_t wait_vfork(struct tally *tally)
{
	static struct mark mark;
	static pid_t pid;

	mark = wait_begin();
	pid = vfork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "vfork-child");
		child_sleep();
		wake_vfork();
	}
	wait_end(tally, &mark);
	return pid;
}

static void run_vfork(struct tally *tally, int rounds)
{
	for (int i = 0; !rounds || i < rounds; i++)
		check(waitpid(wait_vfork(tally), NULL, 0), "waitpid");
}

const struct kind kinds_child[] = {
	{"waitpid", "wait_waitpid", "waited-child", "", run_waitpid},
	{"vfork", "wait_vfork", "vfork-child", "", run_vfork},
	{0},
};
