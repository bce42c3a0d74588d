// SPDX-License-Identifier: GPL-2.0-or-later
/* A queue of free ranges for each power of two; the array's end when a queue has none to give. */
#include "profiler/ranges.h"

#include <errno.h>
#include <string.h>

void ranges_init(struct ranges *ranges, uint32_t max, uint64_t grace_ns)
{
	memset(ranges, 0, sizeof(*ranges));
	ranges->max = max;
	ranges->grace_ns = grace_ns;
}

void ranges_deinit(struct ranges *ranges)
{
	for (int i = 0; i < RANGES_SIZES; i++)
		vec_deinit(&ranges->sizes[i].items);
}

/* The power of two that holds n entries. */
static int size_of(uint32_t n)
{
	return n > 1 ? 32 - __builtin_clz(n - 1) : 0;
}

int ranges_take(struct ranges *ranges, uint32_t n, uint64_t now_ns, uint32_t *ret_first)
{
	int size = size_of(n);
	uint64_t end = ranges->used + (1ULL << size);
	const struct free_range *oldest = NULL;

	if (size >= RANGES_SIZES)
		return -ENOSPC;
	if (ranges->sizes[size].next < ranges->sizes[size].items.n)
		oldest = &ranges->sizes[size].items.data[ranges->sizes[size].next];
	if (oldest && now_ns - oldest->free_ns >= ranges->grace_ns) {
		*ret_first = oldest->first;
		ranges->sizes[size].next++;
		return 0;
	}
	if (end > ranges->max)
		return -ENOSPC;
	*ret_first = ranges->used;
	ranges->used = end;
	return 0;
}

int ranges_give(struct ranges *ranges, uint32_t first, uint32_t n, uint64_t now_ns)
{
	int size = size_of(n);
	size_t next = ranges->sizes[size].next, left = ranges->sizes[size].items.n - next;
	struct free_range *items = ranges->sizes[size].items.data;

	/* Seldom enough to cost nothing for each, often enough to keep the queue short. */
	if (next > left) {
		memmove(items, items + next, left * sizeof(*items));
		ranges->sizes[size].items.n = left;
		ranges->sizes[size].next = 0;
	}
	return vec_push(&ranges->sizes[size].items, (struct free_range){ first, now_ns });
}
