// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the sources of chains once for all addresses, and then for each address
 * the sources of names in order, until one knows.
 */
#include "symbolize/resolving.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

/* Sources of names, in the order in which they are asked. */
static const struct symbol_source *const sources[] = {
	&elf_symbols_source,
	&elf_plt_source,
	&function_start_source,
};

enum { N_SOURCES = RESOLVING_SOURCES };
_Static_assert(sizeof(sources) / sizeof(*sources) == RESOLVING_SOURCES, "a state for each");

/* Sources of chains. */
static const struct symbol_source *const chain_sources[] = {
	&dwarf_source,
	&go_source,
};

enum { N_CHAIN_SOURCES = RESOLVING_CHAIN_SOURCES };
_Static_assert(sizeof(chain_sources) / sizeof(*chain_sources) == RESOLVING_CHAIN_SOURCES,
	       "a state for each");

void resolving_deinit(struct resolving *resolving)
{
	for (size_t i = 0; i < N_SOURCES; i++)
		if (resolving->states[i])
			sources[i]->close(resolving->states[i]);
	for (size_t i = 0; i < N_CHAIN_SOURCES; i++)
		if (resolving->chain_states[i])
			chain_sources[i]->close(resolving->chain_states[i]);
	eh_frame_deinit(&resolving->module.eh_frame);
	module_debug_deinit(&resolving->module.debug);
	elf_file_deinit(&resolving->module.file);
}

/* Opens a source at its first use. *ret is NULL if the module has nothing for it. */
static int open_source(struct resolving *resolving, size_t i, void **ret)
{
	int err = 0;

	if (!resolving->tried[i]) {
		resolving->tried[i] = true;
		err = sources[i]->open(&resolving->module, &resolving->states[i]);
		if (sources[i] == &elf_symbols_source)
			resolving->module.symbols = resolving->states[i];
	}
	*ret = resolving->states[i];
	return err == -ENOMEM ? err : 0;
}

/* Asks the sources of names in order for what one address is. The start of a function is of
 * interest only as long as it has no name. */
static int resolve_name(struct resolving *resolving, uint64_t vaddr, struct symbol_frame *frame)
{
	for (size_t i = 0; i < N_SOURCES; i++) {
		void *state;
		int found;

		if (sources[i] == &function_start_source && frame->name)
			return 0;
		found = open_source(resolving, i, &state);
		if (!found && state)
			found = sources[i]->find(state, vaddr, frame);
		if (found)
			return found;
	}
	return 0;
}

int symbol_chains_set(struct symbol_chains *chains, size_t number,
		      const struct symbol_frame *frames, size_t n)
{
	if (n > UINT32_MAX - chains->frames.n)
		return -E2BIG;
	if (vec_append(&chains->frames, frames, n))
		return -ENOMEM;
	chains->of[number] = (struct symbol_chain){ chains->frames.n - n, n };
	return 0;
}

/* The addresses of one call, sorted and without repetition. */
struct batch {
	VEC(uint64_t) vaddrs;
	struct symbol_chains chains;
	VEC(struct symbol_frame) frames; /* of the answer being made */
};

static void batch_deinit(struct batch *batch)
{
	vec_deinit(&batch->vaddrs);
	vec_deinit(&batch->chains.frames);
	free(batch->chains.of);
	vec_deinit(&batch->frames);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Only for sources of chains: those of names are asked one by one. */
static int batch_fill(struct batch *batch, const struct elf_file *file, const uint64_t *offsets,
		      size_t n)
{
	bool sorted = true;
	size_t kept = 0;
	uint64_t vaddr;

	if (vec_reserve(&batch->vaddrs, n))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (!elf_file_vaddr(file, offsets[i], &vaddr))
			continue;
		sorted &= !batch->vaddrs.n || batch->vaddrs.data[batch->vaddrs.n - 1] <= vaddr;
		batch->vaddrs.data[batch->vaddrs.n++] = vaddr;
	}
	if (!sorted)
		qsort(batch->vaddrs.data, batch->vaddrs.n, sizeof(uint64_t), compare_u64);
	vec_each(&batch->vaddrs, at)
		if (!kept || batch->vaddrs.data[kept - 1] != *at)
			batch->vaddrs.data[kept++] = *at;
	batch->vaddrs.n = kept;
	batch->chains.of = calloc(kept ? kept : 1, sizeof(*batch->chains.of));
	return batch->chains.of ? 0 : -ENOMEM;
}

