// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader of the entries of .eh_frame (LSB Core, "Exception Frames") and
 * .debug_frame (DWARF 5, 6.4). They differ in how an FDE points to its CIE.
 */
#include "symbolize/cfi_reader.h"

#include <errno.h>

enum {
	/* "zPLRSB" is all there is. */
	MAX_AUGMENTATION = 16,
};

/* One entry: its content, the offset where it begins, and whether its length took 64 bits. */
struct entry {
	struct dwarf_cursor content;
	uint64_t offset;
	bool wide;
};

void cfi_reader_init(struct cfi_reader *reader, const struct cfi_section *section)
{
	*reader = (struct cfi_reader){
		.section = *section,
		.at = dwarf_cursor(section->bytes, section->size, section->vaddr),
	};
}

void cfi_reader_deinit(struct cfi_reader *reader)
{
	vec_deinit(&reader->cies);
}

/* Takes one entry off the section. False at the end or if the length is wrong. */
static bool next_entry(struct cfi_reader *reader, struct entry *entry)
{
	struct dwarf_cursor *at = &reader->at;
	bool to_end = reader->section.to_end || reader->section.is_debug_frame;
	uint64_t length;

	do {
		entry->offset = at->at - reader->section.bytes;
		length = dwarf_uint(at, 4);
	} while (!length && to_end && !at->failed);
	entry->wide = length == UINT32_MAX;
	if (entry->wide)
		length = dwarf_uint(at, 8);
	entry->content = *at;
	if (!length || !dwarf_skip(at, length))
		return false;
	entry->content.end = at->at;
	return true;
}

static void read_augmentation(struct dwarf_cursor *at, const char *augmentation,
			      struct cfi_cie *cie)
{
	struct dwarf_cursor data;
	uint64_t n;

	cie->encoding = DWARF_PE_ABSOLUTE;
	if (!augmentation[0])
		return;
	cie->augmented = augmentation[0] == 'z';
	if (!cie->augmented)
		dwarf_fail(at); /* nobody knows how much to skip */
	n = dwarf_uleb128(at);
	data = *at;
	if (dwarf_skip(at, n))
		data.end = at->at;
	for (const char *c = augmentation + 1; *c && !at->failed; c++) {
		switch (*c) {
		case 'R':
			cie->encoding = dwarf_u8(&data);
			break;
		case 'L':
			dwarf_u8(&data);
			break;
		case 'P':
			/* Only its width matters. */
			dwarf_encoded(&data, dwarf_u8(&data) & DWARF_PE_FORM);
			break;
		case 'S':
			cie->signal = true;
			break;
		case 'B':
			break;
		default:
			dwarf_fail(&data);
		}
	}
	if (data.failed)
		dwarf_fail(at);
}

/* False if it is none that can be used. */
static bool read_cie(struct dwarf_cursor *at, struct cfi_cie *cie)
{
	char augmentation[MAX_AUGMENTATION + 1];
	uint8_t version = dwarf_u8(at);
	size_t n = 0;

	while ((augmentation[n] = dwarf_u8(at)) != '\0')
		if (++n > MAX_AUGMENTATION)
			return false;
	if (version == 4) {
		if (dwarf_u8(at) != 8 || dwarf_u8(at) != 0) /* address, segment selector */
			return false;
	} else if (version != 1 && version != 3) {
		return false;
	}
	cie->code_alignment = dwarf_uleb128(at);
	cie->data_alignment = dwarf_sleb128(at);
	cie->ra = version == 1 ? dwarf_u8(at) : dwarf_uleb128(at);
	read_augmentation(at, augmentation, cie);
	cie->program = *at;
	return !at->failed;
}

static int add_cie(struct cfi_reader *reader, struct entry *entry)
{
	struct cfi_cie cie = { .offset = entry->offset };

	if (reader->cies.n == CFI_MAX_CIES)
		return 0;
	if (!read_cie(&entry->content, &cie))
		cie.encoding = DWARF_PE_OMIT;
	return vec_push(&reader->cies, cie);
}

static bool find_cie(struct cfi_reader *reader, uint64_t offset)
{
	const struct cfi_cie *cies = reader->cies.data;
	size_t low = 0, high = reader->cies.n;

	/* FDEs of one CIE stand together. */
	if (reader->last_cie < high && cies[reader->last_cie].offset == offset)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cies[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	reader->last_cie = low;
	return low < reader->cies.n && cies[low].offset == offset;
}

/* Of .eh_frame, id is the way back to the CIE from where the id stands. */
static bool read_fde(struct cfi_reader *reader, struct dwarf_cursor *at, uint64_t id,
		     uint64_t id_offset, struct cfi_fde *ret)
{
	const struct cfi_cie *cie;
	uint64_t length;

	if (!reader->section.is_debug_frame && id > id_offset)
		return false;
	if (!find_cie(reader, reader->section.is_debug_frame ? id : id_offset - id))
		return false;
	cie = &reader->cies.data[reader->last_cie];
	if (cie->encoding == DWARF_PE_OMIT)
		return false;
	ret->cie = reader->last_cie;
	ret->start = dwarf_encoded(at, cie->encoding);
	length = dwarf_encoded(at, cie->encoding & DWARF_PE_FORM);
	if (cie->augmented)
		dwarf_skip(at, dwarf_uleb128(at));
	ret->program = *at;
	return !at->failed && length && !__builtin_add_overflow(ret->start, length, &ret->end);
}

int cfi_reader_next(struct cfi_reader *reader, struct cfi_fde *ret)
{
	bool is_debug_frame = reader->section.is_debug_frame;
	struct entry entry;

	while (next_entry(reader, &entry)) {
		struct dwarf_cursor *at = &entry.content;
		uint64_t id_offset = at->at - reader->section.bytes;
		size_t width = is_debug_frame && entry.wide ? 8 : 4;
		uint64_t id = dwarf_uint(at, width);
		uint64_t cie_id = !is_debug_frame ? 0 : width == 8 ? UINT64_MAX : UINT32_MAX;

		if (id == cie_id && !at->failed) {
			if (add_cie(reader, &entry))
				return -ENOMEM;
		} else if (!at->failed && read_fde(reader, at, id, id_offset, ret)) {
			return 1;
		}
	}
	return 0;
}
