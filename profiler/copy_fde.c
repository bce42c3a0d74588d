// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes CIE and FDE headers, and reads back what libunwind asks for. */
#include "profiler/copy_fde.h"

#include <string.h>

enum {
	MODULE_SHIFT = 30,
	KIND_SHIFT = 29,
	VIEW_SHIFT = 28, /* sections are at most 2^27 bytes long */
	ROOM = 64,       /* before a section, for the header of what begins with it */
	VIEW_CIE = 0,
	VIEW_FDE = 1,
	CIE_VERSION = 1,
};

_Static_assert(CFI_MAX_SECTION + 2 * ROOM <= 1 << VIEW_SHIFT, "a view holds a section");

static uint64_t view_address(const struct copy_place *place, uint32_t view, uint64_t offset)
{
	return COPY_FDE_SPACE | (uint64_t)place->module << MODULE_SHIFT |
	       (uint64_t)place->piece->kind << KIND_SHIFT | (uint64_t)view << VIEW_SHIFT |
	       (ROOM + offset);
}

static void put(struct copy_header *header, const void *bytes, size_t n)
{
	memcpy(header->bytes + header->size, bytes, n);
	header->size += n;
}

static void put_u8(struct copy_header *header, uint8_t value)
{
	put(header, &value, 1);
}

/* As many bytes as a value can take: also right for small ones. */
static void put_leb128(struct copy_header *header, int64_t value)
{
	for (int i = 0; i < 9; i++, value >>= 7)
		put_u8(header, 0x80 | (value & 0x7f));
	put_u8(header, value & 0x7f);
}

/* The header ends where the program begins. length: the program's. */
static void finish(struct copy_header *header, uint64_t program, uint32_t length)
{
	header->address = program - header->size;
	length += header->size - sizeof(length);
	memcpy(header->bytes, &length, sizeof(length));
}

static void make_cie(const struct cfi_cie *cie, struct copy_header *ret, uint64_t program)
{
	uint64_t length_and_id = 0;

	ret->size = 0;
	put(ret, &length_and_id, sizeof(length_and_id));
	put_u8(ret, CIE_VERSION);
	put(ret, "zR", sizeof("zR"));
	put_leb128(ret, (int64_t)cie->code_alignment);
	put_leb128(ret, cie->data_alignment);
	put_u8(ret, DWARF_RA);
	put_u8(ret, 1); /* of augmentation data */
	put_u8(ret, DWARF_PE_UDATA8);
	finish(ret, program, dwarf_left(&cie->program));
}

static void make_fde(const struct copy_place *place, struct copy_fde *fde, uint64_t program)
{
	uint64_t size = place->piece->size;
	struct copy_header *header = &fde->fde;
	uint32_t length_and_cie[2] = {};

	header->size = 0;
	put(header, length_and_cie, sizeof(length_and_cie));
	put(header, &fde->start, sizeof(fde->start));
	put(header, &size, sizeof(size));
	put_u8(header, 0); /* no augmentation data */
	finish(header, program, place->piece->program_size);
	/* From where this stands back to the CIE. */
	length_and_cie[1] = (uint32_t)(header->address + 4 - fde->cie.address);
	memcpy(header->bytes + 4, &length_and_cie[1], 4);
}

bool copy_fde_make(const struct copy_place *place, struct copy_fde *ret)
{
	const struct unwind_section *section = place->section;
	const struct unwind_piece *piece = place->piece;
	const struct cfi_cie *cie = &section->reader.cies.data[piece->cie];
	struct dwarf_cursor program = dwarf_cursor(section->section.bytes + piece->program,
						   piece->program_size, 0);

	ret->program_bytes = 0;
	if (!section->cies.data[piece->cie].understood || cie->ra != DWARF_RA ||
	    dwarf_left(&cie->program) > COPY_MOST_PROGRAM ||
	    piece->program_size > COPY_MOST_PROGRAM)
		return false;
	ret->program_bytes = dwarf_left(&cie->program) + piece->program_size;
	if (!copy_programs_are_safe(cie->program, program))
		return false;
	ret->start = piece->start + place->bias;
	ret->end = ret->start + piece->size;
	make_cie(cie, &ret->cie,
		 view_address(place, VIEW_CIE, cie->program.at - section->section.bytes));
	make_fde(place, ret, view_address(place, VIEW_FDE, piece->program));
	return true;
}

static uint8_t read_byte(const struct copy_header *header, const struct cfi_section *section,
			 uint64_t address)
{
	uint64_t offset = (address & ((1ULL << VIEW_SHIFT) - 1)) - ROOM;

	if (address - header->address < header->size)
		return header->bytes[address - header->address];
	return offset < section->size ? section->bytes[offset] : 0;
}

bool copy_fde_read(const struct copy_fde *fde, const struct copy_cfi *cfi, uint64_t address,
		   uint64_t *ret)
{
	uint64_t module = (address & ~COPY_FDE_SPACE) >> MODULE_SHIFT;
	const struct copy_header *header = address >> VIEW_SHIFT & 1 ? &fde->fde : &fde->cie;
	const struct unwind_section *section =
		copy_cfi_section(cfi, module, address >> KIND_SHIFT & 1);

	if (!section)
		return false;
	*ret = 0;
	for (uint32_t i = 0; i < sizeof(*ret); i++)
		*ret |= (uint64_t)read_byte(header, &section->section, address + i) << 8 * i;
	return true;
}
