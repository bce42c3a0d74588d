// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source of chains that reads DWARF: addresses are grouped by unit, each
 * unit's entries are gone through once and its line program is run once, and
 * frames are made of both.
 */
#include <errno.h>

#include "base/guard.h"
#include "symbolize/dwarf_constants.h"
#include "symbolize/dwarf_function.h"
#include "symbolize/dwarf_index.h"
#include "symbolize/dwarf_line.h"
#include "symbolize/dwarf_outline.h"
#include "symbolize/dwarf_scan.h"
#include "symbolize/dwarf_split.h"
#include "symbolize/source.h"

/* How many units are asked for one address. */
enum { MAX_ROUNDS = 4 };

/* What is taken from the work that may be done: for a frame, which stays; and for a split unit,
 * besides its units and a part of its bytes. */
enum { FRAME_WORK = 8, SPLIT_WORK = 1024, SPLIT_BYTES = 256 };

/* An address whose function is not known yet, and the range to ask (number + 1). */
struct pending {
	uint32_t number, range;
};

struct dwarf_source {
	struct symbol_module *module; /* borrowed */
	struct demangler *names;
	struct dwarf_file file, alternate;
	struct dwarf_package package;
	struct dwarf_index index;
	/* What is being asked for. */
	const uint64_t *vaddrs;
	struct symbol_chains *chains;
	VEC(struct pending) pending, sorted;
	VEC(uint32_t) leftover; /* numbers of addresses that no unit's ranges hold */
	VEC(uint32_t) first;	/* by unit: of its addresses in sorted */
	/* Of the unit at hand. */
	struct dwarf_scan scan;
	struct dwarf_line_table lines;
	struct dwarf_outline_draft draft;
	VEC(uint32_t) numbers;
	VEC(uint64_t) unit_vaddrs;
	VEC(uint32_t) owners;
	VEC(struct dwarf_line) unit_lines;
	VEC(struct symbol_frame) frames;
	struct idmap missing; /* units whose other half was not found, by offset */
	bool was_asked;
};

static void dwarf_source_close(void *state)
{
	struct dwarf_source *source = state;

	if (!source)
		return;
	dwarf_scan_deinit(&source->scan);
	dwarf_line_table_deinit(&source->lines);
	dwarf_outline_draft_deinit(&source->draft);
	dwarf_index_deinit(&source->index);
	dwarf_file_deinit(&source->file);
	dwarf_file_deinit(&source->alternate);
	dwarf_package_deinit(&source->package);
	vec_deinit(&source->pending);
	vec_deinit(&source->sorted);
	vec_deinit(&source->leftover);
	vec_deinit(&source->first);
	vec_deinit(&source->numbers);
	vec_deinit(&source->unit_vaddrs);
	vec_deinit(&source->owners);
	vec_deinit(&source->unit_lines);
	vec_deinit(&source->frames);
	idmap_deinit(&source->missing);
	free(source);
}

static void guard_close_source(struct dwarf_source **source)
{
	dwarf_source_close(*source);
}

/* The debug information may be in a file of its own, and a part of that in another. */
static int open_files(struct dwarf_source *source, struct symbol_module *module)
{
	const struct elf_file *elf;
	int err = dwarf_file_init(&source->file, &module->file, false);

	if (err && err != -ENOMEM)
		err = module_debug_separate(module, &elf) ?:
		      dwarf_file_init(&source->file, elf, false);
	if (err)
		return err;
	err = module_debug_alternate(module, &elf) ?:
	      dwarf_file_init(&source->alternate, elf, false);
	if (!err)
		source->file.alternate = &source->alternate;
	return err == -ENOMEM ? err : 0;
}

static int dwarf_source_open(struct symbol_module *module, void **ret)
{
	guard(guard_close_source) struct dwarf_source *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return -ENOMEM;
	source->module = module;
	source->names = module->names;
	err = open_files(source, module);
	if (err)
		return err;
	err = dwarf_index_init(&source->index, &source->file);
	if (err)
		return err;
	*ret = take_ptr(source);
	return 0;
}

