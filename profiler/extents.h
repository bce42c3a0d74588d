/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of an array, taken and given back, that programs may still be reading
 * when they are given back: each is handed out again only after a time of
 * grace. Neighbours that are free become one, so that whatever is taken and
 * given back, all of it is there again in the end.
 */
#ifndef FLAMETAP_PROFILER_EXTENTS_H
#define FLAMETAP_PROFILER_EXTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct extent {
	uint32_t first, n;
};

struct waiting_extent {
	struct extent extent;
	uint64_t free_ns; /* when it was given back */
};

struct extents {
	VEC(struct extent) free; /* sorted, neighbours only across blocks */
	VEC(struct waiting_extent) waiting; /* the oldest first, from next on */
	size_t next;
	uint32_t block; /* no extent lies in two blocks of so many entries; 0: there are none */
	uint64_t grace_ns;
	uint64_t n_used; /* taken, or waiting */
};

void extents_init(struct extents *extents, uint32_t block, uint64_t grace_ns);
void extents_deinit(struct extents *extents);
/* More of the array: free at once. 0 or -ENOMEM. */
int extents_grow(struct extents *extents, uint32_t first, uint32_t n);
/*
 * The smallest free extent that holds as many as wanted, cut to that; else the
 * largest, if it holds the least. 0, -ENOSPC or -ENOMEM.
 */
int extents_take(struct extents *extents, uint32_t least, uint32_t want, uint64_t now_ns,
		 struct extent *ret);
/* 0 or -ENOMEM. */
int extents_give(struct extents *extents, const struct extent *extent, uint64_t now_ns);
/* Cuts one that was just taken, and that nobody reads yet, to its first n entries. */
int extents_trim(struct extents *extents, struct extent *extent, uint32_t n);

#endif
