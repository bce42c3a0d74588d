// SPDX-License-Identifier: GPL-2.0-or-later
/* A sorted list of what is free, and a queue of what soon will be. */
#include "profiler/extents.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void extents_init(struct extents *extents, uint32_t block, uint64_t grace_ns)
{
	memset(extents, 0, sizeof(*extents));
	extents->block = block;
	extents->grace_ns = grace_ns;
}

void extents_deinit(struct extents *extents)
{
	vec_deinit(&extents->free);
	vec_deinit(&extents->waiting);
}

static bool extents_touch(const struct extents *extents, const struct extent *a,
			  const struct extent *b)
{
	return a->first + a->n == b->first && !(extents->block && b->first % extents->block == 0);
}

/* Among the free ones, with which it may become one. */
static int extents_free(struct extents *extents, struct extent extent)
{
	struct extent *all;
	size_t low = 0, high = extents->free.n;

	if (!extent.n)
		return 0;
	if (vec_reserve(&extents->free, extents->free.n + 1))
		return -ENOMEM;
	all = extents->free.data;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all[middle].first < extent.first)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < extents->free.n && extents_touch(extents, &extent, &all[low])) {
		all[low].first = extent.first;
		all[low].n += extent.n;
	} else {
		memmove(all + low + 1, all + low, (extents->free.n - low) * sizeof(*all));
		all[low] = extent;
		extents->free.n++;
	}
	if (low && extents_touch(extents, &all[low - 1], &all[low])) {
		all[low - 1].n += all[low].n;
		extents->free.n--;
		memmove(all + low, all + low + 1, (extents->free.n - low) * sizeof(*all));
	}
	return 0;
}

int extents_grow(struct extents *extents, uint32_t first, uint32_t n)
{
	return extents_free(extents, (struct extent){ first, n });
}

/* Whose time of grace is over. */
static int extents_ripen(struct extents *extents, uint64_t now_ns)
{
	int err = 0;

	while (!err && extents->next < extents->waiting.n &&
	       now_ns - extents->waiting.data[extents->next].free_ns >= extents->grace_ns) {
		const struct extent *extent = &extents->waiting.data[extents->next].extent;

		err = extents_free(extents, *extent);
		if (err)
			break;
		extents->n_used -= extent->n;
		extents->next++;
	}
	if (extents->next == extents->waiting.n)
		extents->waiting.n = extents->next = 0;
	return err;
}

int extents_take(struct extents *extents, uint32_t least, uint32_t want, uint64_t now_ns,
		 struct extent *ret)
{
	struct extent *best = NULL;
	int err = extents_ripen(extents, now_ns);

	if (err)
		return err;
	vec_each(&extents->free, extent) {
		if (extent->n < least)
			continue;
		if (!best || (extent->n >= want ? best->n < want || extent->n < best->n :
						  extent->n > best->n))
			best = extent;
	}
	if (!best)
		return -ENOSPC;
	ret->first = best->first;
	ret->n = best->n < want ? best->n : want;
	best->first += ret->n;
	best->n -= ret->n;
	if (!best->n) {
		extents->free.n--;
		memmove(best, best + 1,
			(extents->free.data + extents->free.n - best) * sizeof(*best));
	}
	extents->n_used += ret->n;
	return 0;
}

int extents_give(struct extents *extents, const struct extent *extent, uint64_t now_ns)
{
	size_t left = extents->waiting.n - extents->next;

	/* Seldom enough to cost nothing for each, often enough to keep the queue short. */
	if (extents->next > left) {
		memmove(extents->waiting.data, extents->waiting.data + extents->next,
			left * sizeof(*extents->waiting.data));
		extents->waiting.n = left;
		extents->next = 0;
	}
	return vec_push(&extents->waiting, (struct waiting_extent){ *extent, now_ns });
}

int extents_trim(struct extents *extents, struct extent *extent, uint32_t n)
{
	int err = extents_free(extents, (struct extent){ extent->first + n, extent->n - n });

	if (err)
		return err;
	extents->n_used -= extent->n - n;
	extent->n = n;
	return 0;
}
