/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DWARF: an input is the sections of debug information one after the other,
 * each after its length, and becomes an ELF image with code at 0x1000. Every
 * address of it has to be answered, with frames that are whole.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/symbolizer.h"

enum { TEXT = 0x1000, TEXT_SIZE = 0x1000, N_OFFSETS = 256 };

static const char names[] = "\0.debug_info\0.debug_abbrev\0.debug_str\0.debug_line\0"
			    ".debug_line_str\0.debug_ranges\0.debug_rnglists\0.debug_addr\0"
			    ".debug_str_offsets\0.shstrtab";
enum { N_DEBUG = 9, N_SECTIONS = N_DEBUG + 2 };

struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[N_SECTIONS];
	char names[sizeof(names)];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	size_t *answers = ctx;

	if (index != *answers || !n)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((i + 1 < n && !frames[i].name) || (frames[i].name && !frames[i].system_name) ||
		    (frames[i].file && strlen(frames[i].file) == 0))
			abort();
	++*answers;
	return 0;
}

static void fill_headers(struct image *image)
{
	image->header = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_phoff = offsetof(struct image, segment),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shoff = offsetof(struct image, sections),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = N_SECTIONS,
		.e_shstrndx = N_SECTIONS - 1,
	};
	image->segment = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				       .p_offset = TEXT, .p_vaddr = TEXT, .p_filesz = TEXT_SIZE,
				       .p_memsz = TEXT_SIZE };
	image->sections[N_SECTIONS - 1] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
							.sh_offset = offsetof(struct image, names),
							.sh_size = sizeof(names) };
	memcpy(image->names, names, sizeof(names));
}

/* Cuts the sections from the input; the name of the last is the string table's own. */
static void place_sections(struct image *image, const uint8_t *data, size_t size)
{
	size_t at = 0, name = 1;

	for (size_t i = 0; i < N_SECTIONS - 1; i++) {
		Elf64_Shdr *section = &image->sections[i + 1];
		uint32_t length = 0;

		if (i < N_DEBUG && size - at >= sizeof(length)) {
			memcpy(&length, data + at, sizeof(length));
			at += sizeof(length);
			if (length > size - at)
				length = size - at;
			*section = (Elf64_Shdr){ .sh_type = SHT_PROGBITS,
						 .sh_offset = TEXT + TEXT_SIZE + at,
						 .sh_size = length };
			at += length;
		}
		section->sh_name = name;
		name += strlen(names + name) + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbolizer_options options = {};
	size_t image_size = TEXT + TEXT_SIZE + size;
	struct image *image = calloc(1, image_size);
	struct symbolizer *symbolizer;
	uint64_t offsets[N_OFFSETS];
	size_t answers = 0;

	if (!image || symbolizer_create(&options, &symbolizer))
		abort();
	fill_headers(image);
	place_sections(image, data, size);
	if (size)
		memcpy((char *)image + TEXT + TEXT_SIZE, data, size);
	for (size_t i = 0; i < N_OFFSETS; i++)
		offsets[i] = TEXT + TEXT_SIZE * i / N_OFFSETS;
	symbolizer_resolve_image(symbolizer, image, image_size, offsets, N_OFFSETS, count_answer,
				 &answers);
	if (answers != N_OFFSETS)
		abort();
	symbolizer_destroy(symbolizer);
	free(image);
	return 0;
}
