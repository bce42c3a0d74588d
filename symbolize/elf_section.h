/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of one section of an ELF file, as they were before whoever made
 * the file compressed them. Nothing that the file says is believed: sizes are
 * checked against what is there, and a section that claims to expand beyond
 * reason is refused.
 */
#ifndef FLAMETAP_SYMBOLIZE_ELF_SECTION_H
#define FLAMETAP_SYMBOLIZE_ELF_SECTION_H

#include <stddef.h>

#include "symbolize/elf_file.h"

/*
 * Where the bytes are: in the file's image, on the heap (what is small), in a
 * mapping of the ELF file, or in one of an unlinked temporary file (what was
 * compressed and is large). Of a mapped ELF file the owner can change bytes and
 * cut off the end while it is read (they become zeros): read a value once, then
 * check it.
 */
struct section_bytes {
	const unsigned char *data; /* NULL if size is 0 */
	size_t size;
	enum { SECTION_BORROWED, SECTION_HEAP, SECTION_MAPPED } place;
};

/* Also finds ".zdebug_x" for ".debug_x". 0; -ENOENT: no such section; -E2BIG: larger than it
 * may be (elf_inflate.h); -EIO: it is not all there, or damaged; -ENOTSUP: compressed in an
 * unknown way; -ENOSPC; -ENOMEM; another negative errno. *ret is filled with 0 only. */
int elf_section_load(const struct elf_file *file, const char *name, struct section_bytes *ret);
/* The same for a section that the caller has found. */
int elf_section_load_header(const struct elf_file *file, const Elf64_Shdr *section,
			    struct section_bytes *ret);
/* Empties it. Also of a zeroed one. */
void elf_section_unload(struct section_bytes *bytes);
/* Tells that n bytes from an offset on will hardly be wanted again: memory of mapped ones is
 * given back. They stay readable. */
void elf_section_drop(const struct section_bytes *bytes, size_t offset, size_t n);

#endif
