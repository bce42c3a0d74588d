/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of an attribute as its form says it is encoded: skipped, or read
 * into a class and a number. What a number means in another section (a string,
 * an address) is for the unit to say: dwarf_unit.h.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_FORM_H
#define FLAMETAP_SYMBOLIZE_DWARF_FORM_H

#include "symbolize/dwarf_cursor.h"

/* What the size of some forms depends on. */
struct dwarf_encoding {
	uint16_t version;
	uint8_t address_size, offset_size; /* 4 or 8 */
};

enum dwarf_class {
	DWARF_NOTHING, /* no such attribute, or one whose value is of no interest: blocks */
	DWARF_NUMBER,
	DWARF_ADDRESS,
	DWARF_ADDRESS_INDEX,
	DWARF_STRING,	     /* bytes, n of them */
	DWARF_STRING_OFFSET, /* in .debug_str */
	DWARF_LINE_STRING_OFFSET,
	DWARF_ALT_STRING_OFFSET,
	DWARF_STRING_INDEX,
	DWARF_REFERENCE,	/* from the unit's start */
	DWARF_GLOBAL_REFERENCE, /* from the start of .debug_info */
	DWARF_ALT_REFERENCE,
	DWARF_OFFSET, /* in a section that the attribute knows */
	DWARF_LIST_INDEX,
};

struct dwarf_value {
	enum dwarf_class class;
	uint64_t n;
	const unsigned char *bytes;
};

/* How many bytes a form takes; -1 if that is not always the same, -2 if there is no such form. */
int dwarf_form_size(uint16_t form, const struct dwarf_encoding *encoding);
/* implicit: what the abbreviation says for DWARF_FORM_IMPLICIT_CONST. A form that is not known
 * makes the cursor fail. */
struct dwarf_value dwarf_form_read(struct dwarf_cursor *cursor, uint16_t form, int64_t implicit,
				   const struct dwarf_encoding *encoding);

#endif
