/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lengths of time as numbers of one byte: bucket 0 is below 1,024 ns, and from
 * 8 x 1,024 ns on each doubling is eight buckets, so that a length is known to
 * 12.5 %. The last one, 255, is everything from 15 x 2^40 ns (4.5 hours) on.
 */
#ifndef FLAMETAP_REPORT_WAIT_BUCKET_H
#define FLAMETAP_REPORT_WAIT_BUCKET_H

#include <stdint.h>

enum { WAIT_BUCKETS = 256 };

static inline uint8_t wait_bucket_of(uint64_t ns)
{
	uint64_t n = ns >> 10;
	unsigned octave;
	uint64_t bucket;

	if (n < 8)
		return n;
	octave = 60 - __builtin_clzll(n);
	bucket = 8 + octave * 8 + (n >> octave & 7);
	return bucket < WAIT_BUCKETS ? bucket : WAIT_BUCKETS - 1;
}

/* The least length that is in a bucket. That of the next one is its end. */
static inline uint64_t wait_bucket_start(unsigned bucket)
{
	if (bucket < 8)
		return (uint64_t)bucket << 10;
	return (uint64_t)(8 + bucket % 8) << (bucket / 8 - 1 + 10);
}

#endif
