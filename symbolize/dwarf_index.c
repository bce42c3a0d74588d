// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ranges are sorted by start. Each knows the last one before it that was still
 * open where it begins, so that all that hold an address are met from the
 * last one that begins at or below it.
 */
#include "symbolize/dwarf_index.h"

#include <errno.h>

#include "base/guard.h"
#include "symbolize/dwarf_ranges.h"

/* Units of one program overlap by accident, not by the hundred. */
enum { MAX_BELOW = 256 };

static void ranges_deinit(struct dwarf_ranges *ranges)
{
	vec_deinit(&ranges->list);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct dwarf_index_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static int add_unit(struct dwarf_index *index, const struct dwarf_unit *unit, uint32_t number,
		    struct dwarf_ranges *ranges)
{
	bool has_list = unit->ranges.class != DWARF_NOTHING;
	bool has_pc = unit->low_pc.class != DWARF_NOTHING && unit->high_pc.class != DWARF_NOTHING;
	int err = 0;

	/* DWARF 2 has no lists: what a unit says of its code may be a part of it. */
	if (!has_list && (!has_pc || unit->encoding.version == 2) && unit->is_compile_unit)
		err = vec_push(&index->rangeless, number);
	ranges->list.n = 0;
	if (!err && (has_list || has_pc) && index->ranges.n < DWARF_MAX_RANGES)
		err = dwarf_ranges_add(unit, &unit->low_pc, &unit->high_pc, &unit->ranges,
				       ranges);
	for (size_t i = 0; i < ranges->list.n && !err && index->ranges.n < DWARF_MAX_RANGES; i++) {
		struct dwarf_index_range range = {
			.start = ranges->list.data[i].start,
			.end = ranges->list.data[i].end,
			.unit = number,
		};

		err = vec_push(&index->ranges, range);
	}
	return err;
}

static void link_below(struct dwarf_index *index)
{
	struct dwarf_index_range *ranges = index->ranges.data;
	uint32_t top = 0;

	for (size_t i = 0; i < index->ranges.n; i++) {
		while (top && ranges[top - 1].end <= ranges[i].start)
			top = ranges[top - 1].below;
		ranges[i].below = top;
		top = i + 1;
	}
}

int dwarf_index_init(struct dwarf_index *index, const struct dwarf_file *file)
{
	guard(ranges_deinit) struct dwarf_ranges ranges = {};
	int err = 0;

	*index = (struct dwarf_index){};
	for (size_t i = 0; i < file->units.n && !err; i++)
		err = add_unit(index, &file->units.data[i], i, &ranges);
	if (err) {
		dwarf_index_deinit(index);
		return err;
	}
	if (index->ranges.n)
		qsort(index->ranges.data, index->ranges.n, sizeof(*index->ranges.data),
		      compare_ranges);
	link_below(index);
	return 0;
}

void dwarf_index_deinit(struct dwarf_index *index)
{
	vec_deinit(&index->ranges);
	vec_deinit(&index->rangeless);
}

uint32_t dwarf_index_find(const struct dwarf_index *index, uint64_t vaddr)
{
	size_t low = 0, n = index->ranges.n;

	while (n) {
		size_t half = n / 2;

		if (index->ranges.data[low + half].start <= vaddr) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return dwarf_index_holds(index, low, vaddr);
}

uint32_t dwarf_index_holds(const struct dwarf_index *index, uint32_t range, uint64_t vaddr)
{
	for (int i = 0; range && i < MAX_BELOW; i++) {
		if (vaddr < index->ranges.data[range - 1].end)
			return range;
		range = index->ranges.data[range - 1].below;
	}
	return 0;
}
