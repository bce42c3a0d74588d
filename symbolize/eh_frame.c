// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader of .eh_frame (LSB Core, "Exception Frames") for the ranges of its
 * FDEs alone. Of a CIE only the encoding of its FDEs' addresses matters.
 */
#include "symbolize/eh_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Low half of an encoding: the form of the value. */
	PE_ABSOLUTE = 0x00,
	PE_ULEB128 = 0x01,
	PE_UDATA2 = 0x02,
	PE_UDATA4 = 0x03,
	PE_UDATA8 = 0x04,
	PE_SLEB128 = 0x09,
	PE_SDATA2 = 0x0a,
	PE_SDATA4 = 0x0b,
	PE_SDATA8 = 0x0c,
	PE_FORM = 0x0f,
	/* Upper half: what it is relative to. */
	PE_PCREL = 0x10,
	PE_BASE = 0x70,
	PE_INDIRECT = 0x80,
	PE_OMIT = 0xff,

	/* "zPLRSB" is all there is; a hostile one must not be walked for every FDE. */
	MAX_AUGMENTATION = 16,
};

/* Bytes being read; failed once they do not suffice, and then for good. */
struct cursor {
	const unsigned char *at, *end;
	uint64_t vaddr; /* of at */
	bool failed;
};

static uint64_t cursor_uint(struct cursor *cursor, size_t n)
{
	uint64_t value = 0;

	if ((size_t)(cursor->end - cursor->at) < n) {
		cursor->failed = true;
		return 0;
	}
	memcpy(&value, cursor->at, n); /* little-endian, as the file is */
	cursor->at += n;
	cursor->vaddr += n;
	return value;
}

static int64_t cursor_sint(struct cursor *cursor, size_t n)
{
	unsigned int unused = 64 - 8 * n;

	return (int64_t)(cursor_uint(cursor, n) << unused) >> unused;
}

static uint64_t cursor_leb128(struct cursor *cursor, bool is_signed)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = cursor_uint(cursor, 1);
		if (shift >= 64) {
			cursor->failed = true;
			return 0;
		}
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && (byte & 0x40) && shift < 64)
		value |= UINT64_MAX << shift;
	return value;
}

static uint64_t cursor_encoded(struct cursor *cursor, uint8_t encoding)
{
	uint64_t base = cursor->vaddr;
	uint64_t value;

	switch (encoding & PE_FORM) {
	case PE_ABSOLUTE:
	case PE_UDATA8:
	case PE_SDATA8:
		value = cursor_uint(cursor, 8);
		break;
	case PE_UDATA4:
		value = cursor_uint(cursor, 4);
		break;
	case PE_SDATA4:
		value = cursor_sint(cursor, 4);
		break;
	case PE_UDATA2:
		value = cursor_uint(cursor, 2);
		break;
	case PE_SDATA2:
		value = cursor_sint(cursor, 2);
		break;
	case PE_ULEB128:
		value = cursor_leb128(cursor, false);
		break;
	case PE_SLEB128:
		value = cursor_leb128(cursor, true);
		break;
	default:
		cursor->failed = true;
		return 0;
	}
	/* Linkers use nothing but these two for code. */
	if ((encoding & (PE_BASE | PE_INDIRECT)) == PE_PCREL)
		value += base;
	else if (encoding & (PE_BASE | PE_INDIRECT))
		cursor->failed = true;
	return value;
}

/*
 * Reads the length of the entry at the cursor and moves *section past the
 * entry; entry is its content. False at the end or if the length is wrong.
 */
static bool next_entry(struct cursor *section, bool to_end, struct cursor *entry)
{
	uint64_t length;

	do {
		length = cursor_uint(section, 4);
	} while (!length && to_end && !section->failed);
	if (length == UINT32_MAX)
		length = cursor_uint(section, 8);
	if (section->failed || !length || length > (uint64_t)(section->end - section->at))
		return false;
	*entry = *section;
	entry->end = section->at + length;
	section->at += length;
	section->vaddr += length;
	return true;
}

/* The encoding of addresses in FDEs, from the augmentation of a CIE, or PE_OMIT. */
static uint8_t read_augmentation(struct cursor *cie, const char *augmentation)
{
	if (augmentation[0] != 'z')
		return augmentation[0] ? PE_OMIT : PE_ABSOLUTE;
	cursor_leb128(cie, false);
	for (const char *c = augmentation + 1; *c; c++) {
		switch (*c) {
		case 'R':
			return cursor_uint(cie, 1);
		case 'L':
			cursor_uint(cie, 1);
			break;
		case 'P':
			/* Only its width matters. */
			cursor_encoded(cie, cursor_uint(cie, 1) & PE_FORM);
			break;
		case 'S':
		case 'B':
			break;
		default:
			return PE_OMIT;
		}
	}
	return PE_ABSOLUTE;
}

