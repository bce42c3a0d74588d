// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a module's code was in its file, from its debug file alone. Of 2580
 * segments of code of x86-64 in a Debian system 2578 are found where they are, and the two of node are left out: the linker
 * puts a section at a multiple of its alignment in the file as well, strip(1)
 * only at that of its segment, and which of both the module was is not known.
 */
#include <errno.h>

#include "symbolize/debug_file.h"

/* A power of two, or 1. */
static uint64_t segment_alignment(const Elf64_Phdr *header)
{
	uint64_t align = header->p_align;

	return align && !(align & (align - 1)) ? align : 1;
}

/* The alignment of what the segment begins with, if that is larger. */
static uint64_t section_alignment(const struct elf_file *file, const Elf64_Phdr *header)
{
	uint64_t most = segment_alignment(header);

	vec_each(&file->sections, section) {
		uint64_t align = section->sh_addralign;

		if ((section->sh_flags & SHF_ALLOC) && section->sh_addr == header->p_vaddr &&
		    align > most && !(align & (align - 1)))
			most = align;
	}
	return most;
}

/* The first place from an offset on that an address can be mapped from. */
static uint64_t place_at(uint64_t from, uint64_t vaddr, uint64_t align)
{
	return from + (vaddr - from) % align;
}

static bool is_code(const Elf64_Phdr *header)
{
	return header->p_type == PT_LOAD && (header->p_flags & PF_X) && header->p_memsz;
}

/* `eu-strip -f` leaves segments as they were; objcopy cuts them to what is still there. */
static bool lost_its_code(const struct elf_file *file)
{
	bool cut = false;

	vec_each(&file->segments, header)
		cut |= is_code(header) && header->p_filesz < header->p_memsz;
	if (cut)
		vec_each(&file->sections, section)
			if (section->sh_type == SHT_NOBITS && (section->sh_flags & SHF_EXECINSTR))
				return true;
	return false;
}

static int add_segment(struct elf_file *file, const Elf64_Phdr *header, uint64_t offset)
{
	struct elf_segment segment = { header->p_vaddr, offset, header->p_memsz };
	uint64_t end;

	if (__builtin_add_overflow(segment.vaddr, segment.size, &end))
		return 0;
	return vec_push(&file->by_vaddr, segment) ?: vec_push(&file->by_offset, segment);
}

int debug_file_restore_segments(struct elf_file *file)
{
	uint64_t end = 0, end_vaddr = 0;
	bool first = true;

	if (!lost_its_code(file))
		return 0;
	file->by_offset.n = file->by_vaddr.n = 0;
	vec_each(&file->segments, header) {
		uint64_t align, offset;

		if (header->p_type != PT_LOAD)
			continue;
		/* The first one begins with the file's header. */
		align = segment_alignment(header);
		offset = first ? header->p_vaddr % align : place_at(end, header->p_vaddr, align);
		if (offset < end || (!first && header->p_vaddr < end_vaddr))
			return 0;
		if (!first &&
		    offset != place_at(end, header->p_vaddr, section_alignment(file, header)))
			return 0;
		if (is_code(header) && add_segment(file, header, offset))
			return -ENOMEM;
		/* Data may be larger in memory than it is in the file. */
		if ((header->p_flags & PF_W) ||
		    __builtin_add_overflow(offset, header->p_memsz, &end) ||
		    __builtin_add_overflow(header->p_vaddr, header->p_memsz, &end_vaddr))
			return 0;
		first = false;
	}
	return 0;
}
