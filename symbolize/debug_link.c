// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes the two sections apart. The CRC stands behind the name, on a multiple
 * of four; the build-id of an alternate file follows its path at once.
 */
#include "symbolize/debug_link.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "base/guard.h"

enum { READ_AT_ONCE = 256 << 10 };

static int read_section(const struct elf_file *file, const char *name, size_t most,
			unsigned char **ret, size_t *ret_size)
{
	const Elf64_Shdr *section = elf_file_section(file, name);

	if (!section)
		return -ENOENT;
	*ret_size = section->sh_size;
	return elf_file_read(file, section->sh_offset, section->sh_size, most, ret);
}

int debug_link_read(const struct elf_file *file, struct debug_link *ret)
{
	guard_free unsigned char *bytes = NULL;
	size_t size, length, at;
	int err = read_section(file, ".gnu_debuglink", sizeof(ret->name) + 8, &bytes, &size);

	if (err)
		return err;
	length = strnlen((const char *)bytes, size);
	at = (length + 4) & ~(size_t)3;
	if (!length || length >= sizeof(ret->name) || at + 4 > size)
		return -EIO;
	/* It is looked for in directories of our choice. */
	if (memchr(bytes, '/', length) || !strcmp((const char *)bytes, ".."))
		return -EIO;
	memcpy(ret->name, bytes, length + 1);
	memcpy(&ret->crc, bytes + at, 4);
	return 0;
}

int debug_link_read_alternate(const struct elf_file *file, struct debug_alternate_link *ret)
{
	guard_free unsigned char *bytes = NULL;
	size_t size, length;
	int err = read_section(file, ".gnu_debugaltlink",
			       sizeof(ret->path) + sizeof(ret->build_id), &bytes, &size);

	if (err)
		return err;
	length = strnlen((const char *)bytes, size);
	if (!length || length >= sizeof(ret->path) || length + 1 >= size ||
	    size - length - 1 > sizeof(ret->build_id))
		return -EIO;
	memcpy(ret->path, bytes, length + 1);
	ret->build_id_size = size - length - 1;
	memcpy(ret->build_id, bytes + length + 1, ret->build_id_size);
	return 0;
}

int debug_link_crc(const struct elf_file *file, uint32_t *ret)
{
	guard_free unsigned char *bytes = NULL;
	uLong crc = crc32(0, NULL, 0);

	if (file->size > DEBUG_LINK_MAX_CRC)
		return -E2BIG;
	bytes = malloc(READ_AT_ONCE);
	if (!bytes)
		return -ENOMEM;
	for (uint64_t at = 0; at < file->size; at += READ_AT_ONCE) {
		size_t n = file->size - at < READ_AT_ONCE ? file->size - at : READ_AT_ONCE;
		int err = elf_file_pread(file, at, bytes, n);

		if (err)
			return err;
		crc = crc32(crc, bytes, n);
	}
	*ret = crc;
	return 0;
}
