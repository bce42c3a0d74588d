// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ranges of the FDEs, sorted and made to exclude each other. The entries
 * themselves are read by cfi_reader.
 */
#include "symbolize/eh_frame.h"

#include <errno.h>
#include <stdlib.h>

#include "base/guard.h"
#include "symbolize/cfi_reader.h"

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

static int read_ranges(struct eh_frame *eh_frame, struct cfi_reader *reader)
{
	struct cfi_fde fde;
	int err;

	while ((err = cfi_reader_next(reader, &fde)) > 0) {
		struct eh_frame_range range = { fde.start, fde.end };

		if (vec_push(&eh_frame->ranges, range))
			return -ENOMEM;
	}
	return err;
}

int eh_frame_init(struct eh_frame *eh_frame, const void *bytes, size_t size, uint64_t vaddr,
		  bool to_end)
{
	struct cfi_section section = {
		.bytes = bytes, .size = size, .vaddr = vaddr, .to_end = to_end,
	};
	guard(cfi_reader_deinit) struct cfi_reader reader;
	int err;

	*eh_frame = (struct eh_frame){};
	cfi_reader_init(&reader, &section);
	err = read_ranges(eh_frame, &reader);
	if (err) {
		eh_frame_deinit(eh_frame);
		return err;
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
	struct dwarf_cursor cursor = dwarf_cursor(bytes, size, vaddr);
	uint8_t encoding;

	if (dwarf_u8(&cursor) != 1)
		return false;
	encoding = dwarf_u8(&cursor);
	dwarf_uint(&cursor, 2); /* encodings of the count and of the table */
	if (cursor.failed || encoding == DWARF_PE_OMIT)
		return false;
	*ret = dwarf_encoded(&cursor, encoding);
	return !cursor.failed;
}
