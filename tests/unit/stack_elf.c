// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes of what is recorded of a module an ELF file with just that in it, for
 * the builder of unwind tables: executable segments where they were, the bytes
 * of code that are known, and the FDEs as a section of their own.
 */
#include "stack_file.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/dwarf_cursor.h"

enum { DW_CIE_VERSION = 3, MOST_SEGMENTS = 16, EH_FRAME_VADDR = 1 << 12 };

static const char section_names[] = "\0.eh_frame\0.note.go.buildid\0.shstrtab";
enum { NAME_EH_FRAME = 1, NAME_GO = 11, NAME_STRINGS = 28, N_SECTIONS = 4 };

struct image {
	VEC(unsigned char) bytes;
	int err;
};

static void put(struct image *image, const void *bytes, size_t n)
{
	if (!image->err)
		image->err = vec_append(&image->bytes, (const unsigned char *)bytes, n);
}

static void put_number(struct image *image, uint64_t value, size_t size)
{
	put(image, &value, size);
}

static void put_sleb(struct image *image, int64_t value)
{
	bool more = true;

	while (more) {
		more = value < -64 || value >= 64;
		put_number(image, (value & 0x7f) | (more ? 0x80 : 0), 1);
		value >>= 7;
	}
}

static void put_uleb(struct image *image, uint64_t value)
{
	do {
		put_number(image, (value & 0x7f) | (value >> 7 ? 0x80 : 0), 1);
		value >>= 7;
	} while (value);
}

/* The length stands before the entry that began at start. */
static void end_entry(struct image *image, size_t start)
{
	uint32_t length;

	while ((image->bytes.n - start) % 8)
		put_number(image, 0, 1); /* DW_CFA_nop */
	length = image->bytes.n - start - sizeof(length);
	if (!image->err)
		memcpy(image->bytes.data + start, &length, sizeof(length));
}

static void put_cie(struct image *image, const struct stack_cie *cie)
{
	const char *augmentation = cie->signal ? "zRS" : "zR";
	size_t start = image->bytes.n;

	put_number(image, 0, 4); /* length */
	put_number(image, 0, 4); /* it is a CIE */
	put_number(image, DW_CIE_VERSION, 1);
	put(image, augmentation, strlen(augmentation) + 1);
	put_uleb(image, cie->code_alignment);
	put_sleb(image, cie->data_alignment);
	put_uleb(image, cie->ra);
	put_uleb(image, 1); /* bytes of augmentation data */
	put_number(image, DWARF_PE_ABSOLUTE, 1);
	put(image, cie->program.bytes.data, cie->program.bytes.n);
	end_entry(image, start);
}

static void put_fde(struct image *image, const struct stack_fde *fde, size_t cie)
{
	size_t start = image->bytes.n;

	put_number(image, 0, 4);
	put_number(image, start + 4 - cie, 4);
	put_number(image, fde->start, 8);
	put_number(image, fde->size, 8);
	put_uleb(image, 0);
	put(image, fde->program.bytes.data, fde->program.bytes.n);
	end_entry(image, start);
}

static void put_eh_frame(struct image *image, const struct stack_module *module)
{
	for (size_t i = 0; i < module->cies.n; i++) {
		size_t cie = image->bytes.n;

		put_cie(image, &module->cies.data[i]);
		vec_each(&module->fdes, fde)
			if (fde->cie == i)
				put_fde(image, fde, cie);
	}
}

static int write_at(int fd, const void *bytes, size_t n, uint64_t at)
{
	return !n || pwrite(fd, bytes, n, at) == (ssize_t)n ? 0 : -EIO;
}

/* Headers at the start, over text that nobody looks at. */
static int write_segments(int fd, const struct stack_module *module, uint64_t end,
			  uint64_t sections)
{
	static const Elf64_Dyn needed = { .d_tag = DT_NEEDED };
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segments[MOST_SEGMENTS + 1];
	} start = { .header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = module->entry ? ET_EXEC : ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = module->entry,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_shoff = sections,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = N_SECTIONS,
		.e_shstrndx = N_SECTIONS - 1,
	} };
	Elf64_Phdr *at = start.segments;

	if (module->segments.n > MOST_SEGMENTS)
		return -E2BIG;
	vec_each(&module->segments, segment)
		*at++ = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, segment->offset, segment->vaddr,
				      segment->vaddr, segment->size, segment->size, 4096 };
	if (module->needs_others)
		*at++ = (Elf64_Phdr){ PT_DYNAMIC, PF_R, end, 0, 0, sizeof(needed), sizeof(needed),
				      8 };
	start.header.e_phnum = at - start.segments;
	return write_at(fd, &needed, sizeof(needed), end) ?:
	       write_at(fd, &start, (char *)at - (char *)&start, 0);
}

static int write_code(int fd, const struct stack_module *module, const struct stack_code *code)
{
	vec_each(&module->segments, segment)
		if (code->vaddr - segment->vaddr < segment->size)
			return write_at(fd, code->bytes.bytes.data, code->bytes.bytes.n,
					code->vaddr - segment->vaddr + segment->offset);
	return -EINVAL;
}

/* After all segments: DT_NEEDED, the FDEs, the names of sections, the sections. */
static int write_module(int fd, const struct stack_module *module, const struct image *eh_frame)
{
	uint64_t end = 4096, frames, names, sections;
	int err;

	vec_each(&module->segments, segment)
		if (segment->offset + segment->size > end)
			end = segment->offset + segment->size;
	end = (end + 15) & ~15ULL;
	frames = end + sizeof(Elf64_Dyn);
	names = frames + eh_frame->bytes.n;
	sections = (names + sizeof(section_names) + 7) & ~7ULL;
	const Elf64_Shdr headers[N_SECTIONS] = {
		{},
		{ NAME_EH_FRAME, SHT_PROGBITS, SHF_ALLOC, EH_FRAME_VADDR, frames,
		  eh_frame->bytes.n, 0, 0, 8, 0 },
		{ module->is_go ? NAME_GO : 0, SHT_NOTE, 0, 0, names, 1, 0, 0, 1, 0 },
		{ NAME_STRINGS, SHT_STRTAB, 0, 0, names, sizeof(section_names), 0, 0, 1, 0 },
	};

	err = write_at(fd, eh_frame->bytes.data, eh_frame->bytes.n, frames);
	if (!err)
		err = write_at(fd, section_names, sizeof(section_names), names);
	if (!err)
		err = write_at(fd, headers, sizeof(headers), sections);
	if (!err)
		err = write_segments(fd, module, end, sections);
	vec_each(&module->codes, code)
		err = err ?: write_code(fd, module, code);
	return err;
}

int stack_module_open(const struct stack_module *module)
{
	guard_close int fd = memfd_create("module", MFD_CLOEXEC);
	struct image eh_frame = {};
	int err;

	if (fd < 0)
		return -errno;
	put_eh_frame(&eh_frame, module);
	err = eh_frame.err ? eh_frame.err : write_module(fd, module, &eh_frame);
	vec_deinit(&eh_frame.bytes);
	return err ? err : take_fd(fd);
}
