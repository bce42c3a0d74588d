// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sizes and values of all forms of DWARF 2 to 5 and of GNU's extensions.
 */
#include "symbolize/dwarf_form.h"

#include "symbolize/dwarf_constants.h"

/* How many bytes a form has, where that is no number. */
enum { VARIES = -1, ADDRESS = -2, OFFSET = -3, ADDRESS_OR_OFFSET = -4 };

enum { GNU_FIRST = DWARF_FORM_GNU_ADDR_INDEX, GNU_LAST = DWARF_FORM_GNU_STRP_ALT };

/* The number of a form in the table: those of GNU come after the others. */
#define ROW_GNU(form) (DWARF_FORM_ADDRX4 + 1 + (form) - GNU_FIRST)

static const struct form_row {
	bool known;
	int8_t size;
	uint8_t class; /* enum dwarf_class */
} rows[] = {
	[DWARF_FORM_ADDR] = { true, ADDRESS, DWARF_ADDRESS },
	[DWARF_FORM_BLOCK2] = { true, VARIES, DWARF_NOTHING },
	[DWARF_FORM_BLOCK4] = { true, VARIES, DWARF_NOTHING },
	[DWARF_FORM_DATA2] = { true, 2, DWARF_NUMBER },
	[DWARF_FORM_DATA4] = { true, 4, DWARF_NUMBER },
	[DWARF_FORM_DATA8] = { true, 8, DWARF_NUMBER },
	[DWARF_FORM_STRING] = { true, VARIES, DWARF_STRING },
	[DWARF_FORM_BLOCK] = { true, VARIES, DWARF_NOTHING },
	[DWARF_FORM_BLOCK1] = { true, VARIES, DWARF_NOTHING },
	[DWARF_FORM_DATA1] = { true, 1, DWARF_NUMBER },
	[DWARF_FORM_FLAG] = { true, 1, DWARF_NUMBER },
	[DWARF_FORM_SDATA] = { true, VARIES, DWARF_NUMBER },
	[DWARF_FORM_STRP] = { true, OFFSET, DWARF_STRING_OFFSET },
	[DWARF_FORM_UDATA] = { true, VARIES, DWARF_NUMBER },
	[DWARF_FORM_REF_ADDR] = { true, ADDRESS_OR_OFFSET, DWARF_GLOBAL_REFERENCE },
	[DWARF_FORM_REF1] = { true, 1, DWARF_REFERENCE },
	[DWARF_FORM_REF2] = { true, 2, DWARF_REFERENCE },
	[DWARF_FORM_REF4] = { true, 4, DWARF_REFERENCE },
	[DWARF_FORM_REF8] = { true, 8, DWARF_REFERENCE },
	[DWARF_FORM_REF_UDATA] = { true, VARIES, DWARF_REFERENCE },
	[DWARF_FORM_INDIRECT] = { true, VARIES, DWARF_NUMBER },
	[DWARF_FORM_SEC_OFFSET] = { true, OFFSET, DWARF_OFFSET },
	[DWARF_FORM_EXPRLOC] = { true, VARIES, DWARF_NOTHING },
	[DWARF_FORM_FLAG_PRESENT] = { true, 0, DWARF_NUMBER },
	[DWARF_FORM_STRX] = { true, VARIES, DWARF_STRING_INDEX },
	[DWARF_FORM_ADDRX] = { true, VARIES, DWARF_ADDRESS_INDEX },
	[DWARF_FORM_REF_SUP4] = { true, 4, DWARF_ALT_REFERENCE },
	[DWARF_FORM_STRP_SUP] = { true, OFFSET, DWARF_ALT_STRING_OFFSET },
	[DWARF_FORM_DATA16] = { true, 16, DWARF_NOTHING },
	[DWARF_FORM_LINE_STRP] = { true, OFFSET, DWARF_LINE_STRING_OFFSET },
	/* Of types: nothing here is in type units. */
	[DWARF_FORM_REF_SIG8] = { true, 8, DWARF_NOTHING },
	[DWARF_FORM_IMPLICIT_CONST] = { true, 0, DWARF_NUMBER },
	[DWARF_FORM_LOCLISTX] = { true, VARIES, DWARF_LIST_INDEX },
	[DWARF_FORM_RNGLISTX] = { true, VARIES, DWARF_LIST_INDEX },
	[DWARF_FORM_REF_SUP8] = { true, 8, DWARF_ALT_REFERENCE },
	[DWARF_FORM_STRX1] = { true, 1, DWARF_STRING_INDEX },
	[DWARF_FORM_STRX2] = { true, 2, DWARF_STRING_INDEX },
	[DWARF_FORM_STRX3] = { true, 3, DWARF_STRING_INDEX },
	[DWARF_FORM_STRX4] = { true, 4, DWARF_STRING_INDEX },
	[DWARF_FORM_ADDRX1] = { true, 1, DWARF_ADDRESS_INDEX },
	[DWARF_FORM_ADDRX2] = { true, 2, DWARF_ADDRESS_INDEX },
	[DWARF_FORM_ADDRX3] = { true, 3, DWARF_ADDRESS_INDEX },
	[DWARF_FORM_ADDRX4] = { true, 4, DWARF_ADDRESS_INDEX },
	[ROW_GNU(DWARF_FORM_GNU_ADDR_INDEX)] = { true, VARIES, DWARF_ADDRESS_INDEX },
	[ROW_GNU(DWARF_FORM_GNU_STR_INDEX)] = { true, VARIES, DWARF_STRING_INDEX },
	[ROW_GNU(DWARF_FORM_GNU_REF_ALT)] = { true, OFFSET, DWARF_ALT_REFERENCE },
	[ROW_GNU(DWARF_FORM_GNU_STRP_ALT)] = { true, OFFSET, DWARF_ALT_STRING_OFFSET },
};

