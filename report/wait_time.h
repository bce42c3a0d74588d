/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the waits of a sample were. A sample tells in which slice the last of
 * them began, how many they are and how long in all; what else is known of
 * them is that they are those of one thread, so that none was beside another.
 */
#ifndef FLAMETAP_REPORT_WAIT_TIME_H
#define FLAMETAP_REPORT_WAIT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/waits.h"

struct profile;

struct wait_time {
	uint64_t from_ns, until_ns; /* since the start of the recording */
};

/*
 * One wait: from the beginning of its slice on, as long as it was. Several: one upon the other, the
 * last of them in its slice, and not in less than that slice. Of a sample that is none of waits, or
 * has no times: the moment at which its slice begins.
 */
void wait_time_init(struct wait_time *time, const struct profile *profile,
		    const struct waits_columns *columns, size_t sample);

/* A part of a sample's waits: what of them is in a range of time. */
struct wait_part {
	uint64_t from_ns; /* since the start of the recording, */
	uint64_t part_ns; /* from then on */
	uint64_t whole_ns;
};

/* until_ns 0: without an end. False if nothing is in it; a moment is in it or not, as a whole. */
bool wait_time_cut(const struct wait_time *time, uint64_t from_ns, uint64_t until_ns,
		   struct wait_part *ret);
/* Of a time: its part; of a count: those of which a part is there. Magnitudes alike. */
int64_t wait_part_of(const struct wait_part *part, int64_t value, bool is_count);

#endif
