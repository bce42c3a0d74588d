// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers of DWARF that have more than one form: LEB128, and addresses
 * whose encoding is told by a byte elsewhere.
 */
#include "symbolize/dwarf_cursor.h"

uint64_t dwarf_leb128(struct dwarf_cursor *cursor, bool is_signed)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = dwarf_u8(cursor);
		if (shift >= 64) {
			dwarf_fail(cursor);
			return 0;
		}
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && (byte & 0x40) && shift < 64)
		value |= UINT64_MAX << shift;
	return value;
}

static uint64_t read_form(struct dwarf_cursor *cursor, uint8_t form)
{
	switch (form) {
	case DWARF_PE_ABSOLUTE:
	case DWARF_PE_UDATA8:
	case DWARF_PE_SDATA8:
		return dwarf_uint(cursor, 8);
	case DWARF_PE_UDATA4:
		return dwarf_uint(cursor, 4);
	case DWARF_PE_SDATA4:
		return dwarf_sint(cursor, 4);
	case DWARF_PE_UDATA2:
		return dwarf_uint(cursor, 2);
	case DWARF_PE_SDATA2:
		return dwarf_sint(cursor, 2);
	case DWARF_PE_ULEB128:
		return dwarf_leb128(cursor, false);
	case DWARF_PE_SLEB128:
		return dwarf_leb128(cursor, true);
	default:
		dwarf_fail(cursor);
		return 0;
	}
}

uint64_t dwarf_encoded(struct dwarf_cursor *cursor, uint8_t encoding)
{
	uint64_t base = cursor->vaddr;
	uint64_t value = read_form(cursor, encoding & DWARF_PE_FORM);

	if ((encoding & (DWARF_PE_BASE | DWARF_PE_INDIRECT)) == DWARF_PE_PCREL)
		return value + base;
	if (encoding & (DWARF_PE_BASE | DWARF_PE_INDIRECT))
		dwarf_fail(cursor);
	return value;
}
