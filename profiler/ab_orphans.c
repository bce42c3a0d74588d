// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Children of this process come in, by wait4() and /proc; CPU time of those that
 * have ended and the number of the others go out. Nobody waits for them
 * otherwise, so that no one accounts for them; interrupted, they would go on.
 */
#include "profiler/ab_orphans.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/command.h"

enum {
	GENERATIONS = 3, /* who ends by the signal leaves its own children to us */
	ROUNDS = 50,
	ROUND_MS = 10,
};

void ab_orphans_begin(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static uint64_t to_ns(const struct timeval *time)
{
	return time->tv_sec * 1000000000ULL + time->tv_usec * 1000ULL;
}

/* Takes those that have ended. False: no child is left. */
static bool reap(struct command_usage *usage)
{
	struct rusage used;
	pid_t pid;

	while ((pid = wait4(-1, NULL, WNOHANG, &used)) > 0) {
		usage->user_ns += to_ns(&used.ru_utime);
		usage->system_ns += to_ns(&used.ru_stime);
		usage->cpu_ns += to_ns(&used.ru_utime) + to_ns(&used.ru_stime);
	}
	return !pid;
}

/* Counts the children, and sends them the signal unless it is 0. What the kernel does not list
 * (CONFIG_PROC_CHILDREN) is one at least. */
static size_t count(int signal)
{
	char path[64];
	guard_fclose FILE *file = NULL;
	size_t n = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1) {
		if (signal)
			kill(pid, signal);
		n++;
	}
	return n ? n : 1;
}

size_t ab_orphans_end(int signal, struct command_usage *usage)
{
	for (int i = 0; signal && i < GENERATIONS && reap(usage); i++) {
		count(signal);
		for (int round = 0; round < ROUNDS && reap(usage); round++)
			poll(NULL, 0, ROUND_MS);
	}
	return reap(usage) ? count(0) : 0;
}
