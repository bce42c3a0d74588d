// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was noted of a unit comes in; it is sorted, and what overlaps is
 * marked, as nothing but the order of entries tells whose that is; addresses are
 * looked up in it by binary search.
 */
#include "symbolize/dwarf_outline.h"

void dwarf_outline_deinit(struct dwarf_outline *outline)
{
	vec_deinit(&outline->units);
	vec_deinit(&outline->functions);
	vec_deinit(&outline->rows);
	idmap_deinit(&outline->by_offset);
}

void dwarf_outline_draft_deinit(struct dwarf_outline_draft *draft)
{
	vec_deinit(&draft->functions);
	vec_deinit(&draft->rows);
}

void dwarf_outline_draft_clear(struct dwarf_outline_draft *draft)
{
	draft->functions.n = draft->rows.n = 0;
	draft->no_functions = draft->no_rows = false;
}

int dwarf_outline_draft_function(struct dwarf_outline_draft *draft, uint64_t start, uint64_t end,
				 uint64_t entry)
{
	const struct dwarf_outline_function function = {
		.start = start,
		.size = (uint32_t)(end - start),
		.entry = (uint32_t)entry,
	};

	if (draft->no_functions || start >= end || end - start > UINT32_MAX ||
	    entry > UINT32_MAX ||
	    draft->functions.n >= DWARF_OUTLINE_MAX / sizeof(function)) {
		draft->no_functions = true;
		return 0;
	}
	return vec_push(&draft->functions, function);
}

static int compare_functions(const void *a, const void *b)
{
	const struct dwarf_outline_function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int compare_rows(const void *a, const void *b)
{
	const struct dwarf_outline_row *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Makes one of all that overlap. */
static void flatten_functions(struct dwarf_outline_draft *draft)
{
	struct dwarf_outline_function *list = draft->functions.data;
	size_t kept = 0;

	if (draft->functions.n)
		qsort(list, draft->functions.n, sizeof(*list), compare_functions);
	for (size_t i = 0; i < draft->functions.n; i++) {
		struct dwarf_outline_function *last = kept ? &list[kept - 1] : NULL;
		uint64_t size;

		if (!last || list[i].start - last->start >= last->size) {
			list[kept++] = list[i];
			continue;
		}
		size = list[i].start - last->start + list[i].size;
		if (last->entry != list[i].entry)
			last->entry = 0;
		if (size > UINT32_MAX)
			draft->no_functions = true;
		else if (size > last->size)
			last->size = (uint32_t)size;
	}
	draft->functions.n = kept;
}

static void check_rows(struct dwarf_outline_draft *draft)
{
	struct dwarf_outline_row *list = draft->rows.data;

	if (draft->rows.n && !draft->no_rows)
		qsort(list, draft->rows.n, sizeof(*list), compare_rows);
	for (size_t i = 1; i < draft->rows.n && !draft->no_rows; i++)
		draft->no_rows = list[i].address - list[i - 1].address < list[i - 1].size;
	if (draft->no_rows)
		draft->rows.n = 0;
}

static bool has_room(const struct dwarf_outline *outline, const struct dwarf_outline_draft *draft)
{
	size_t bytes = (outline->units.n + 1) * sizeof(struct dwarf_outline_unit) +
		       (outline->functions.n + draft->functions.n) *
			       sizeof(struct dwarf_outline_function) +
		       (outline->rows.n + draft->rows.n) * sizeof(struct dwarf_outline_row);

	return bytes <= DWARF_OUTLINE_MAX;
}

int dwarf_outline_add(struct dwarf_outline *outline, uint64_t unit_offset,
		      struct dwarf_outline_draft *draft)
{
	struct dwarf_outline_unit unit = {
		.offset = unit_offset,
		.first_function = (uint32_t)outline->functions.n,
		.first_row = (uint32_t)outline->rows.n,
	};
	int err;

	flatten_functions(draft);
	check_rows(draft);
	if (draft->no_functions || dwarf_outline_find(outline, unit_offset) ||
	    !has_room(outline, draft))
		return 0;
	unit.n_functions = (uint32_t)draft->functions.n;
	unit.n_rows = (uint32_t)draft->rows.n;
	err = vec_append(&outline->functions, draft->functions.data, draft->functions.n) ?:
	      vec_append(&outline->rows, draft->rows.data, draft->rows.n) ?:
	      vec_push(&outline->units, unit);
	return err ?: idmap_put(&outline->by_offset, unit_offset, (uint32_t)outline->units.n - 1);
}

int dwarf_outline_load(struct dwarf_outline *outline, const struct dwarf_outline_unit *units,
		       size_t n_units, const struct dwarf_outline_function *functions,
		       size_t n_functions, const struct dwarf_outline_row *rows, size_t n_rows)
{
	int err = vec_append(&outline->units, units, n_units) ?:
		  vec_append(&outline->functions, functions, n_functions) ?:
		  vec_append(&outline->rows, rows, n_rows);

	for (size_t i = 0; i < n_units && !err; i++)
		err = idmap_put(&outline->by_offset, units[i].offset, (uint32_t)i);
	return err;
}

const struct dwarf_outline_unit *dwarf_outline_find(const struct dwarf_outline *outline,
						    uint64_t unit_offset)
{
	uint32_t number;

	return idmap_find(&outline->by_offset, unit_offset, &number) ?
		       &outline->units.data[number] : NULL;
}

const struct dwarf_outline_function *
dwarf_outline_function(const struct dwarf_outline *outline, const struct dwarf_outline_unit *unit,
		       uint64_t vaddr)
{
	const struct dwarf_outline_function *list =
		unit->n_functions ? &outline->functions.data[unit->first_function] : NULL;
	size_t low = 0, n = unit->n_functions;

	while (n) {
		size_t half = n / 2;

		if (list[low + half].start <= vaddr) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low && vaddr - list[low - 1].start < list[low - 1].size ? &list[low - 1] : NULL;
}

const struct dwarf_outline_row *dwarf_outline_row(const struct dwarf_outline *outline,
						  const struct dwarf_outline_unit *unit,
						  uint64_t vaddr)
{
	const struct dwarf_outline_row *list =
		unit->n_rows ? &outline->rows.data[unit->first_row] : NULL;
	size_t low = 0, n = unit->n_rows;

	while (n) {
		size_t half = n / 2;

		if (list[low + half].address <= vaddr) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low && vaddr - list[low - 1].address < list[low - 1].size ? &list[low - 1] : NULL;
}
