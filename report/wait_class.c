// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of classes. See wait_class.h.
 */
#include "report/wait_class.h"

#include <string.h>

static const char *const wait_names[WAIT_N] = {
	[WAIT_NONE] = "running",
	[WAIT_UNKNOWN] = "waiting",
	[WAIT_LOCK] = "lock",
	[WAIT_CONDITION] = "condition",
	[WAIT_FUTEX] = "futex",
	[WAIT_DISK] = "disk",
	[WAIT_PAGE_FAULT] = "page fault",
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
	[WAIT_IO_URING] = "io_uring",
	[WAIT_KERNEL] = "kernel",
	[WAIT_OTHER] = "other",
};

const char *wait_class_name(enum wait_class class)
{
	return (unsigned)class < WAIT_N ? wait_names[class] : wait_names[WAIT_UNKNOWN];
}

enum wait_class wait_class_from_name(const char *name)
{
	for (unsigned i = WAIT_UNKNOWN; i < WAIT_N; i++)
		if (!strcmp(name, wait_names[i]))
			return i;
	return WAIT_UNKNOWN;
}