/* The frame of a scope, unless it is of something inlined that has no name. */
static int add_frame(struct dwarf_source *source, const struct dwarf_scope *scope,
		     const char *file, uint32_t line)
{
	const struct dwarf_function *function;
	struct symbol_frame frame = { .file = file, .line = line, .start = scope->start };
	int err = dwarf_function_get(scope->file, scope->entry, source->names, &function);

	if (err)
		return err;
	frame.name = function->name;
	frame.system_name = function->system_name;
	frame.start_line = function->line;
	return frame.name || !scope->is_inlined ? vec_push(&source->frames, frame) : 0;
}

/* Makes the frames of one of the unit's addresses. */
static int make_frames(struct dwarf_source *source, size_t i)
{
	const struct dwarf_line *at = &source->unit_lines.data[i];
	uint32_t owner = source->owners.data[i];
	uint32_t line = at->line;
	const char *file = NULL;
	int err = 0;

	source->frames.n = 0;
	if (at->state != DWARF_LINE_NONE)
		err = dwarf_line_path(&source->lines, at->file, &source->names->strings, &file);
	if (!owner && file && !err) {
		struct symbol_frame frame = { .file = file, .line = line, .start = UINT64_MAX };

		return vec_push(&source->frames, frame);
	}
	while (owner && !err) {
		const struct dwarf_scope *scope = &source->scan.scopes.data[owner - 1];

		/* A chain without its end would be another function's. */
		if (!dwarf_file_work(&source->file, FRAME_WORK)) {
			source->frames.n = 0;
			break;
		}
		err = add_frame(source, scope, file, line);
		line = scope->call_line;
		owner = scope->parent;
		if (!err && owner)
			err = dwarf_line_path(&source->lines, scope->call_file,
					      &source->names->strings, &file);
	}
	return err;
}

static int answer_unit(struct dwarf_source *source)
{
	int err = 0;

	for (size_t i = 0; i < source->numbers.n && !err; i++) {
		uint32_t number = source->numbers.data[i];

		err = make_frames(source, i);
		/* A line without a function is better than nothing, until another unit has both. */
		if (!err && source->frames.n &&
		    (source->owners.data[i] || !source->chains->of[number].n))
			err = symbol_chains_set(source->chains, number, source->frames.data,
						source->frames.n);
	}
	return err;
}

/* Looks only into the functions that the outline has for the addresses at hand. *ret: whether that
 * was enough. */
static int scan_outlined(struct dwarf_source *source, const struct dwarf_outline_unit *outlined,
			 bool *ret)
{
	const struct dwarf_outline *outline = source->module->outline;
	struct dwarf_scan *scan = &source->scan;
	int err = 0;

	*ret = false;
	scan->scopes.n = 0;
	for (size_t i = 0; i < scan->n && !err; i++) {
		const struct dwarf_outline_function *function =
			dwarf_outline_function(outline, outlined, scan->vaddrs[i]);

		if (scan->owners[i] || !function)
			continue;
		if (function->entry)
			err = dwarf_scan_function(scan, scan->unit->offset + function->entry);
		if (!scan->owners[i])
			return err;
	}
	*ret = true;
	return err;
}

static int scan_unit(struct dwarf_source *source, const struct dwarf_outline_unit *outlined)
{
	struct dwarf_scan *scan = &source->scan;
	bool done = false;
	int err = outlined ? scan_outlined(source, outlined, &done) : 0;

	if (err || done)
		return err;
	memset(scan->owners, 0, scan->n * sizeof(*scan->owners));
	return dwarf_scan_unit(scan);
}

static int find_lines(struct dwarf_source *source, const struct dwarf_outline_unit *outlined,
		      struct dwarf_outline_draft *draft)
{
	const uint64_t *vaddrs = source->unit_vaddrs.data;
	struct dwarf_line *lines = source->unit_lines.data;
	size_t n = source->numbers.n;

	if (outlined && outlined->n_rows &&
	    dwarf_line_find_outlined(&source->lines, source->module->outline, outlined, vaddrs, n,
				     lines))
		return 0;
	return dwarf_line_find(&source->lines, vaddrs, n, lines, draft);
}

