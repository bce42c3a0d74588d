/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of an array that programs may still be reading when they are given
 * back: each is handed out again only after a time of grace. Sizes are rounded
 * up to powers of two, so that what is free always fits and never crumbles, and
 * both ways cost constant time.
 */
#ifndef FLAMETAP_PROFILER_RANGES_H
#define FLAMETAP_PROFILER_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

enum { RANGES_SIZES = 32 };

struct free_range {
	uint32_t first;
	uint64_t free_ns; /* when it was given back */
};

struct ranges {
	uint32_t used, max; /* entries of the array */
	uint64_t grace_ns;
	struct {
		VEC(struct free_range) items; /* the oldest first, from next on */
		size_t next;
	} sizes[RANGES_SIZES];
};

void ranges_init(struct ranges *ranges, uint32_t max, uint64_t grace_ns);
void ranges_deinit(struct ranges *ranges);
/* 0 or -ENOSPC: nothing is free for long enough. */
int ranges_take(struct ranges *ranges, uint32_t n, uint64_t now_ns, uint32_t *ret_first);
/* Of the n that were taken. 0 or -ENOMEM. */
int ranges_give(struct ranges *ranges, uint32_t first, uint32_t n, uint64_t now_ns);

#endif
