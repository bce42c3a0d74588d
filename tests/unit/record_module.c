// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes out of a module's file what tells how to unwind at some addresses: the
 * FDEs that cover them with their CIEs, and code, where that is looked at.
 */
#include <errno.h>

#include "profiler/unwind_pieces.h"
#include "record_stack.h"

enum {
	AROUND = 16, /* bytes of code before and after */
	/* profiler/unwind_trampoline.c looks at the first bytes of functions of this size. */
	START_CONTEXT_SIZE = 26,
};

bool record_needs_others(const struct elf_file *file)
{
	vec_each(&file->segments, header) {
		Elf64_Dyn entry = { .d_tag = DT_NEEDED + 1 };

		if (header->p_type != PT_DYNAMIC)
			continue;
		for (uint64_t at = 0; at < header->p_filesz && entry.d_tag; at += sizeof(entry)) {
			if (elf_file_pread(file, header->p_offset + at, &entry, sizeof(entry)))
				return true;
			if (entry.d_tag == DT_NEEDED)
				return true;
		}
	}
	return false;
}

static int find_cie(struct stack_module *module, const struct cfi_cie *cie, uint32_t *ret)
{
	struct stack_cie new = {
		.code_alignment = cie->code_alignment,
		.data_alignment = cie->data_alignment,
		.ra = cie->ra,
		.signal = cie->signal,
	};
	size_t size = dwarf_left(&cie->program);
	int err;

	for (*ret = 0; *ret < module->cies.n; ++*ret) {
		const struct stack_cie *old = &module->cies.data[*ret];

		if (old->code_alignment == new.code_alignment && old->ra == new.ra &&
		    old->data_alignment == new.data_alignment && old->signal == new.signal &&
		    old->program.bytes.n == size &&
		    !memcmp(old->program.bytes.data, cie->program.at, size))
			return 0;
	}
	err = vec_append(&new.program.bytes, cie->program.at, size);
	return err ? err : vec_push(&module->cies, new);
}

static int add_code(const struct elf_file *file, uint64_t from, uint64_t to,
		    struct stack_module *module)
{
	const struct elf_segment *segment = elf_file_segment(file, from);
	struct stack_code code = { .vaddr = from };
	int err;

	if (!segment)
		return 0;
	if (to > segment->vaddr + segment->size)
		to = segment->vaddr + segment->size;
	vec_each(&module->codes, old)
		if (old->vaddr == from)
			return 0;
	err = vec_reserve(&code.bytes.bytes, to - from);
	if (!err)
		err = elf_file_pread(file, from - segment->vaddr + segment->offset,
				     code.bytes.bytes.data, to - from);
	code.bytes.bytes.n = to - from;
	return err ? err : vec_push(&module->codes, code);
}

/* Of DW_CFA_nop at the end, which only pads. */
static size_t program_size(const struct dwarf_cursor *program)
{
	const unsigned char *end = program->end;

	/* Two stay: they may belong to an operand. */
	while (end - program->at > 2 && !end[-1] && !end[-2] && !end[-3])
		end--;
	return end - program->at;
}

static int add_fde(const struct elf_file *file, const struct cfi_reader *reader,
		   const struct cfi_fde *fde, struct stack_module *module)
{
	struct stack_fde new = { .start = fde->start, .size = fde->end - fde->start };
	int err;

	vec_each(&module->fdes, old)
		if (old->start == new.start && old->size == new.size)
			return 0;
	err = find_cie(module, &reader->cies.data[fde->cie], &new.cie);
	if (!err)
		err = vec_append(&new.program.bytes, fde->program.at, program_size(&fde->program));
	if (!err)
		err = vec_push(&module->fdes, new);
	if (!err && new.size == START_CONTEXT_SIZE)
		err = add_code(file, new.start, new.start + AROUND, module);
	return err;
}

/* covered: for each address, whether an FDE was found. */
static int add_fdes(const struct elf_file *file, const struct cfi_section *section,
		    const struct record_vaddrs *vaddrs, bool *covered, struct stack_module *module)
{
	struct cfi_reader reader;
	struct cfi_fde fde;
	int err;

	cfi_reader_init(&reader, section);
	while ((err = cfi_reader_next(&reader, &fde)) > 0) {
		bool wanted = false;

		for (size_t i = 0; i < vaddrs->vaddrs.n; i++) {
			uint64_t vaddr = vaddrs->vaddrs.data[i];

			if (vaddr < fde.start || vaddr >= fde.end)
				continue;
			wanted = covered[i] = true;
		}
		err = wanted ? add_fde(file, &reader, &fde, module) : 0;
		if (err)
			break;
	}
	cfi_reader_deinit(&reader);
	return err;
}

int record_module(const struct elf_file *file, const struct record_vaddrs *vaddrs,
		  struct stack_module *module)
{
	static int (*const read[])(const struct elf_file *, struct cfi_section *) = {
		cfi_section_read_eh_frame,
		cfi_section_read_debug_frame,
	};
	bool *covered = calloc(vaddrs->vaddrs.n + 1, sizeof(*covered));
	int err = covered ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < 2; i++) {
		struct cfi_section section = {};

		if (read[i](file, &section))
			continue;
		err = add_fdes(file, &section, vaddrs, covered, module);
		cfi_section_deinit(&section);
	}
	for (size_t i = 0; !err && i < vaddrs->vaddrs.n; i++)
		if (!covered[i] || module->is_go)
			err = add_code(file, vaddrs->vaddrs.data[i] - AROUND,
				       vaddrs->vaddrs.data[i] + AROUND, module);
	free(covered);
	return err;
}
