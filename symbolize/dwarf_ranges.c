// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Range lists. Linkers that throw a function away leave its ranges, at address
 * 0, 1 or at the highest ones; those are left out.
 */
#include "symbolize/dwarf_ranges.h"

#include <errno.h>

#include "symbolize/dwarf_constants.h"

/* An address read from a list, or the base of others. */
struct list {
	const struct dwarf_unit *unit;
	struct dwarf_cursor cursor;
	uint64_t base;
	bool base_is_dead;
	struct dwarf_ranges *ranges;
};

static uint64_t highest_address(const struct dwarf_unit *unit)
{
	return unit->encoding.address_size == 4 ? UINT32_MAX : UINT64_MAX;
}

static bool is_dead(const struct dwarf_unit *unit, uint64_t start)
{
	if (!start)
		return !unit->file->zero_is_code;
	return start >= highest_address(unit) - 1;
}

static int add_range(const struct dwarf_unit *unit, uint64_t start, uint64_t end,
		     struct dwarf_ranges *ranges)
{
	struct dwarf_range range = { start, end };

	if (start >= end || is_dead(unit, start) || ranges->list.n >= DWARF_MAX_RANGES)
		return 0;
	return vec_push(&ranges->list, range);
}

static int read_old_list(struct list *list)
{
	size_t size = list->unit->encoding.address_size;
	int err = 0;

	while (!err) {
		uint64_t start = dwarf_uint(&list->cursor, size);
		uint64_t end = dwarf_uint(&list->cursor, size);

		if (list->cursor.failed || (!start && !end) || !dwarf_file_work(list->unit->file, 1))
			break;
		if (start == highest_address(list->unit))
			list->base = end;
		else if (start != end)
			err = add_range(list->unit, list->base + start, list->base + end,
					list->ranges);
	}
	return err;
}

static uint64_t indexed_address(struct list *list)
{
	struct dwarf_value value = { .class = DWARF_ADDRESS_INDEX,
				     .n = dwarf_uleb128(&list->cursor) };
	uint64_t address;

	/* One that is not to be had is as one that is dead. */
	return dwarf_unit_address(list->unit, &value, &address) ? address : UINT64_MAX;
}

static void set_base(struct list *list, uint64_t base)
{
	list->base = base;
	list->base_is_dead = base && is_dead(list->unit, base);
}

/* One entry; false at the list's end. */
static bool read_entry(struct list *list, uint64_t *start, uint64_t *end)
{
	struct dwarf_cursor *cursor = &list->cursor;
	size_t size = list->unit->encoding.address_size;

	*start = *end = 0;
	switch (dwarf_u8(cursor)) {
	case DWARF_RLE_BASE_ADDRESSX:
		set_base(list, indexed_address(list));
		break;
	case DWARF_RLE_BASE_ADDRESS:
		set_base(list, dwarf_uint(cursor, size));
		break;
	case DWARF_RLE_STARTX_ENDX:
		*start = indexed_address(list);
		*end = indexed_address(list);
		break;
	case DWARF_RLE_STARTX_LENGTH:
		*start = indexed_address(list);
		*end = *start + dwarf_uleb128(cursor);
		break;
	case DWARF_RLE_OFFSET_PAIR:
		*start = list->base + dwarf_uleb128(cursor);
		*end = list->base + dwarf_uleb128(cursor);
		if (list->base_is_dead)
			*end = *start;
		break;
	case DWARF_RLE_START_END:
		*start = dwarf_uint(cursor, size);
		*end = dwarf_uint(cursor, size);
		break;
	case DWARF_RLE_START_LENGTH:
		*start = dwarf_uint(cursor, size);
		*end = *start + dwarf_uleb128(cursor);
		break;
	default:
		return false;
	}
	return !cursor->failed;
}

static int read_list(struct list *list)
{
	uint64_t start, end;
	int err = 0;

	while (!err && read_entry(list, &start, &end) && dwarf_file_work(list->unit->file, 1))
		err = add_range(list->unit, start, end, list->ranges);
	return err;
}

/* Where a list is, of DWARF 5: an offset, or a number in the unit's table of offsets. */
static bool find_list(const struct dwarf_unit *unit, const struct dwarf_value *ranges,
		      uint64_t *ret)
{
	size_t size = unit->encoding.offset_size;
	struct dwarf_cursor cursor;
	uint64_t place;

	*ret = ranges->n;
	if (ranges->class == DWARF_OFFSET || ranges->class == DWARF_NUMBER)
		return true;
	if (ranges->class != DWARF_LIST_INDEX ||
	    __builtin_mul_overflow(ranges->n, size, &place) ||
	    __builtin_add_overflow(place, unit->rnglists_base, &place))
		return false;
	cursor = dwarf_file_cursor(unit->file, DWARF_RNGLISTS, place, size);
	return !__builtin_add_overflow(dwarf_uint(&cursor, size), unit->rnglists_base, ret) &&
	       !cursor.failed;
}

static int add_list(const struct dwarf_unit *unit, const struct dwarf_value *ranges,
		    struct dwarf_ranges *ret)
{
	const struct dwarf_unit *owner = unit->skeleton ? unit->skeleton : unit;
	struct list list = { .unit = unit, .ranges = ret };
	uint64_t offset;

	if (!dwarf_unit_address(owner, &owner->low_pc, &list.base))
		list.base = 0;
	if (!find_list(unit, ranges, &offset))
		return 0;
	if (unit->encoding.version >= 5) {
		list.cursor = dwarf_file_cursor(unit->file, DWARF_RNGLISTS, offset, UINT64_MAX);
		return read_list(&list);
	}
	/* GNU's split units leave their lists in the program's file. */
	if (unit->skeleton && __builtin_add_overflow(offset, owner->ranges_base, &offset))
		return 0;
	list.cursor = dwarf_file_cursor(owner->file, DWARF_RANGES, offset, UINT64_MAX);
	return read_old_list(&list);
}

int dwarf_ranges_add(const struct dwarf_unit *unit, const struct dwarf_value *low,
		     const struct dwarf_value *high, const struct dwarf_value *ranges,
		     struct dwarf_ranges *ret)
{
	uint64_t start, end;

	if (ranges->class != DWARF_NOTHING)
		return add_list(unit, ranges, ret);
	if (!dwarf_unit_address(unit, low, &start))
		return 0;
	if (high->class == DWARF_NUMBER) {
		if (__builtin_add_overflow(start, high->n, &end))
			return 0;
	} else if (!dwarf_unit_address(unit, high, &end)) {
		return 0;
	}
	return add_range(unit, start, end, ret);
}
