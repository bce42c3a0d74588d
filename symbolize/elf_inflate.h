/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A compressed piece of an ELF file in, read bit by bit; what it was before
 * out, on the heap if it is small and else in an unlinked temporary file that
 * is mapped, so that it can leave memory. Bounded in total, by what the
 * compressed bytes justify, and by the room there is.
 */
#ifndef FLAMETAP_SYMBOLIZE_ELF_INFLATE_H
#define FLAMETAP_SYMBOLIZE_ELF_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/elf_section.h"

#define ELF_INFLATE_MAX (UINT64_C(4) << 30)

enum {
	/* Far more than debug information shrinks by. Tables of one and the same number shrink more,
	 * but they are small: the first part of what comes out needs no justification. */
	ELF_INFLATE_RATIO = 64,
	ELF_INFLATE_FREE = 4 << 20,
	ELF_INFLATE_ON_HEAP = 1 << 20,
};

enum inflate_method { INFLATE_ZLIB, INFLATE_ZSTD, INFLATE_XZ };

struct elf_inflate {
	const struct elf_file *file;
	enum inflate_method method;
	uint64_t offset, size; /* in the file */
	uint64_t limit;        /* bytes that may come out */
	bool exact;            /* that have to come out */
};

/* 0; -E2BIG: more comes out than is allowed; -EIO: damaged, not all there, not the exact size;
 * -ENOSPC: no room for it in a temporary file; -ENOMEM (also of a decoder that wants more memory
 * than is sensible); another negative errno. */
int elf_inflate(const struct elf_inflate *inflate, struct section_bytes *ret);

#endif
