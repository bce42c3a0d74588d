// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unpacks .gnu_debugdata, within the bounds on what may come out of a section.
 */
#include "symbolize/minidebug.h"

#include <errno.h>

#include "symbolize/elf_inflate.h"

int minidebug_load(const struct elf_file *file, struct section_bytes *ret)
{
	const Elf64_Shdr *section = elf_file_section(file, ".gnu_debugdata");
	struct elf_inflate inflate = {
		.file = file,
		.method = INFLATE_XZ,
		.limit = MINIDEBUG_MAX,
	};

	if (!section)
		return -ENOENT;
	inflate.offset = section->sh_offset;
	inflate.size = section->sh_size;
	return elf_inflate(&inflate, ret);
}