static uint8_t read_cie(struct cursor *cie)
{
	char augmentation[MAX_AUGMENTATION + 1];
	uint8_t version = cursor_uint(cie, 1);
	uint8_t encoding;
	size_t n = 0;

	while ((augmentation[n] = cursor_uint(cie, 1)) != '\0')
		if (cie->failed || ++n > MAX_AUGMENTATION)
			return PE_OMIT;
	if (version == 4)
		cursor_uint(cie, 2); /* sizes of an address and of a segment selector */
	else if (version != 1 && version != 3)
		return PE_OMIT;
	cursor_leb128(cie, false); /* code alignment */
	cursor_leb128(cie, true);  /* data alignment */
	if (version == 1)
		cursor_uint(cie, 1); /* register of the return address */
	else
		cursor_leb128(cie, false);
	encoding = read_augmentation(cie, augmentation);
	return cie->failed ? PE_OMIT : encoding;
}

/* The CIE that an FDE points to, the last of them kept: FDEs of one CIE stand together. */
struct cie_cache {
	const struct cursor section; /* whole */
	const unsigned char *at;
	uint8_t encoding;
};

static uint8_t cie_encoding(struct cie_cache *cache, const unsigned char *at)
{
	struct cursor section = cache->section;
	struct cursor entry;

	if (at == cache->at)
		return cache->encoding;
	cache->at = at;
	cache->encoding = PE_OMIT;
	section.vaddr += at - section.at;
	section.at = at;
	if (next_entry(&section, false, &entry) && !cursor_uint(&entry, 4) && !entry.failed)
		cache->encoding = read_cie(&entry);
	return cache->encoding;
}

/* Reads an FDE's range. False if this is a CIE, or cannot be understood. */
static bool read_fde(struct cie_cache *cache, struct cursor *fde, struct eh_frame_range *ret)
{
	const unsigned char *pointer = fde->at;
	uint32_t back = cursor_uint(fde, 4);
	uint64_t length;
	uint8_t encoding;

	if (fde->failed || !back || back > (uint64_t)(pointer - cache->section.at))
		return false;
	encoding = cie_encoding(cache, pointer - back);
	if (encoding == PE_OMIT)
		return false;
	ret->start = cursor_encoded(fde, encoding);
	length = cursor_encoded(fde, encoding & PE_FORM);
	return !fde->failed && length && !__builtin_add_overflow(ret->start, length, &ret->end);
}

/* Among FDEs of one start the longest comes last, so that it is the one that stays. */
static int compare_range(const void *a, const void *b)
{
	const struct eh_frame_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* An FDE ends where the next one begins at the latest. */
static void separate_ranges(struct eh_frame *eh_frame)
{
	struct eh_frame_range *ranges = eh_frame->ranges.data;
	size_t kept = 0;

	for (size_t i = 0; i < eh_frame->ranges.n; i++) {
		if (kept && ranges[kept - 1].start == ranges[i].start)
			kept--;
		if (kept && ranges[kept - 1].end > ranges[i].start)
			ranges[kept - 1].end = ranges[i].start;
		ranges[kept++] = ranges[i];
	}
	eh_frame->ranges.n = kept;
}

int eh_frame_init(struct eh_frame *eh_frame, const void *bytes, size_t size, uint64_t vaddr,
		  bool to_end)
{
	struct cursor section = { bytes, (const unsigned char *)bytes + size, vaddr, false };
	struct cie_cache cache = { .section = section };
	struct cursor entry;

	*eh_frame = (struct eh_frame){};
	while (next_entry(&section, to_end, &entry)) {
		struct eh_frame_range range;

		if (!read_fde(&cache, &entry, &range))
			continue;
		if (vec_push(&eh_frame->ranges, range)) {
			eh_frame_deinit(eh_frame);
			return -ENOMEM;
		}
	}
	if (!eh_frame->ranges.n)
		return 0;
	qsort(eh_frame->ranges.data, eh_frame->ranges.n, sizeof(struct eh_frame_range),
	      compare_range);
	separate_ranges(eh_frame);
	return 0;
}

void eh_frame_deinit(struct eh_frame *eh_frame)
{
	vec_deinit(&eh_frame->ranges);
}

const struct eh_frame_range *eh_frame_below(const struct eh_frame *eh_frame, uint64_t address)
{
	size_t low = 0, high = eh_frame->ranges.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (eh_frame->ranges.data[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &eh_frame->ranges.data[low - 1] : NULL;
}

const struct eh_frame_range *eh_frame_find(const struct eh_frame *eh_frame, uint64_t address)
{
	const struct eh_frame_range *range = eh_frame_below(eh_frame, address);

	return range && address < range->end ? range : NULL;
}

bool eh_frame_hdr_target(const void *bytes, size_t size, uint64_t vaddr, uint64_t *ret)
{
	struct cursor cursor = { bytes, (const unsigned char *)bytes + size, vaddr, false };
	uint8_t encoding;

	if (cursor_uint(&cursor, 1) != 1)
		return false;
	encoding = cursor_uint(&cursor, 1);
	cursor_uint(&cursor, 2); /* encodings of the count and of the table */
	if (cursor.failed || encoding == PE_OMIT)
		return false;
	*ret = cursor_encoded(&cursor, encoding);
	return !cursor.failed;
}
