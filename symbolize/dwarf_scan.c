// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nearly all entries are skipped, by their abbreviation's steps; those that
 * are looked at are functions with code and, in functions that are hit,
 * inlined ones. Functions that are not hit are gone through all the same:
 * functions nested in them (OpenMP, GNU C, lambdas) have code elsewhere.
 */
#include "symbolize/dwarf_scan.h"

#include <errno.h>

#include "symbolize/dwarf_constants.h"

enum {
	MAX_DEPTH = 1 << 16,
	RANGE_WORK = 8, /* steps of a search for a range's addresses */
};

/* A level of the tree: the number + 1 of the scope it is in, and marks. */
#define LEVEL_IN_FUNCTION (UINT64_C(1) << 32)
#define LEVEL_IN_HIT (UINT64_C(1) << 33)

struct pass {
	struct dwarf_scan *scan;
	const struct dwarf_abbrevs *abbrevs;
	const unsigned char *start; /* of the unit's header */
	const unsigned char *at, *end;
	uint64_t level;
	uint64_t outermost; /* the function at hand, or the one that it is in: an offset in the unit */
};

/* What is looked at of an entry. */
struct entry {
	uint64_t offset; /* in .debug_info */
	struct dwarf_value low, high, ranges, origin;
	uint32_t call_file, call_line;
};

