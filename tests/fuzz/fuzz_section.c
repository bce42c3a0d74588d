/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF images: each section is loaded as what it may be, MiniDebugInfo is
 * unpacked and its symbols are asked for, links to debug files are read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/guard.h"
#include "symbolize/debug_file.h"
#include "symbolize/elf_inflate.h"
#include "symbolize/minidebug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each byte is there to be read. */
static void look_at(const struct section_bytes *bytes)
{
	volatile unsigned char sum = 0;

	for (size_t i = 0; i < bytes->size; i++)
		sum += bytes->data[i];
	(void)sum;
}

static void load(const struct elf_file *file, const Elf64_Shdr *section)
{
	guard(elf_section_unload) struct section_bytes bytes = {};

	if (elf_section_load_header(file, section, &bytes))
		return;
	if (bytes.size > ELF_INFLATE_FREE + file->size * ELF_INFLATE_RATIO)
		abort();
	look_at(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {".debug_info", ".debug_str", ".debug_line"};
	guard(elf_section_unload) struct section_bytes image = {};
	guard(elf_file_deinit) struct elf_file file = {};
	struct debug_alternate_link alternate;
	struct debug_link link;
	size_t n = 0;

	if (elf_file_init_image(&file, data, size))
		return 0;
	vec_each(&file.sections, section)
		if (n++ < 64)
			load(&file, section);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		guard(elf_section_unload) struct section_bytes bytes = {};

		if (!elf_section_load(&file, names[i], &bytes))
			look_at(&bytes);
	}
	if (!minidebug_load(&file, &image)) {
		struct elf_file mini;

		if (!elf_file_init_image(&mini, image.data, image.size))
			elf_file_deinit(&mini);
	}
	debug_link_read(&file, &link);
	debug_link_read_alternate(&file, &alternate);
	debug_file_restore_segments(&file);
	return 0;
}
