/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ELF64 little-endian file, or an image of one in memory, of which nothing
 * is believed. Out come its headers and bounded reads; every size that the
 * file claims is checked against the size it has. Nothing is mapped: the
 * owner may truncate the file at any time, and then a read fails with -EIO.
 */
#ifndef FLAMETAP_SYMBOLIZE_ELF_FILE_H
#define FLAMETAP_SYMBOLIZE_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/* What is taken into memory at most; a file with more shows as one without. */
enum {
	ELF_MAX_SEGMENTS = 1 << 16, /* program headers, 3.5 MiB */
	ELF_MAX_SECTIONS = 1 << 17, /* section headers, 8 MiB */
	ELF_MAX_SECTION_NAMES = 8 << 20,
	ELF_MAX_STRINGS = 16 << 20, /* of a string table; from a larger one names are read singly */
	ELF_MAX_NAME = 64 << 10,    /* bytes of one symbol's name; the rest is cut off */
};

/* The part of an executable PT_LOAD that is in the file. */
struct elf_segment {
	uint64_t vaddr, offset, size;
};

struct elf_file {
	int fd; /* borrowed; -1 for an image */
	const unsigned char *image;
	uint64_t size;
	Elf64_Ehdr header;
	VEC(Elf64_Phdr) segments;
	VEC(Elf64_Shdr) sections; /* empty when the section headers are not to be had */
	char *section_names;
	size_t section_names_size;
	/* Sorted, without overlap: of two segments that claim the same bytes or addresses the
	 * one that begins first has them. */
	VEC(struct elf_segment) by_vaddr, by_offset;
};

/* 0; -ENOEXEC if it is no ELF64 little-endian file; -ENOMEM or an errno of fstat and pread. */
int elf_file_init(struct elf_file *file, int fd);
/* The image is borrowed. */
int elf_file_init_image(struct elf_file *file, const void *image, size_t size);
void elf_file_deinit(struct elf_file *file);

/* Reads exactly n bytes. 0; -EIO if they are not there; a negative errno. */
int elf_file_pread(const struct elf_file *file, uint64_t offset, void *to, size_t n);
/* The same into new memory (free), at most limit bytes: -E2BIG. Nothing is allocated for
 * bytes that the file does not have. */
int elf_file_read(const struct elf_file *file, uint64_t offset, uint64_t n, uint64_t limit,
		  unsigned char **ret);
/* NULL if there is none of that name, or it has no bytes in the file. */
const Elf64_Shdr *elf_file_section(const struct elf_file *file, const char *name);
/* A string table. Set .section and zero the rest. Many names being asked for, it is read as a
 * whole if it is no larger than ELF_MAX_STRINGS; until then each name is read on its own. */
struct elf_strings {
	const Elf64_Shdr *section;
	unsigned char *bytes;
	uint32_t n_reads;
};

struct elf_string {
	VEC(char) text;
};

void elf_strings_deinit(struct elf_strings *strings);
/* Reads the string at an index, NUL-terminated (ret->text.n is without the NUL). 0; -EIO;
 * -ENOMEM. */
int elf_strings_get(const struct elf_file *file, struct elf_strings *strings, uint32_t index,
		    struct elf_string *ret);

/* Between file offsets and virtual addresses, by the executable segments. */
bool elf_file_vaddr(const struct elf_file *file, uint64_t offset, uint64_t *ret);
bool elf_file_offset(const struct elf_file *file, uint64_t vaddr, uint64_t *ret);
/* The executable segment that an address is in. NULL: in none. */
const struct elf_segment *elf_file_segment(const struct elf_file *file, uint64_t vaddr);

#endif
