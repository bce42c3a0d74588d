// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of classes, and of the frames that stand for them. Which class a wait
 * is of is in wait_assign.c.
 */
#include "report/wait_class.h"

#include <stdio.h>
#include <string.h>

#include "report/profile.h"

static const char *const wait_names[WAIT_N] = {
	[WAIT_NONE] = "running",
	[WAIT_UNKNOWN] = "waiting",
	[WAIT_LOCK] = "lock",
	[WAIT_CONDITION] = "condition",
	[WAIT_FUTEX] = "futex",
	[WAIT_DISK] = "disk",
	[WAIT_PAGE_FAULT] = "page fault",
	[WAIT_MEMORY] = "memory",
	[WAIT_NETWORK] = "network",
	[WAIT_PIPE] = "pipe",
	[WAIT_TERMINAL] = "terminal",
	[WAIT_POLL] = "poll",
	[WAIT_SLEEP] = "sleep",
	[WAIT_CHILD] = "child",
	[WAIT_SIGNAL] = "signal",
	[WAIT_STOPPED] = "stopped",
	[WAIT_THROTTLED] = "throttled",
	[WAIT_PREEMPTED] = "preempted",
	[WAIT_FIRST_RUN] = "first run",
	[WAIT_IO_URING] = "io_uring",
	[WAIT_KERNEL] = "kernel thread",
	[WAIT_OTHER] = "other",
};

const char *wait_class_name(enum wait_class class)
{
	return (unsigned)class < WAIT_N ? wait_names[class] : wait_names[WAIT_UNKNOWN];
}

bool wait_class_is_queued(enum wait_class class)
{
	return class == WAIT_PREEMPTED || class == WAIT_THROTTLED || class == WAIT_FIRST_RUN;
}

enum wait_class wait_class_from_name(const char *name)
{
	for (unsigned i = WAIT_UNKNOWN; i < WAIT_N; i++)
		if (!strcmp(name, wait_names[i]))
			return i;
	return WAIT_UNKNOWN;
}

void wait_class_frame_name(enum wait_class class, bool in_runqueue, char ret[WAIT_FRAME_NAME])
{
	snprintf(ret, WAIT_FRAME_NAME, "[%s]",
		 in_runqueue && !wait_class_is_queued(class) ? "run queue" :
							       wait_class_name(class));
}

enum wait_class wait_class_of_frame(const char *name, size_t n)
{
	if (n < 3 || name[0] != '[' || name[n - 1] != ']')
		return WAIT_NONE;
	if (n == 11 && !memcmp(name, "[run queue]", n))
		return WAIT_PREEMPTED;
	if (n == 6 && !memcmp(name, "[idle]", n))
		return WAIT_KERNEL;
	for (unsigned i = WAIT_UNKNOWN; i < WAIT_N; i++)
		if (strlen(wait_names[i]) == n - 2 && !memcmp(name + 1, wait_names[i], n - 2))
			return i;
	return WAIT_NONE;
}

bool wait_class_is_frame(const struct profile *profile, uint32_t number)
{
	const struct profile_location *location = &profile->locations.data[number];
	const struct profile_frame *frame = &profile->frames.data[location->first_frame];
	uint32_t name;

	if (location->module || location->n_frames != 1)
		return false;
	name = profile->functions.data[frame->function].name;
	return wait_class_of_frame(strings_get(&profile->strings, name),
				   strings_length(&profile->strings, name)) != WAIT_NONE;
}