/* Looks up the addresses at hand in a unit's entries, and in the lines that belong to it. */
static int ask_entries(struct dwarf_source *source, const struct dwarf_unit *unit,
		       const struct dwarf_unit *entries)
{
	struct dwarf_outline *outline = entries == unit ? source->module->outline : NULL;
	const struct dwarf_outline_unit *outlined =
		outline ? dwarf_outline_find(outline, unit->offset) : NULL;
	struct dwarf_outline_draft *draft = outline && !outlined ? &source->draft : NULL;
	int err;

	dwarf_outline_draft_clear(&source->draft);
	source->scan.unit = entries;
	source->scan.vaddrs = source->unit_vaddrs.data;
	source->scan.owners = source->owners.data;
	source->scan.n = source->numbers.n;
	source->scan.draft = draft;
	err = scan_unit(source, outlined);
	if (err)
		return err;
	err = dwarf_line_table_read(&source->lines, unit);
	if (!err)
		err = find_lines(source, outlined, draft);
	if (err == -ENOMEM)
		return err;
	/* What was cut short is not all of it. */
	if (draft && source->file.work)
		err = dwarf_outline_add(outline, unit->offset, draft);
	return err == -ENOMEM ? err : answer_unit(source);
}

static uint64_t split_work(const struct dwarf_split *split)
{
	uint64_t work = SPLIT_WORK + split->file.units.n;

	for (size_t i = 0; i < DWARF_N_SECTIONS; i++)
		work += split->file.sections[i].size / SPLIT_BYTES;
	return work;
}

/* Notes that a unit's other half is not there, once for each. */
static int miss_split(struct dwarf_source *source, const struct dwarf_unit *unit)
{
	struct module_debug *debug = &source->module->debug;
	struct strings *strings = &source->names->strings;
	uint32_t number;
	const char *name;
	size_t n;
	int err;

	if (idmap_find(&source->missing, unit->offset, &number))
		return 0;
	err = idmap_put(&source->missing, unit->offset, 0);
	debug->n_split_missing++;
	if (err || debug->split_missing || !dwarf_unit_string(unit, &unit->dwo_name, &name, &n))
		return err;
	err = strings_intern(strings, name, n, &number);
	if (!err)
		debug->split_missing = strings_get(strings, number);
	return err;
}

static int ask_split(struct dwarf_source *source, const struct dwarf_unit *unit)
{
	struct dwarf_split split;
	int err = source->module->debug.enabled && source->file.work ?
			  dwarf_split_open(&source->module->debug, &source->package, unit,
					   &split) :
			  -ENOENT;

	/* Where a split unit is found, or will be, no key tells. */
	source->module->is_volatile = true;
	/* Without it there are lines all the same. */
	if (err == -ENOENT && source->file.work)
		err = miss_split(source, unit) ?: -ENOENT;
	if (err)
		return err == -ENOMEM ? err : ask_entries(source, unit, unit);
	dwarf_file_work(&source->file, split_work(&split));
	err = ask_entries(source, unit, split.unit);
	dwarf_split_close(&split);
	return err;
}

/* Looks up source->numbers in a unit. */
static int ask_unit(struct dwarf_source *source, const struct dwarf_unit *unit)
{
	size_t n = source->numbers.n;
	int err = vec_reserve(&source->unit_vaddrs, n) ?: vec_reserve(&source->owners, n) ?:
		  vec_reserve(&source->unit_lines, n);

	if (err)
		return err;
	memset(source->owners.data, 0, n * sizeof(*source->owners.data));
	memset(source->unit_lines.data, 0, n * sizeof(*source->unit_lines.data));
	for (size_t i = 0; i < n; i++)
		source->unit_vaddrs.data[i] = source->vaddrs[source->numbers.data[i]];
	if (dwarf_split_is_skeleton(unit))
		return ask_split(source, unit);
	err = ask_entries(source, unit, unit);
	elf_section_drop(&source->file.sections[DWARF_INFO], unit->offset,
			 unit->end - unit->offset);
	return err;
}

