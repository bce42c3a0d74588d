/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a profile that looks at all of its samples at once: their order,
 * and time slices made wider. For profile.c; everyone else includes profile.h.
 */
#ifndef FLAMETAP_REPORT_PROFILE_ORDER_H
#define FLAMETAP_REPORT_PROFILE_ORDER_H

#include "report/profile.h"

/* What a sample is but its stack, thread, wait and time, as one number of 32 bits. */
static inline uint32_t profile_sample_kind(const struct profile_sample *sample)
{
	return (uint32_t)sample->unwind << 24 | (uint32_t)sample->wait_class << 16 |
	       (uint32_t)sample->flags << 8 | sample->bucket;
}

static inline uint64_t profile_sample_hash(const struct profile_sample *sample)
{
	uint64_t hash = hash_pair((uint64_t)sample->stack << 32 | sample->thread,
				  (uint64_t)sample->slice << 32 | profile_sample_kind(sample));

	return sample->wait ? hash_pair(hash, sample->wait) : hash;
}

static inline bool profile_samples_differ_in_time_only(const struct profile_sample *a,
						       const struct profile_sample *b)
{
	return a->stack == b->stack && a->thread == b->thread && a->wait == b->wait &&
	       profile_sample_kind(a) == profile_sample_kind(b);
}

/* Makes slices as wide as it takes to get down to half of max_samples, or raises max_samples
 * where that cannot be reached. */
int profile_shrink(struct profile *profile);
/* Sorts by content, so that the numbers of things do not show. */
int profile_order_samples(struct profile *profile);
/* Adds up samples that have become the same. */
int profile_merge_samples(struct profile *profile);
/* Of samples that are in order: adds those up that have become the same. Not indexed any more. */
void profile_merge_equal(struct profile *profile);

#endif
