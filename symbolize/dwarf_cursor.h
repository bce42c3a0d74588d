/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of DWARF being read: numbers of fixed width, LEB128 and the encoded
 * addresses of .eh_frame come out. Once the bytes do not suffice or make no
 * sense the cursor has failed, for good, and everything reads as 0.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_CURSOR_H
#define FLAMETAP_SYMBOLIZE_DWARF_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How an address is encoded (LSB Core, "DWARF Exception Header Encoding"). */
enum {
	/* Low half: the form of the value. */
	DWARF_PE_ABSOLUTE = 0x00,
	DWARF_PE_ULEB128 = 0x01,
	DWARF_PE_UDATA2 = 0x02,
	DWARF_PE_UDATA4 = 0x03,
	DWARF_PE_UDATA8 = 0x04,
	DWARF_PE_SLEB128 = 0x09,
	DWARF_PE_SDATA2 = 0x0a,
	DWARF_PE_SDATA4 = 0x0b,
	DWARF_PE_SDATA8 = 0x0c,
	DWARF_PE_FORM = 0x0f,
	/* Upper half: what it is relative to. */
	DWARF_PE_PCREL = 0x10,
	DWARF_PE_BASE = 0x70,
	DWARF_PE_INDIRECT = 0x80,
	DWARF_PE_OMIT = 0xff,
};

struct dwarf_cursor {
	const unsigned char *at, *end;
	uint64_t vaddr; /* of at */
	bool failed;
};

static inline struct dwarf_cursor dwarf_cursor(const void *bytes, size_t size, uint64_t vaddr)
{
	return (struct dwarf_cursor){ bytes, (const unsigned char *)bytes + size, vaddr, false };
}

static inline size_t dwarf_left(const struct dwarf_cursor *cursor)
{
	return cursor->end - cursor->at;
}

static inline void dwarf_fail(struct dwarf_cursor *cursor)
{
	cursor->failed = true;
	cursor->at = cursor->end;
}

/* Drops n bytes; false, and failed, if there are not as many. */
static inline bool dwarf_skip(struct dwarf_cursor *cursor, uint64_t n)
{
	if (dwarf_left(cursor) < n || cursor->failed) {
		dwarf_fail(cursor);
		return false;
	}
	cursor->at += n;
	cursor->vaddr += n;
	return true;
}

static inline uint8_t dwarf_u8(struct dwarf_cursor *cursor)
{
	if (cursor->at >= cursor->end) { /* as in one that has failed */
		dwarf_fail(cursor);
		return 0;
	}
	cursor->vaddr++;
	return *cursor->at++;
}

/* n is 1 to 8; little-endian, as the file is. */
static inline uint64_t dwarf_uint(struct dwarf_cursor *cursor, size_t n)
{
	const unsigned char *at = cursor->at;
	size_t left = dwarf_left(cursor);
	uint64_t value = 0;

	if (!dwarf_skip(cursor, n))
		return 0;
	if (__builtin_constant_p(n) || left < sizeof(value)) {
		memcpy(&value, at, n);
		return value;
	}
	memcpy(&value, at, sizeof(value));
	return value & UINT64_MAX >> (64 - 8 * n);
}

static inline int64_t dwarf_sint(struct dwarf_cursor *cursor, size_t n)
{
	unsigned int unused = 64 - 8 * n;

	return (int64_t)(dwarf_uint(cursor, n) << unused) >> unused;
}

uint64_t dwarf_leb128(struct dwarf_cursor *cursor, bool is_signed);

static inline uint64_t dwarf_uleb128(struct dwarf_cursor *cursor)
{
	if (cursor->at < cursor->end && *cursor->at < 0x80)
		return dwarf_u8(cursor);
	return dwarf_leb128(cursor, false);
}

static inline int64_t dwarf_sleb128(struct dwarf_cursor *cursor)
{
	if (cursor->at < cursor->end && *cursor->at < 0x80)
		return (int64_t)((uint64_t)dwarf_u8(cursor) << 57) >> 57;
	return (int64_t)dwarf_leb128(cursor, true);
}

/* Fails for what linkers do not use for code: everything but absolute and pc-relative. */
uint64_t dwarf_encoded(struct dwarf_cursor *cursor, uint8_t encoding);

#endif
