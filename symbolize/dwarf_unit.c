// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit headers of DWARF 2 to 5, of 32 and of 64 bits, and the attributes of
 * units' first entries.
 */
#include "symbolize/dwarf_unit.h"

#include <errno.h>

#include "base/guard.h"
#include "symbolize/dwarf_constants.h"

enum { LONG_FORMAT = 0xffffffff };

/* The length that begins units of all sorts; false if what follows is not all there. */
static bool read_length(struct dwarf_cursor *cursor, uint8_t *offset_size, uint64_t *ret)
{
	*ret = dwarf_uint(cursor, 4);
	*offset_size = *ret == LONG_FORMAT ? 8 : 4;
	if (*offset_size == 8)
		*ret = dwarf_uint(cursor, 8);
	return !cursor->failed && *ret <= dwarf_left(cursor);
}

static bool has_dwo_id(uint8_t type)
{
	return type == DWARF_UT_SKELETON || type == DWARF_UT_SPLIT_COMPILE;
}

static bool is_type_unit(uint8_t type)
{
	return type == DWARF_UT_TYPE || type == DWARF_UT_SPLIT_TYPE;
}

/* What comes after the length. False for what is not understood. */
static bool read_header(struct dwarf_cursor *cursor, struct dwarf_unit *unit)
{
	struct dwarf_encoding *encoding = &unit->encoding;

	encoding->version = dwarf_uint(cursor, 2);
	unit->type = DWARF_UT_COMPILE;
	if (encoding->version == 5) {
		unit->type = dwarf_u8(cursor);
		encoding->address_size = dwarf_u8(cursor);
		unit->abbrev_offset = dwarf_uint(cursor, encoding->offset_size);
	} else {
		unit->abbrev_offset = dwarf_uint(cursor, encoding->offset_size);
		encoding->address_size = dwarf_u8(cursor);
	}
	if (has_dwo_id(unit->type)) {
		unit->dwo_id = dwarf_uint(cursor, 8);
		unit->has_dwo_id = true;
	}
	return !cursor->failed && encoding->version >= 2 && encoding->version <= 5 &&
	       (encoding->address_size == 4 || encoding->address_size == 8);
}

static void set_offset(uint64_t *to, const struct dwarf_value *value)
{
	if (value->class == DWARF_OFFSET || value->class == DWARF_NUMBER)
		*to = value->n;
}

static void keep_attr(struct dwarf_unit *unit, uint16_t name, const struct dwarf_value *value)
{
	switch (name) {
	case DWARF_AT_LOW_PC:
		unit->low_pc = *value;
		break;
	case DWARF_AT_HIGH_PC:
		unit->high_pc = *value;
		break;
	case DWARF_AT_RANGES:
		unit->ranges = *value;
		break;
	case DWARF_AT_STMT_LIST:
		unit->has_lines = true;
		set_offset(&unit->lines, value);
		break;
	case DWARF_AT_COMP_DIR:
		unit->comp_dir = *value;
		break;
	case DWARF_AT_DWO_NAME:
	case DWARF_AT_GNU_DWO_NAME:
		unit->dwo_name = *value;
		break;
	case DWARF_AT_GNU_DWO_ID:
		unit->has_dwo_id = true;
		set_offset(&unit->dwo_id, value);
		break;
	case DWARF_AT_STR_OFFSETS_BASE:
		set_offset(&unit->str_offsets_base, value);
		break;
	case DWARF_AT_ADDR_BASE:
	case DWARF_AT_GNU_ADDR_BASE:
		set_offset(&unit->addr_base, value);
		break;
	case DWARF_AT_RNGLISTS_BASE:
		set_offset(&unit->rnglists_base, value);
		break;
	case DWARF_AT_GNU_RANGES_BASE:
		set_offset(&unit->ranges_base, value);
		break;
	}
}

/* Where tables begin that a dwo has to itself, and so does not say: behind their headers. */
static void set_default_bases(struct dwarf_unit *unit)
{
	bool is_long = unit->encoding.offset_size == 8;

	if (!unit->file->is_dwo || unit->encoding.version < 5)
		return;
	unit->str_offsets_base = is_long ? 16 : 8;
	unit->rnglists_base = is_long ? 20 : 12;
}

static void read_first_entry(struct dwarf_cursor *cursor, struct dwarf_unit *unit)
{
	const struct section_bytes *section = &unit->file->sections[DWARF_ABBREV];
	guard(dwarf_abbrevs_deinit) struct dwarf_abbrevs table = {};
	const struct dwarf_abbrev *abbrev;
	uint64_t code = dwarf_uleb128(cursor);

	set_default_bases(unit);
	if (!code || !unit->file->work ||
	    !dwarf_abbrevs_init_one(&table, section->data, section->size, unit->abbrev_offset,
				    &unit->encoding, code))
		return;
	/* Any number of units may have one table, and a long one. */
	dwarf_file_work(unit->file, table.n_scanned);
	abbrev = &table.list.data[0];
	unit->is_compile_unit = abbrev->tag == DWARF_TAG_COMPILE_UNIT ||
				abbrev->tag == DWARF_TAG_SKELETON_UNIT;
	for (size_t i = 0; i < table.attrs.n && !cursor->failed; i++) {
		struct dwarf_value value = dwarf_abbrevs_read(&table, &table.attrs.data[i], cursor);

		keep_attr(unit, table.attrs.data[i].name, &value);
	}
}

int dwarf_unit_read_all(struct dwarf_file *file)
{
	struct dwarf_cursor info = dwarf_file_cursor(file, DWARF_INFO, 0, UINT64_MAX);
	const unsigned char *section = info.at;

	while (dwarf_left(&info) && file->units.n < DWARF_MAX_UNITS) {
		struct dwarf_unit unit = { .file = file, .offset = info.at - section };
		struct dwarf_cursor cursor;
		uint64_t length;

		if (!read_length(&info, &unit.encoding.offset_size, &length))
			break;
		cursor = dwarf_cursor(info.at, length, 0);
		dwarf_skip(&info, length);
		unit.end = info.at - section;
		if (!read_header(&cursor, &unit) || is_type_unit(unit.type))
			continue;
		unit.die = cursor.at - section;
		read_first_entry(&cursor, &unit);
		if (vec_push(&file->units, unit))
			return -ENOMEM;
	}
	return 0;
}
