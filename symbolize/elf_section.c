// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small sections are read, large ones mapped: of the 164 MB of .debug_info that
 * a kernel has, one address needs a few pages. What was compressed has to be
 * taken apart as a whole, and goes to a file of its own if it is large.
 */
#include "symbolize/elf_section.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf_inflate.h"
#include "symbolize/file_map.h"

/* One page of a mapping costs as much as a copy of this size, and all of it hardly more. */
enum { WORTH_MAPPING = 128 << 10, ZDEBUG_HEADER = 12 };

static int load_plain(const struct elf_file *file, uint64_t offset, uint64_t size,
		      struct section_bytes *ret)
{
	struct section_bytes bytes = { .size = size };
	unsigned char *copy;
	int err;

	if (offset > file->size || size > file->size - offset)
		return -EIO;
	if (!size)
		goto out;
	if (file->image) {
		bytes.data = file->image + offset;
		goto out;
	}
	if (size >= WORTH_MAPPING && !file_map(file->fd, offset, size, &bytes.data)) {
		bytes.place = SECTION_MAPPED;
		goto out;
	}
	err = elf_file_read(file, offset, size, ELF_INFLATE_MAX, &copy);
	if (err)
		return err;
	bytes.data = copy;
	bytes.place = SECTION_HEAP;
out:
	*ret = bytes;
	return 0;
}

static int load_compressed(const struct elf_file *file, const Elf64_Shdr *section,
			   struct section_bytes *ret)
{
	struct elf_inflate inflate = { .file = file, .exact = true };
	Elf64_Chdr header;
	int err;

	if (section->sh_size < sizeof(header))
		return -EIO;
	err = elf_file_pread(file, section->sh_offset, &header, sizeof(header));
	if (err)
		return err;
	if (header.ch_type == ELFCOMPRESS_ZLIB)
		inflate.method = INFLATE_ZLIB;
	else if (header.ch_type == 2) /* ELFCOMPRESS_ZSTD, younger than many an elf.h */
		inflate.method = INFLATE_ZSTD;
	else
		return -ENOTSUP;
	inflate.offset = section->sh_offset + sizeof(header);
	inflate.size = section->sh_size - sizeof(header);
	inflate.limit = header.ch_size;
	return elf_inflate(&inflate, ret);
}

/* "ZLIB", then the size with the highest byte first. */
static int load_zdebug(const struct elf_file *file, const Elf64_Shdr *section,
		       struct section_bytes *ret)
{
	struct elf_inflate inflate = { .file = file, .method = INFLATE_ZLIB, .exact = true };
	unsigned char header[ZDEBUG_HEADER];
	int err;

	if (section->sh_size < sizeof(header))
		return -EIO;
	err = elf_file_pread(file, section->sh_offset, header, sizeof(header));
	if (err)
		return err;
	if (memcmp(header, "ZLIB", 4))
		return -ENOTSUP;
	for (size_t i = 4; i < sizeof(header); i++)
		inflate.limit = inflate.limit << 8 | header[i];
	inflate.offset = section->sh_offset + sizeof(header);
	inflate.size = section->sh_size - sizeof(header);
	return elf_inflate(&inflate, ret);
}

int elf_section_load_header(const struct elf_file *file, const Elf64_Shdr *section,
			    struct section_bytes *ret)
{
	if (section->sh_type == SHT_NOBITS || section->sh_type == SHT_NULL)
		return -ENOENT;
	if (section->sh_flags & SHF_COMPRESSED)
		return load_compressed(file, section, ret);
	return load_plain(file, section->sh_offset, section->sh_size, ret);
}

int elf_section_load(const struct elf_file *file, const char *name, struct section_bytes *ret)
{
	const Elf64_Shdr *section = elf_file_section(file, name);
	char old_name[64];

	if (section)
		return elf_section_load_header(file, section, ret);
	if (strncmp(name, ".debug_", 7) || strlen(name) + 2 > sizeof(old_name))
		return -ENOENT;
	snprintf(old_name, sizeof(old_name), ".z%s", name + 1);
	section = elf_file_section(file, old_name);
	return section ? load_zdebug(file, section, ret) : -ENOENT;
}

void elf_section_unload(struct section_bytes *bytes)
{
	if (bytes->place == SECTION_HEAP)
		free((void *)bytes->data);
	else if (bytes->place == SECTION_MAPPED)
		file_map_release(bytes->data, bytes->size);
	*bytes = (struct section_bytes){};
}

void elf_section_drop(const struct section_bytes *bytes, size_t offset, size_t n)
{
	if (bytes->place != SECTION_MAPPED || offset >= bytes->size)
		return;
	if (n > bytes->size - offset)
		n = bytes->size - offset;
	file_map_drop(bytes->data + offset, n);
}