static size_t lower_bound(const uint64_t *list, size_t n, uint64_t value)
{
	size_t low = 0;

	while (n) {
		size_t half = n / 2;

		if (list[low + half] < value) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

static void read_entry(struct pass *pass, const struct dwarf_abbrev *abbrev, struct entry *ret)
{
	struct dwarf_cursor cursor = dwarf_cursor(pass->at, pass->end - pass->at, 0);
	const struct dwarf_attr *attrs = pass->abbrevs->attrs.data + abbrev->first_attr;

	for (uint32_t i = 0; i < abbrev->n_attrs; i++) {
		struct dwarf_value value = dwarf_abbrevs_read(pass->abbrevs, &attrs[i], &cursor);

		switch (attrs[i].name) {
		case DWARF_AT_LOW_PC:
			ret->low = value;
			break;
		case DWARF_AT_HIGH_PC:
			ret->high = value;
			break;
		case DWARF_AT_RANGES:
			ret->ranges = value;
			break;
		case DWARF_AT_ABSTRACT_ORIGIN:
			ret->origin = value;
			break;
		case DWARF_AT_CALL_FILE:
			ret->call_file = value.n;
			break;
		case DWARF_AT_CALL_LINE:
			ret->call_line = value.n;
			break;
		}
	}
	pass->at = cursor.failed ? NULL : cursor.at;
}

static int note_function(struct pass *pass)
{
	struct dwarf_outline_draft *draft = pass->scan->draft;
	int err = 0;

	vec_each(&pass->scan->ranges.list, range)
		err = err ?: dwarf_outline_draft_function(draft, range->start, range->end,
							  pass->outermost);
	return err;
}

/* Makes the scope of an entry the innermost for the addresses it has. */
static int claim(struct pass *pass, bool is_inlined, const struct entry *entry, bool *ret_hit)
{
	struct dwarf_scan *scan = pass->scan;
	struct dwarf_scope scope = {
		.file = scan->unit->file,
		.entry = entry->offset,
		.start = UINT64_MAX,
		.parent = is_inlined ? (uint32_t)pass->level : 0,
		.call_file = entry->call_file,
		.call_line = entry->call_line,
		.is_inlined = is_inlined,
	};
	struct dwarf_file *file;
	uint64_t origin;
	int err;

	*ret_hit = false;
	scan->ranges.list.n = 0;
	err = dwarf_ranges_add(scan->unit, &entry->low, &entry->high, &entry->ranges,
			       &scan->ranges);
	if (!err && scan->draft && !is_inlined)
		err = note_function(pass);
	if (err)
		return err;
	if (scan->ranges.list.n)
		scope.start = scan->ranges.list.data[0].start;
	vec_each(&scan->ranges.list, range) {
		if (!dwarf_file_work(scan->unit->file, RANGE_WORK))
			break;
		for (size_t i = lower_bound(scan->vaddrs, scan->n, range->start);
		     i < scan->n && scan->vaddrs[i] < range->end; i++) {
			if (!dwarf_file_work(scan->unit->file, 1))
				break;
			scan->owners[i] = scan->scopes.n + 1;
			*ret_hit = true;
		}
	}
	if (!*ret_hit)
		return 0;
	/* The origin of what was inlined is asked for its name again and again. */
	if (is_inlined && dwarf_unit_reference(scan->unit, &entry->origin, &file, &origin)) {
		scope.file = file;
		scope.entry = origin;
	}
	if (scan->scopes.n >= UINT32_MAX - 1)
		return -ENOMEM;
	return vec_push(&scan->scopes, scope);
}

/* Goes to the next entry by DW_AT_sibling; false, and nothing done, if that leads nowhere. */
static bool jump(struct pass *pass, const struct dwarf_abbrev *abbrev)
{
	const unsigned char *at = dwarf_abbrevs_skip(pass->abbrevs, abbrev, true, pass->at,
						     pass->end);
	struct dwarf_value value = { .class = DWARF_REFERENCE };
	struct dwarf_cursor cursor;

	if (!at)
		return false;
	cursor = dwarf_cursor(at, pass->end - at, 0);
	if (abbrev->sibling_form == DWARF_FORM_REF4) /* it nearly always is */
		value.n = dwarf_uint(&cursor, 4);
	else
		value = dwarf_form_read(&cursor, abbrev->sibling_form, 0,
					&pass->abbrevs->encoding);
	if (value.class != DWARF_REFERENCE || value.n >= (uint64_t)(pass->end - pass->start) ||
	    pass->start + value.n < cursor.at)
		return false;
	pass->at = pass->start + value.n;
	return true;
}

static int go_down(struct pass *pass, uint64_t level)
{
	if (pass->scan->levels.n >= MAX_DEPTH)
		pass->at = NULL;
	else if (vec_push(&pass->scan->levels, pass->level))
		return -ENOMEM;
	pass->level = level;
	return 0;
}

/* In a function types and blocks may hold functions, too, but not what is told of a call. */
static bool may_hold_functions(uint16_t tag, bool in_function)
{
	if (in_function)
		return tag != DWARF_TAG_CALL_SITE && tag != DWARF_TAG_GNU_CALL_SITE;
	return tag == DWARF_TAG_NAMESPACE || tag == DWARF_TAG_MODULE ||
	       tag == DWARF_TAG_COMPILE_UNIT || tag == DWARF_TAG_PARTIAL_UNIT ||
	       tag == DWARF_TAG_SUBPROGRAM;
}

/* An entry that has code. */
static int enter_code(struct pass *pass, const struct dwarf_abbrev *abbrev, uint64_t offset)
{
	bool is_function = abbrev->tag == DWARF_TAG_SUBPROGRAM;
	struct entry entry = { .offset = offset };
	uint64_t level;
	bool hit;
	int err;

	read_entry(pass, abbrev, &entry);
	if (!pass->at)
		return 0;
	if (is_function && !(pass->level & LEVEL_IN_FUNCTION))
		pass->outermost = offset - pass->scan->unit->offset;
	err = claim(pass, !is_function, &entry, &hit);
	if (err || !abbrev->has_children)
		return err;
	level = LEVEL_IN_FUNCTION;
	if (hit)
		level |= LEVEL_IN_HIT | pass->scan->scopes.n;
	return go_down(pass, level);
}

/* The next entry; pass->at is NULL when there is none. Half of the time goes by in here. */
static inline __attribute__((always_inline)) int step(struct pass *pass)
{
	uint64_t offset = pass->scan->unit->offset + (pass->at - pass->start);
	const struct dwarf_abbrev *abbrev;
	uint64_t code = *pass->at++;

	if (code >= 0x80) {
		struct dwarf_cursor cursor = dwarf_cursor(pass->at - 1, pass->end - pass->at + 1,
							  0);

		code = dwarf_uleb128(&cursor);
		pass->at = cursor.at;
	}
	if (!code) {
		struct dwarf_scan *scan = pass->scan;

		if (!scan->levels.n)
			pass->at = NULL;
		else
			pass->level = scan->levels.data[--scan->levels.n];
		return 0;
	}
	abbrev = dwarf_abbrevs_find(pass->abbrevs, code);
	if (!abbrev) {
		pass->at = NULL;
		return 0;
	}
	if (abbrev->has_code &&
	    (abbrev->tag == DWARF_TAG_SUBPROGRAM ||
	     (abbrev->tag == DWARF_TAG_INLINED_SUBROUTINE && pass->level & LEVEL_IN_HIT)))
		return enter_code(pass, abbrev, offset);
	if (abbrev->has_children && abbrev->sibling_form &&
	    !may_hold_functions(abbrev->tag, pass->level & LEVEL_IN_FUNCTION) &&
	    jump(pass, abbrev))
		return 0;
	pass->at = dwarf_abbrevs_skip(pass->abbrevs, abbrev, false, pass->at, pass->end);
	return abbrev->has_children && pass->at ? go_down(pass, pass->level) : 0;
}

/* Begins a pass over the unit; pass->at is NULL where that cannot be. 0 or -ENOMEM. */
static int pass_init(struct pass *pass, struct dwarf_scan *scan)
{
	const struct dwarf_unit *unit = scan->unit;
	struct dwarf_cursor info = dwarf_file_cursor(unit->file, DWARF_INFO, unit->offset,
						     unit->end - unit->offset);

	*pass = (struct pass){
		.scan = scan,
		.abbrevs = dwarf_unit_abbrevs(unit),
		.start = info.at,
		.end = info.end,
	};
	scan->levels.n = 0;
	if (!pass->abbrevs)
		return unit->file->work ? -ENOMEM : 0;
	if (info.at)
		pass->at = info.at + (unit->die - unit->offset);
	return 0;
}

int dwarf_scan_unit(struct dwarf_scan *scan)
{
	struct pass pass;
	int err = pass_init(&pass, scan);

	scan->scopes.n = 0;
	while (!err && pass.at && pass.at < pass.end)
		err = step(&pass);
	return err;
}

int dwarf_scan_function(struct dwarf_scan *scan, uint64_t entry)
{
	const struct dwarf_unit *unit = scan->unit;
	struct dwarf_outline_draft *draft = scan->draft;
	struct pass pass;
	int err = pass_init(&pass, scan);

	if (err || !pass.at || entry <= unit->die || entry >= unit->end)
		return err;
	scan->draft = NULL;
	pass.at = pass.start + (entry - unit->offset);
	do
		err = step(&pass);
	while (!err && scan->levels.n && pass.at && pass.at < pass.end);
	scan->draft = draft;
	return err;
}

void dwarf_scan_deinit(struct dwarf_scan *scan)
{
	vec_deinit(&scan->scopes);
	vec_deinit(&scan->levels);
	vec_deinit(&scan->ranges.list);
}
