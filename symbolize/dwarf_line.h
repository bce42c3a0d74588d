/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unit's line table (DWARF 2 to 5): the file and line of addresses, from one
 * run of its program, and the paths of files by number.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_LINE_H
#define FLAMETAP_SYMBOLIZE_DWARF_LINE_H

#include "base/strings.h"
#include "symbolize/dwarf_file.h"
#include "symbolize/dwarf_outline.h"

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
 * something. Where a draft is given, rows to begin with later are noted. 0 or -ENOMEM. */
int dwarf_line_find(struct dwarf_line_table *table, const uint64_t *vaddrs, size_t n,
		    struct dwarf_line *ret, struct dwarf_outline_draft *draft);
/* The same from the rows that were noted on. False: there is none for some of the addresses, and
 * the program has to be run for these, with what was filled as it is. */
bool dwarf_line_find_outlined(struct dwarf_line_table *table, const struct dwarf_outline *outline,
			      const struct dwarf_outline_unit *unit, const uint64_t *vaddrs,
			      size_t n, struct dwarf_line *ret);

/* A file's path, in strings; NULL if there is no such file. 0, -ENOMEM or -E2BIG. */
int dwarf_line_path(struct dwarf_line_table *table, uint64_t file, struct strings *strings,
		    const char **ret);

#endif
