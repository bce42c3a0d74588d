/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the collector's files have of each other. */
#ifndef FLAMETAP_PROFILER_COLLECTOR_PRIVATE_H
#define FLAMETAP_PROFILER_COLLECTOR_PRIVATE_H

#include "profiler/collector.h"

/* The process of a sample, as the timeline has it now. 0 or a negative errno. */
int collector_process(struct collector *collector, const struct checked_sample *sample,
		      struct process **ret);
/*
 * Unwinds a sample's copy with the mappings of its moment; the sample has its
 * stack then, and its copy is gone. -ENOENT: the copy is not there (unless last).
 */
int collector_unwind_copy(struct collector *collector, const struct process *process,
			  struct checked_sample *sample, bool last);
/*
 * Where a sample is in the profile: stack, thread, slice and what became of its user
 * stack. wait: it is where a thread has left the CPU, and flametap's own frames are left
 * out. 0; -ENOENT while the record of one of its stacks is missing (unless last: then it
 * goes without); another negative errno.
 */
int collector_place(struct collector *collector, struct checked_sample *sample, bool wait, bool last,
		    struct profile_sample *ret);
/* The slice of a moment, as wide as slices are now. */
uint32_t collector_slice(const struct collector *collector, uint64_t time_ns);
/* Puts who ended a wait on top of its stack: "--", the waker's frames from its leaf to its root, and
 * its comm. 0, -ENOENT as above, or another negative errno. */
int collector_add_waker(struct collector *collector, struct checked_wait *wait, bool last,
			uint32_t *stack);
/* What was found out is only remembered: when it grows too much, it is forgotten and found out
 * again. Hours of processes that come and go have ever new stacks. */
int collector_remember(const struct collector *collector, struct idmap *map, uint64_t key,
		       uint32_t value);

/* Adds a wait to the profile, or keeps it until its stack comes. 0 or a negative errno. */
int collector_add_wait(struct collector *collector, struct checked_wait *wait);
/* Tries those that were kept again, if more stacks are known than at the last time. */
int collector_retry_waits(struct collector *collector, size_t known, bool last);

#endif
