/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a profile that looks at all of its samples at once: their order,
 * and time slices made wider. For profile.c; everyone else includes profile.h.
 */
#ifndef FLAMETAP_REPORT_PROFILE_ORDER_H
#define FLAMETAP_REPORT_PROFILE_ORDER_H

#include "report/profile.h"

static inline uint64_t profile_sample_hash(const struct profile_sample *sample)
{
	return hash_pair((uint64_t)sample->stack << 32 | sample->thread,
			 (uint64_t)sample->slice << 8 | sample->unwind);
}

/* Makes slices as wide as it takes to get down to half of max_samples, or raises max_samples
 * where that cannot be reached. */
int profile_shrink(struct profile *profile);
/* Sorts by content, so that the numbers of things do not show. */
int profile_order_samples(struct profile *profile);

#endif
