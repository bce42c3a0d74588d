/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever empties the rings must get a CPU before they are full. How long the
 * calling thread has waited for one comes in; when that is long its priority is raised, until
 * the recording is over.
 */
#ifndef FLAMETAP_PROFILER_HURRY_H
#define FLAMETAP_PROFILER_HURRY_H

#include <stdbool.h>
#include <stdint.h>

struct hurry {
	int fd;            /* the thread's schedstat; negative: there is none */
	int own_nice;
	bool on;
	uint64_t waited_ns; /* in run queues, in all, when it was looked at last */
};

/* Of the calling thread, as all of these. */
void hurry_init(struct hurry *hurry);
/* Gives it back the priority that it had. */
void hurry_deinit(struct hurry *hurry);
/* To be called each time round. */
void hurry_look(struct hurry *hurry);

#endif
