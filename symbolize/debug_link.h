/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ELF file says of the file that has its debug information:
 * .gnu_debuglink (a name and a CRC-32), and .gnu_debugaltlink, which dwz
 * writes (a path and a build-id).
 */
#ifndef FLAMETAP_SYMBOLIZE_DEBUG_LINK_H
#define FLAMETAP_SYMBOLIZE_DEBUG_LINK_H

#include "symbolize/elf_file.h"

#define DEBUG_LINK_MAX_CRC (UINT64_C(4) << 30)

struct debug_link {
	char name[256]; /* of a file, without a directory */
	uint32_t crc;
};

struct debug_alternate_link {
	char path[4096];
	uint8_t build_id[64];
	size_t build_id_size;
};

/* 0; -ENOENT: there is none; -EIO: it is damaged; -ENOMEM; another negative errno. */
int debug_link_read(const struct elf_file *file, struct debug_link *ret);
int debug_link_read_alternate(const struct elf_file *file, struct debug_alternate_link *ret);
/* The CRC-32 of all bytes of a file. 0; -E2BIG: it has more than DEBUG_LINK_MAX_CRC, and reading
 * them would take minutes; a negative errno. */
int debug_link_crc(const struct elf_file *file, uint32_t *ret);

#endif
