// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads and keeps call-frame information. A module that was given up and is
 * read again may have another content by then: whoever remembers anything of
 * it looks at n_evicted.
 */
#include "profiler/copy_cfi.h"

#include <errno.h>

#include "base/guard.h"
#include "symbolize/elf_file.h"

void copy_cfi_init(struct copy_cfi *cfi, const struct modules *modules)
{
	*cfi = (struct copy_cfi){ .modules = modules, .limit = COPY_CFI_BYTES };
}

static void drop_module(struct copy_cfi *cfi, struct copy_module *module)
{
	unwind_pieces_deinit(&module->pieces);
	vec_deinit(&module->segments);
	cfi->bytes -= module->bytes;
	*module = (struct copy_module){};
}

void copy_cfi_deinit(struct copy_cfi *cfi)
{
	vec_each(&cfi->items, module)
		drop_module(cfi, module);
	vec_deinit(&cfi->items);
}

static size_t pieces_bytes(const struct unwind_pieces *pieces)
{
	size_t bytes = pieces->pieces.cap * sizeof(*pieces->pieces.data);

	for (size_t i = 0; i < UNWIND_N_SECTIONS; i++) {
		const struct unwind_section *section = &pieces->sections[i];

		bytes += section->section.size;
		bytes += section->cies.cap * sizeof(*section->cies.data);
		bytes += section->reader.cies.cap * sizeof(*section->reader.cies.data);
	}
	return bytes;
}

/* Gives up what was used longest ago, until there is room. */
static void make_room(struct copy_cfi *cfi, const struct copy_module *keep)
{
	while (cfi->bytes > cfi->limit) {
		struct copy_module *oldest = NULL;

		vec_each(&cfi->items, module)
			if (module != keep && module->bytes &&
			    (!oldest || module->used < oldest->used))
				oldest = module;
		if (!oldest)
			return;
		drop_module(cfi, oldest);
		cfi->n_evicted++;
	}
}

static int read_module(struct copy_cfi *cfi, struct copy_module *module, int fd)
{
	guard(elf_file_deinit) struct elf_file file = {};
	struct unwind_table_stats stats = {};
	int err;

	module->read = true;
	err = elf_file_init(&file, fd);
	if (!err)
		err = unwind_pieces_init(&module->pieces, &file, &stats);
	if (err)
		return err == -ENOMEM ? err : 0;
	cfi->n_read++;
	module->bytes = pieces_bytes(&module->pieces);
	cfi->bytes += module->bytes;
	err = vec_append(&module->segments, file.by_offset.data, file.by_offset.n);
	if (err || module->bytes > cfi->limit) {
		drop_module(cfi, module);
		module->read = true;
	}
	make_room(cfi, module);
	return err;
}

/* NULL in *ret: there is nothing to be known of it. */
static int find_module(struct copy_cfi *cfi, uint32_t number, struct copy_module **ret)
{
	static const struct copy_module none;
	struct copy_module *module;
	int err = 0;

	*ret = NULL;
	if (number >= cfi->modules->items.n || cfi->modules->items.data[number].fd < 0)
		return 0;
	while (!err && cfi->items.n <= number)
		err = vec_push(&cfi->items, none);
	if (err)
		return err;
	module = &cfi->items.data[number];
	module->used = ++cfi->clock;
	if (!module->read)
		err = read_module(cfi, module, cfi->modules->items.data[number].fd);
	*ret = module;
	return err;
}

static bool begins_as_call(const struct unwind_section *section, const struct unwind_piece *piece)
{
	const struct unwind_cie *cie = &section->cies.data[piece->cie];
	const struct cfi_value *cfa = &cie->state.cfa;

	return cie->understood && cfa->form == CFI_REGISTER && cfa->reg == DWARF_RSP &&
	       cfa->offset == 8;
}

static enum copy_where find_where(struct copy_module *module, uint64_t vaddr,
				  struct copy_place *place)
{
	enum unwind_cover cover = unwind_pieces_find(&module->pieces, vaddr, &place->piece);

	if (cover == UNWIND_UNCOVERED)
		return COPY_UNCOVERED;
	if (cover == UNWIND_ENTRY || place->piece->kind == UNWIND_OUTERMOST)
		return COPY_OUTERMOST;
	if (place->piece->kind == UNWIND_TRAMPOLINE)
		return COPY_TRAMPOLINE;
	if (place->piece->kind == UNWIND_STUBS)
		return (vaddr & 15) < place->piece->program ? COPY_CALLED : COPY_UNCOVERED;
	place->section = &module->pieces.sections[place->piece->kind];
	if (cover == UNWIND_COVERED)
		return COPY_FDE;
	return begins_as_call(place->section, place->piece) ? COPY_CALLED : COPY_UNCOVERED;
}

int copy_cfi_find(struct copy_cfi *cfi, const struct process *process, uint64_t pc,
		  struct copy_place *ret)
{
	const struct mapping *mapping = process_mapping(process, pc);
	struct copy_module *module;
	int err;

	*ret = (struct copy_place){ .where = mapping ? COPY_UNCOVERED : COPY_UNMAPPED };
	if (!mapping)
		return 0;
	err = find_module(cfi, mapping->module, &module);
	if (err || !module ||
	    !mapping_bias(mapping, module->segments.data, module->segments.n, &ret->bias))
		return err;
	ret->module = mapping->module;
	ret->where = find_where(module, pc - ret->bias, ret);
	return 0;
}

const struct unwind_section *copy_cfi_section(const struct copy_cfi *cfi, uint64_t module,
					      uint32_t kind)
{
	if (module >= cfi->items.n || kind >= UNWIND_N_SECTIONS || !cfi->items.data[module].bytes)
		return NULL;
	return &cfi->items.data[module].pieces.sections[kind];
}

struct end_search {
	uint64_t vaddr;
	bool is_end;
};

static int note_end(void *ctx, uint64_t address, const struct cfi_state *state)
{
	struct end_search *search = ctx;

	if (address > search->vaddr)
		return 1;
	search->is_end = state && state->registers[CFI_RA].where == CFI_UNDEFINED;
	return 0;
}

bool copy_cfi_is_end(const struct copy_place *place, uint64_t pc)
{
	const struct unwind_piece *piece = place->piece;
	const struct unwind_section *section = place->section;
	struct end_search search = { .vaddr = pc - place->bias };
	struct cfi_fde fde = { .start = piece->start, .end = piece->start + piece->size };

	fde.program = dwarf_cursor(section->section.bytes + piece->program, piece->program_size,
				   section->section.vaddr + piece->program);
	cfi_run_fde(&section->reader.cies.data[piece->cie], &section->cies.data[piece->cie].state,
		    &fde, note_end, &search);
	return search.is_end;
}
