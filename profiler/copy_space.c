// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the address space of a process, or takes the one that was not used for longest. */
#include "profiler/copy_space.h"

#include <errno.h>

void copy_spaces_init(struct copy_spaces *spaces, const unw_accessors_t *accessors)
{
	*spaces = (struct copy_spaces){ .accessors = *accessors };
}

/* libunwind 1.6.2 does not give back what it took for a cache of another size when its space is
 * destroyed, but does when the size changes again. */
void copy_spaces_deinit(struct copy_spaces *spaces)
{
	for (size_t i = 0; i < COPY_MAX_SPACES; i++) {
		if (!spaces->items[i].space)
			continue;
		unw_set_cache_size(spaces->items[i].space, 1, 0);
		unw_destroy_addr_space(spaces->items[i].space);
	}
}

static struct copy_space *find_space(struct copy_spaces *spaces, uint32_t serial)
{
	struct copy_space *oldest = &spaces->items[0];

	for (size_t i = 0; i < COPY_MAX_SPACES; i++) {
		struct copy_space *space = &spaces->items[i];

		if (space->space && space->serial == serial)
			return space;
		if (space->used < oldest->used)
			oldest = space;
	}
	return oldest;
}

static int make_space(struct copy_spaces *spaces, struct copy_space *space)
{
	space->space = unw_create_addr_space(&spaces->accessors, 0);
	if (!space->space)
		return -ENOMEM;
	unw_set_caching_policy(space->space, UNW_CACHE_GLOBAL);
	/* Where that cannot be had, fewer are remembered. */
	unw_set_cache_size(space->space, COPY_REMEMBERED, 0);
	return 0;
}

int copy_spaces_get(struct copy_spaces *spaces, const struct process *process, uint64_t generation,
		    unw_addr_space_t *ret)
{
	struct copy_space *space = find_space(spaces, process->serial);
	bool is_new = !space->space;

	if (is_new && make_space(spaces, space))
		return -ENOMEM;
	if (!is_new && (space->serial != process->serial || space->epoch != process->epoch ||
			space->generation != generation))
		unw_flush_cache(space->space, 0, 0);
	spaces->n_given += !is_new && space->serial != process->serial;
	space->serial = process->serial;
	space->epoch = process->epoch;
	space->generation = generation;
	space->used = ++spaces->clock;
	*ret = space->space;
	return 0;
}
