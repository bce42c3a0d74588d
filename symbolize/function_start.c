// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The last source: where no symbol covers an address, the start of its
 * function from .eh_frame, so that a report can show one box a function and
 * not one an address. Here .eh_frame is found in the file, by its section or,
 * where there are no section headers, by the segment of .eh_frame_hdr.
 */
#include <errno.h>

#include "base/guard.h"
#include "symbolize/source.h"

/* Chrome's is 30 MiB. */
enum { MAX_EH_FRAME = 128 << 20, HDR_START = 12 };

struct place {
	uint64_t vaddr, offset, size;
	bool is_section;
};

static bool find_section(const struct elf_file *file, struct place *ret)
{
	const Elf64_Shdr *section = elf_file_section(file, ".eh_frame");

	if (!section)
		return false;
	*ret = (struct place){ section->sh_addr, section->sh_offset, section->sh_size, true };
	return true;
}

/* From an address to the end of what its segment has in the file. */
static bool find_loaded(const struct elf_file *file, uint64_t vaddr, struct place *ret)
{
	vec_each(&file->segments, header) {
		uint64_t within = vaddr - header->p_vaddr;

		if (header->p_type != PT_LOAD || vaddr < header->p_vaddr ||
		    within >= header->p_filesz)
			continue;
		*ret = (struct place){ vaddr, header->p_offset + within,
				       header->p_filesz - within, false };
		return true;
	}
	return false;
}

static bool find_by_hdr(const struct elf_file *file, struct place *ret)
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

int symbol_module_eh_frame(struct symbol_module *module, const struct eh_frame **ret)
{
	const struct elf_file *file = &module->file;
	guard_free unsigned char *bytes = NULL;
	struct place place;
	int err;

	*ret = &module->eh_frame;
	if (module->eh_frame_read)
		return 0;
	module->eh_frame_read = true;
	if (!find_section(file, &place) && !find_by_hdr(file, &place))
		return 0;
	err = elf_file_read(file, place.offset, place.size, MAX_EH_FRAME, &bytes);
	if (err)
		return err == -ENOMEM ? err : 0;
	return eh_frame_init(&module->eh_frame, bytes, place.size, place.vaddr, place.is_section);
}

static int function_start_open(struct symbol_module *module, void **ret)
{
	const struct eh_frame *eh_frame;
	int err = symbol_module_eh_frame(module, &eh_frame);

	if (err)
		return err;
	*ret = (void *)eh_frame;
	return eh_frame->ranges.n ? 0 : -ENOENT;
}

static void function_start_close(void *state)
{
	(void)state; /* the module's */
}

static int function_start_find(void *state, uint64_t vaddr, struct symbol_frame *ret)
{
	const struct eh_frame_range *range = eh_frame_find(state, vaddr);

	if (range)
		ret->start = range->start;
	return range != NULL;
}

const struct symbol_source function_start_source = {
	.open = function_start_open,
	.close = function_start_close,
	.find = function_start_find,
};