static const struct form_row *find_row(uint16_t form)
{
	if (form >= GNU_FIRST && form <= GNU_LAST)
		return &rows[ROW_GNU(form)];
	return &rows[form <= DWARF_FORM_ADDRX4 ? form : 0];
}

static inline int size_of(const struct form_row *row, const struct dwarf_encoding *encoding)
{
	if (row->size >= VARIES)
		return row->size;
	switch (row->size) {
	case ADDRESS:
		return encoding->address_size;
	case OFFSET:
		return encoding->offset_size;
	default: /* ADDRESS_OR_OFFSET */
		return encoding->version < 3 ? encoding->address_size : encoding->offset_size;
	}
}

int dwarf_form_size(uint16_t form, const struct dwarf_encoding *encoding)
{
	const struct form_row *row = find_row(form);

	return row->known ? size_of(row, encoding) : -2;
}

static void read_string(struct dwarf_cursor *cursor, struct dwarf_value *value)
{
	const unsigned char *nul = memchr(cursor->at, 0, dwarf_left(cursor));

	value->bytes = cursor->at;
	value->n = nul ? nul - cursor->at : 0;
	dwarf_skip(cursor, nul ? value->n + 1 : UINT64_MAX);
}

static void read_varying(struct dwarf_cursor *cursor, uint16_t form, struct dwarf_value *value)
{
	switch (form) {
	case DWARF_FORM_SDATA:
		value->n = dwarf_sleb128(cursor);
		break;
	case DWARF_FORM_STRING:
		read_string(cursor, value);
		break;
	case DWARF_FORM_BLOCK1:
		dwarf_skip(cursor, dwarf_u8(cursor));
		break;
	case DWARF_FORM_BLOCK2:
		dwarf_skip(cursor, dwarf_uint(cursor, 2));
		break;
	case DWARF_FORM_BLOCK4:
		dwarf_skip(cursor, dwarf_uint(cursor, 4));
		break;
	case DWARF_FORM_BLOCK:
	case DWARF_FORM_EXPRLOC:
		dwarf_skip(cursor, dwarf_uleb128(cursor));
		break;
	default:
		value->n = dwarf_uleb128(cursor);
	}
}

struct dwarf_value dwarf_form_read(struct dwarf_cursor *cursor, uint16_t form, int64_t implicit,
				   const struct dwarf_encoding *encoding)
{
	struct dwarf_value value = {};
	const struct form_row *row;
	int size;

	if (form == DWARF_FORM_INDIRECT) {
		form = dwarf_uleb128(cursor);
		/* A value that is in the abbreviation, or somewhere else again: not from here. */
		if (form == DWARF_FORM_INDIRECT || form == DWARF_FORM_IMPLICIT_CONST)
			form = 0;
	}
	row = find_row(form);
	size = size_of(row, encoding);
	value.class = row->class;
	if (!row->known)
		dwarf_skip(cursor, UINT64_MAX);
	else if (size == VARIES)
		read_varying(cursor, form, &value);
	else if (size > 8)
		dwarf_skip(cursor, size);
	else if (size)
		value.n = dwarf_uint(cursor, size);
	else
		value.n = form == DWARF_FORM_IMPLICIT_CONST ? (uint64_t)implicit : 1;
	if (cursor->failed)
		value = (struct dwarf_value){};
	return value;
}