/* Opens the sources of chains at the first call. */
static int open_chain_sources(struct resolving *resolving, bool *ret_any)
{
	for (size_t i = 0; i < N_CHAIN_SOURCES; i++) {
		void **state = &resolving->chain_states[i];

		if (!resolving->chain_tried[i]) {
			resolving->chain_tried[i] = true;
			if (chain_sources[i]->open(&resolving->module, state) == -ENOMEM)
				return -ENOMEM;
		}
		*ret_any |= *state != NULL;
	}
	return 0;
}

static int resolve_chains(struct resolving *resolving, const uint64_t *offsets, size_t n,
			  struct batch *batch)
{
	bool any = false;
	int err = open_chain_sources(resolving, &any);

	if (!err && any)
		err = batch_fill(batch, &resolving->module.file, offsets, n);
	for (size_t i = 0; i < N_CHAIN_SOURCES && any && err != -ENOMEM; i++)
		if (resolving->chain_states[i])
			err = chain_sources[i]->find_chains(resolving->chain_states[i],
							    batch->vaddrs.data, batch->vaddrs.n,
							    &batch->chains);
	return err == -ENOMEM ? err : 0;
}

/* NULL: nothing is known. */
static const struct symbol_chain *batch_chain(const struct batch *batch, uint64_t vaddr)
{
	const uint64_t *at = NULL;

	if (batch->chains.frames.n)
		at = bsearch(&vaddr, batch->vaddrs.data, batch->vaddrs.n, sizeof(vaddr),
			     compare_u64);
	return at ? &batch->chains.of[at - batch->vaddrs.data] : NULL;
}

/* Starts are virtual addresses in here, file offsets outside. */
static void place_start(const struct elf_file *file, struct symbol_frame *frame)
{
	if (frame->start == UINT64_MAX || !elf_file_offset(file, frame->start, &frame->start))
		frame->start = UINT64_MAX;
}

static int resolve_offset(struct resolving *resolving, struct batch *batch, uint64_t offset)
{
	const struct elf_file *file = &resolving->module.file;
	const struct symbol_frame none = { .start = UINT64_MAX };
	const struct symbol_chain *chain;
	uint64_t vaddr;
	int err;

	batch->frames.n = 0;
	if (!elf_file_vaddr(file, offset, &vaddr))
		return vec_push(&batch->frames, none);
	chain = batch_chain(batch, vaddr);
	err = chain && chain->n ? vec_append(&batch->frames, batch->chains.frames.data + chain->first,
				    chain->n) :
			 vec_push(&batch->frames, none);
	if (!err)
		err = resolve_name(resolving, vaddr, &batch->frames.data[batch->frames.n - 1]);
	vec_each(&batch->frames, frame)
		place_start(file, frame);
	return err < 0 ? err : 0;
}

int resolving_all(struct resolving *resolving, const uint64_t *offsets, size_t n,
		  symbolizer_result result, void *ctx)
{
	guard(batch_deinit) struct batch batch = {};
	int err = resolve_chains(resolving, offsets, n, &batch);

	for (size_t i = 0; i < n && err >= 0; i++) {
		err = resolve_offset(resolving, &batch, offsets[i]);
		if (!err)
			err = result(ctx, i, batch.frames.data, batch.frames.n);
	}
	return err < 0 ? err : 0;
}