/* Sorts what is pending by the unit to ask; addresses ascend within a unit. */
static int sort_pending(struct dwarf_source *source)
{
	const struct dwarf_index_range *ranges = source->index.ranges.data;
	size_t n_units = source->file.units.n;
	uint32_t place = 0;

	if (vec_reserve(&source->sorted, source->pending.n) ||
	    vec_reserve(&source->first, n_units + 1))
		return -ENOMEM;
	memset(source->first.data, 0, (n_units + 1) * sizeof(uint32_t));
	vec_each(&source->pending, at)
		source->first.data[ranges[at->range - 1].unit]++;
	for (size_t i = 0; i <= n_units; i++) {
		uint32_t count = source->first.data[i];

		source->first.data[i] = place;
		place += count;
	}
	vec_each(&source->pending, at)
		source->sorted.data[source->first.data[ranges[at->range - 1].unit]++] = *at;
	source->sorted.n = source->pending.n;
	return 0;
}

/* An address with a range that has not had its function: the next range, or none. */
static int keep_pending(struct dwarf_source *source, struct pending pending)
{
	if (pending.range)
		return vec_push(&source->pending, pending);
	return vec_push(&source->leftover, pending.number);
}

/* Asks each unit for its addresses; pending are then those that another unit may have. */
static int ask_units(struct dwarf_source *source)
{
	const struct dwarf_index_range *ranges = source->index.ranges.data;
	int err = sort_pending(source);

	source->pending.n = 0;
	for (size_t i = 0, end; i < source->sorted.n && !err; i = end) {
		const struct pending *group = &source->sorted.data[i];
		uint32_t unit = ranges[group->range - 1].unit;

		source->numbers.n = 0;
		for (end = i; end < source->sorted.n && !err &&
			      ranges[source->sorted.data[end].range - 1].unit == unit; end++)
			err = vec_push(&source->numbers, source->sorted.data[end].number);
		err = err ?: ask_unit(source, &source->file.units.data[unit]);
		for (size_t k = 0; k < source->numbers.n && !err; k++) {
			struct pending next = group[k];

			if (source->owners.data[k])
				continue;
			next.range = dwarf_index_holds(&source->index,
						       ranges[next.range - 1].below,
						       source->vaddrs[next.number]);
			err = keep_pending(source, next);
		}
	}
	return err;
}

/* Asks the units that do not say which code is theirs for what is left over. */
static int ask_rangeless(struct dwarf_source *source)
{
	int err = 0;

	for (size_t i = 0; i < source->index.rangeless.n && source->leftover.n && !err; i++) {
		size_t kept = 0;

		if (!dwarf_file_work(&source->file, source->leftover.n))
			break;
		source->numbers.n = 0;
		err = vec_append(&source->numbers, source->leftover.data, source->leftover.n) ?:
		      ask_unit(source, &source->file.units.data[source->index.rangeless.data[i]]);
		for (size_t k = 0; k < source->numbers.n && !err; k++)
			if (!source->owners.data[k])
				source->leftover.data[kept++] = source->numbers.data[k];
		source->leftover.n = kept;
	}
	return err;
}

static int dwarf_source_find(void *state, const uint64_t *vaddrs, size_t n,
			     struct symbol_chains *ret)
{
	struct dwarf_source *source = state;
	int err = 0;

	/* Opening has taken from the first batch's. */
	if (source->was_asked) {
		dwarf_file_renew_work(&source->file);
		dwarf_file_renew_work(&source->alternate);
	}
	source->was_asked = true;
	source->vaddrs = vaddrs;
	source->chains = ret;
	source->pending.n = source->leftover.n = 0;
	for (size_t i = 0; i < n && !err; i++) {
		struct pending pending = { i, dwarf_index_find(&source->index, vaddrs[i]) };

		if (!ret->of[i].n)
			err = keep_pending(source, pending);
	}
	for (int round = 0; round < MAX_ROUNDS && source->pending.n && !err; round++)
		err = ask_units(source);
	err = err ?: ask_rangeless(source);
	if (err || !source->file.work || (source->file.alternate && !source->alternate.work))
		source->module->is_volatile = true;
	return err;
}

const struct symbol_source dwarf_source = {
	.open = dwarf_source_open,
	.close = dwarf_source_close,
	.find_chains = dwarf_source_find,
};
