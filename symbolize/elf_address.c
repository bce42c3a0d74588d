// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual addresses of an ELF file come in, its file offsets go out, by the
 * file's program headers; and where its sections are.
 */
#include "symbolize/elf_address.h"

#include <errno.h>

#include "base/guard.h"
#include "symbolize/debug_file.h"
#include "symbolize/elf_file.h"

int elf_address_to_offsets(int fd, uint64_t *addresses, size_t n)
{
	guard(elf_file_deinit) struct elf_file file;
	int err = elf_file_init(&file, fd);

	/* The places that a debug file's code had in the module, as the symbolizer sees them. */
	if (!err)
		err = debug_file_restore_segments(&file);
	for (size_t i = 0; i < n && !err; i++)
		if (!elf_file_offset(&file, addresses[i], &addresses[i]))
			addresses[i] = UINT64_MAX;
	return err;
}

int elf_address_of_section(int fd, const char *name, uint64_t *ret_address, uint64_t *ret_size)
{
	guard(elf_file_deinit) struct elf_file file;
	int err = elf_file_init(&file, fd);
	const Elf64_Shdr *section = err ? NULL : elf_file_section(&file, name);

	if (!section)
		return err ? err : -ENOENT;
	*ret_address = section->sh_addr;
	*ret_size = section->sh_size;
	return 0;
}
