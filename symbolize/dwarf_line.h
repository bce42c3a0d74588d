/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unit's line table (DWARF 2 to 5): the file and line of addresses, from one
 * run of its program, and the paths of files by number.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_LINE_H
#define FLAMETAP_SYMBOLIZE_DWARF_LINE_H

#include "base/strings.h"
#include "symbolize/dwarf_file.h"

struct dwarf_line {
	uint32_t file, line;
	enum { DWARF_LINE_NONE, DWARF_LINE_WEAK, DWARF_LINE_FOUND } state;
};

/* A file's name and the number of its directory. */
struct dwarf_line_file {
	struct dwarf_value name;
	uint64_t directory;
	const char *path; /* once asked for */
};

struct dwarf_line_table {
	const struct dwarf_unit *unit;
	struct dwarf_encoding encoding;
	uint8_t min_instruction, line_range, opcode_base;
	int8_t line_base;
	const unsigned char *operands; /* of standard opcodes, how many */
	struct dwarf_cursor program;
	VEC(struct dwarf_value) directories;
	VEC(struct dwarf_line_file) files;
	VEC(char) path; /* being made */
};

/* Reads the header. 0; -ENOENT: there is no table; -ENOMEM. Zero-initialize; may be called again
 * for another unit. */
int dwarf_line_table_read(struct dwarf_line_table *table, const struct dwarf_unit *unit);
void dwarf_line_table_deinit(struct dwarf_line_table *table);

/* Runs the program for ascending addresses; ret, as many and zeroed, are filled where it has
 * something. */
void dwarf_line_find(struct dwarf_line_table *table, const uint64_t *vaddrs, size_t n,
		     struct dwarf_line *ret);

/* A file's path, in strings; NULL if there is no such file. 0, -ENOMEM or -E2BIG. */
int dwarf_line_path(struct dwarf_line_table *table, uint64_t file, struct strings *strings,
		    const char **ret);

#endif
