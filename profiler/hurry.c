// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schedstat's second number is the time in run queues, in ns (Documentation/scheduler/
 * sched-stats.rst). Reading it takes 1 us.
 */
#include "profiler/hurry.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	LONG_WAIT_NS = 10000000, /* the side-band's rings hold what some 100 ms may bring */
	HURRY_NICE = -15,
};

static uint64_t waited_ns(const struct hurry *hurry)
{
	uint64_t ns = 0;
	char text[96];
	ssize_t n = hurry->fd < 0 ? -1 : pread(hurry->fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = 0;
	return sscanf(text, "%*u %" SCNu64, &ns) == 1 ? ns : 0;
}

void hurry_init(struct hurry *hurry)
{
	hurry->fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	hurry->own_nice = getpriority(PRIO_PROCESS, 0);
	hurry->on = false;
	hurry->waited_ns = waited_ns(hurry);
}

void hurry_deinit(struct hurry *hurry)
{
	if (hurry->on)
		setpriority(PRIO_PROCESS, 0, hurry->own_nice);
	if (hurry->fd >= 0)
		close(hurry->fd);
	hurry->fd = -1;
	hurry->on = false;
}

void hurry_look(struct hurry *hurry)
{
	uint64_t waited = waited_ns(hurry);

	/* Without CAP_SYS_NICE all stays as it is, and is not asked for again. */
	if (!hurry->on && waited - hurry->waited_ns >= LONG_WAIT_NS) {
		hurry->on = true;
		setpriority(PRIO_PROCESS, 0, hurry->own_nice + HURRY_NICE);
	}
	hurry->waited_ns = waited;
}
