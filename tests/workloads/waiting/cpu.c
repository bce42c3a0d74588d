/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that would run and may not: two hogs on one CPU, and a hog in a cgroup whose quota of CPU
 * time is used up (`throttled=DIRECTORY`, the cgroup's, which it enters by itself). A round is 10
 * ms of the clock. How long they did not run is the time that passed less their CPU time; how often
 * is the number of gaps of 0.1 ms and more between two looks at the clock.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "waits.h"

enum { ROUND = 10 * MS, GAP = MS / 10 };

/* The whole of it is one measured interval. */
static inline __attribute__((always_inline)) void burn(struct tally *tally, int rounds)
{
	struct mark mark = wait_begin();
	uint64_t last = mark.wall_ns, end = last + (uint64_t)rounds * ROUND, n = 0, longest = 0;

	while (!rounds || last < end) {
		uint64_t now = now_ns(CLOCK_MONOTONIC);

		if (now - last > GAP)
			n++;
		if (now - last > longest)
			longest = now - last;
		last = now;
	}
	wait_end(tally, &mark);
	tally->n = n;
	tally->longest_ns = longest;
}

FRAME void wait_runqueue(struct tally *tally, int rounds)
{
	burn(tally, rounds);
	NO_TAIL_CALL();
}

FRAME void other_hog(void *argument)
{
	(void)argument;
	for (;;)
		spin(1000000);
}

static void run_runqueue(struct tally *tally, int rounds)
{
	cpu_set_t set;
	pid_t partner;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
	partner = partner_start("other-hog", other_hog, NULL);
	wait_runqueue(tally, rounds);
	kill(partner, SIGKILL);
	partner_finish(tally, partner);
}

FRAME void wait_throttled(struct tally *tally, int rounds)
{
	burn(tally, rounds);
	NO_TAIL_CALL();
}

static void run_throttled(struct tally *tally, int rounds)
{
	char path[256];
	int fd;

	if (!kind_argument)
		kind_skip(tally, "no cgroup given");
	snprintf(path, sizeof(path), "%s/cgroup.procs", kind_argument);
	fd = (int)check(open(path, O_WRONLY | O_CLOEXEC), path);
	check(write(fd, "0", 1), path);
	close(fd);
	wait_throttled(tally, rounds);
}

const struct kind kinds_cpu[] = {
	{"runqueue", "wait_runqueue", NULL, NULL, run_runqueue},
	{"throttled", "wait_throttled", NULL, NULL, run_throttled},
	{0},
};
