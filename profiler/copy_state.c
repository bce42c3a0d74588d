// SPDX-License-Identifier: GPL-2.0-or-later
/* A direct-mapped table: as large as it is, a second look is not worth its while. */
#include "profiler/copy_state.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

int copy_states_init(struct copy_states *states)
{
	states->items = calloc(COPY_STATES, sizeof(*states->items));
	return states->items ? 0 : -ENOMEM;
}

void copy_states_deinit(struct copy_states *states)
{
	free(states->items);
	states->items = NULL;
}

struct copy_state *copy_states_get(struct copy_states *states, uint32_t module, uint64_t vaddr,
				   uint64_t generation)
{
	struct copy_state *state =
		&states->items[hash_pair(module, vaddr) & (COPY_STATES - 1)];

	if (state->vaddr == vaddr && state->module == module && state->generation == generation)
		return state;
	state->vaddr = vaddr;
	state->module = module;
	state->generation = generation;
	state->size = 0;
	return state;
}
