// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sizes and values of all forms of DWARF 2 to 5 and of GNU's extensions.
 */
#include "symbolize/dwarf_form.h"

#include "symbolize/dwarf_constants.h"

int dwarf_form_size(uint16_t form, const struct dwarf_encoding *encoding)
{
	switch (form) {
	case DWARF_FORM_FLAG_PRESENT:
	case DWARF_FORM_IMPLICIT_CONST:
		return 0;
	case DWARF_FORM_DATA1:
	case DWARF_FORM_REF1:
	case DWARF_FORM_FLAG:
	case DWARF_FORM_STRX1:
	case DWARF_FORM_ADDRX1:
		return 1;
	case DWARF_FORM_DATA2:
	case DWARF_FORM_REF2:
	case DWARF_FORM_STRX2:
	case DWARF_FORM_ADDRX2:
		return 2;
	case DWARF_FORM_STRX3:
	case DWARF_FORM_ADDRX3:
		return 3;
	case DWARF_FORM_DATA4:
	case DWARF_FORM_REF4:
	case DWARF_FORM_STRX4:
	case DWARF_FORM_ADDRX4:
	case DWARF_FORM_REF_SUP4:
		return 4;
	case DWARF_FORM_DATA8:
	case DWARF_FORM_REF8:
	case DWARF_FORM_REF_SIG8:
	case DWARF_FORM_REF_SUP8:
		return 8;
	case DWARF_FORM_DATA16:
		return 16;
	case DWARF_FORM_ADDR:
		return encoding->address_size;
	case DWARF_FORM_REF_ADDR:
		return encoding->version < 3 ? encoding->address_size : encoding->offset_size;
	case DWARF_FORM_STRP:
	case DWARF_FORM_LINE_STRP:
	case DWARF_FORM_STRP_SUP:
	case DWARF_FORM_SEC_OFFSET:
	case DWARF_FORM_GNU_REF_ALT:
	case DWARF_FORM_GNU_STRP_ALT:
		return encoding->offset_size;
	case DWARF_FORM_SDATA:
	case DWARF_FORM_UDATA:
	case DWARF_FORM_REF_UDATA:
	case DWARF_FORM_STRX:
	case DWARF_FORM_ADDRX:
	case DWARF_FORM_LOCLISTX:
	case DWARF_FORM_RNGLISTX:
	case DWARF_FORM_GNU_ADDR_INDEX:
	case DWARF_FORM_GNU_STR_INDEX:
	case DWARF_FORM_STRING:
	case DWARF_FORM_BLOCK:
	case DWARF_FORM_BLOCK1:
	case DWARF_FORM_BLOCK2:
	case DWARF_FORM_BLOCK4:
	case DWARF_FORM_EXPRLOC:
	case DWARF_FORM_INDIRECT:
		return -1;
	}
	return -2;
}

static enum dwarf_class class_of(uint16_t form)
{
	switch (form) {
	case DWARF_FORM_ADDR:
		return DWARF_ADDRESS;
	case DWARF_FORM_ADDRX:
	case DWARF_FORM_ADDRX1:
	case DWARF_FORM_ADDRX2:
	case DWARF_FORM_ADDRX3:
	case DWARF_FORM_ADDRX4:
	case DWARF_FORM_GNU_ADDR_INDEX:
		return DWARF_ADDRESS_INDEX;
	case DWARF_FORM_STRING:
		return DWARF_STRING;
	case DWARF_FORM_STRP:
		return DWARF_STRING_OFFSET;
	case DWARF_FORM_LINE_STRP:
		return DWARF_LINE_STRING_OFFSET;
	case DWARF_FORM_STRP_SUP:
	case DWARF_FORM_GNU_STRP_ALT:
		return DWARF_ALT_STRING_OFFSET;
	case DWARF_FORM_STRX:
	case DWARF_FORM_STRX1:
	case DWARF_FORM_STRX2:
	case DWARF_FORM_STRX3:
	case DWARF_FORM_STRX4:
	case DWARF_FORM_GNU_STR_INDEX:
		return DWARF_STRING_INDEX;
	case DWARF_FORM_REF1:
	case DWARF_FORM_REF2:
	case DWARF_FORM_REF4:
	case DWARF_FORM_REF8:
	case DWARF_FORM_REF_UDATA:
		return DWARF_REFERENCE;
	case DWARF_FORM_REF_ADDR:
		return DWARF_GLOBAL_REFERENCE;
	case DWARF_FORM_REF_SUP4:
	case DWARF_FORM_REF_SUP8:
	case DWARF_FORM_GNU_REF_ALT:
		return DWARF_ALT_REFERENCE;
	case DWARF_FORM_SEC_OFFSET:
		return DWARF_OFFSET;
	case DWARF_FORM_RNGLISTX:
	case DWARF_FORM_LOCLISTX:
		return DWARF_LIST_INDEX;
	case DWARF_FORM_BLOCK:
	case DWARF_FORM_BLOCK1:
	case DWARF_FORM_BLOCK2:
	case DWARF_FORM_BLOCK4:
	case DWARF_FORM_EXPRLOC:
	case DWARF_FORM_DATA16:
	case DWARF_FORM_REF_SIG8: /* of types: nothing here is in type units */
		return DWARF_NOTHING;
	}
	return DWARF_NUMBER;
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
	int size;

	if (form == DWARF_FORM_INDIRECT) {
		form = dwarf_uleb128(cursor);
		/* A value that is in the abbreviation, or somewhere else again: not from here. */
		if (form == DWARF_FORM_INDIRECT || form == DWARF_FORM_IMPLICIT_CONST)
			form = 0;
	}
	size = dwarf_form_size(form, encoding);
	value.class = class_of(form);
	if (size == -2)
		dwarf_skip(cursor, UINT64_MAX);
	else if (size == -1)
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
