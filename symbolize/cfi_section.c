// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the sections of call-frame information in an ELF file and reads them.
 * A compressed one takes memory only as far as its bytes justify: real ones
 * shrink to a fourth, not to a thousandth as zlib could.
 */
#include "symbolize/cfi_section.h"

#include <errno.h>
#include <zlib.h>

#include "base/guard.h"
#include "symbolize/eh_frame.h"

enum { HDR_START = 12, MOST_EXPANSION = 32 };

/* From an address to the end of what its segment has in the file. */
static bool find_loaded(const struct elf_file *file, uint64_t vaddr, Elf64_Shdr *ret)
{
	vec_each(&file->segments, header) {
		uint64_t within = vaddr - header->p_vaddr;

		if (header->p_type != PT_LOAD || vaddr < header->p_vaddr ||
		    within >= header->p_filesz)
			continue;
		*ret = (Elf64_Shdr){ .sh_addr = vaddr, .sh_offset = header->p_offset + within,
				     .sh_size = header->p_filesz - within };
		return true;
	}
	return false;
}

static bool find_by_hdr(const struct elf_file *file, Elf64_Shdr *ret)
{
	unsigned char start[HDR_START];
	uint64_t vaddr;

	vec_each(&file->segments, header) {
		if (header->p_type != PT_GNU_EH_FRAME)
			continue;
		if (elf_file_pread(file, header->p_offset, start, sizeof(start)) ||
		    !eh_frame_hdr_target(start, sizeof(start), header->p_vaddr, &vaddr))
			return false;
		return find_loaded(file, vaddr, ret);
	}
	return false;
}

int cfi_section_read_eh_frame(const struct elf_file *file, struct cfi_section *ret)
{
	const Elf64_Shdr *section = elf_file_section(file, ".eh_frame");
	Elf64_Shdr place;
	unsigned char *bytes;
	int err;

	if (section)
		place = *section;
	else if (!find_by_hdr(file, &place))
		return -ENOENT;
	/* Without section headers this goes far beyond .eh_frame, which has an end of its own. */
	if (!section && place.sh_size > CFI_MAX_SECTION)
		place.sh_size = CFI_MAX_SECTION;
	err = elf_file_read(file, place.sh_offset, place.sh_size, CFI_MAX_SECTION, &bytes);
	if (err)
		return err;
	*ret = (struct cfi_section){
		.bytes = bytes,
		.size = place.sh_size,
		.vaddr = place.sh_addr,
		.to_end = section != NULL,
	};
	return 0;
}

static int inflate_section(const unsigned char *from, size_t size, struct cfi_section *ret)
{
	guard_free unsigned char *bytes = NULL;
	Elf64_Chdr header;
	uLongf length;

	if (size < sizeof(header))
		return -EIO;
	memcpy(&header, from, sizeof(header));
	if (header.ch_type != ELFCOMPRESS_ZLIB)
		return -ENOENT;
	if (header.ch_size > CFI_MAX_SECTION || header.ch_size / MOST_EXPANSION > size)
		return -E2BIG;
	length = header.ch_size;
	bytes = malloc(length ? length : 1);
	if (!bytes)
		return -ENOMEM;
	if (uncompress(bytes, &length, from + sizeof(header), size - sizeof(header)) != Z_OK)
		return -EIO;
	ret->size = length;
	ret->bytes = take_ptr(bytes);
	return 0;
}

int cfi_section_read_debug_frame(const struct elf_file *file, struct cfi_section *ret)
{
	const Elf64_Shdr *section = elf_file_section(file, ".debug_frame");
	guard_free unsigned char *bytes = NULL;
	int err;

	if (!section)
		return -ENOENT;
	err = elf_file_read(file, section->sh_offset, section->sh_size, CFI_MAX_SECTION, &bytes);
	if (err)
		return err;
	*ret = (struct cfi_section){ .is_debug_frame = true };
	if (section->sh_flags & SHF_COMPRESSED)
		return inflate_section(bytes, section->sh_size, ret);
	ret->size = section->sh_size;
	ret->bytes = take_ptr(bytes);
	return 0;
}

void cfi_section_deinit(struct cfi_section *section)
{
	free((void *)section->bytes);
	section->bytes = NULL;
	section->size = 0;
}
