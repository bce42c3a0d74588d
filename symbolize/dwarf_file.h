/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debug information of one ELF file: its sections, and its units with what
 * their first entries say. Nothing of it is believed; offsets, indices and
 * lengths are checked where they are used, and work that could be asked for
 * again and again is bounded in total.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_FILE_H
#define FLAMETAP_SYMBOLIZE_DWARF_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"
#include "symbolize/dwarf_abbrev.h"
#include "symbolize/dwarf_form.h"
#include "symbolize/elf_section.h"

enum dwarf_section {
	DWARF_INFO,
	DWARF_ABBREV,
	DWARF_STR,
	DWARF_LINE,
	DWARF_LINE_STR,
	DWARF_RANGES,
	DWARF_RNGLISTS,
	DWARF_ADDR,
	DWARF_STR_OFFSETS,
	DWARF_N_SECTIONS,
};

enum {
	/* Chromium has 60,000. */
	DWARF_MAX_UNITS = 1 << 18,
	DWARF_ABBREV_TABLES = 256,
	/* Abbreviations and attributes of all tables that are kept; 20 MB. */
	DWARF_ABBREVS_KEPT = 1 << 20,
};

/* What may be looked at more often than it is there (range lists, line programs, chains of
 * references): steps in all, besides some for each byte of the sections. */
#define DWARF_MAX_WORK (UINT64_C(1) << 25)

struct dwarf_file;

/* A unit of code: type units are not among them. */
struct dwarf_unit {
	struct dwarf_file *file;
	/* Of a split unit the one that stands for it in the program's own file: it has the
	 * addresses and the lines. */
	const struct dwarf_unit *skeleton;
	uint64_t offset, end, die; /* in .debug_info: header, end, first entry */
	uint64_t abbrev_offset;
	struct dwarf_encoding encoding;
	uint8_t type; /* enum dwarf_unit_type */

	/* From its first entry. */
	bool has_lines, has_dwo_id, is_compile_unit;
	uint64_t lines; /* in .debug_line */
	uint64_t dwo_id;
	uint64_t str_offsets_base, addr_base, rnglists_base, ranges_base;
	struct dwarf_value low_pc, high_pc, ranges;
	struct dwarf_value comp_dir, dwo_name;
};

/* A function as its entries describe it. */
struct dwarf_function {
	const char *name;	 /* demangled; NULL: none */
	const char *system_name; /* linkage name, or the plain one */
	uint32_t line;		 /* of its declaration */
};

struct dwarf_file {
	struct section_bytes sections[DWARF_N_SECTIONS];
	VEC(struct dwarf_unit) units; /* by offset */
	struct dwarf_abbrevs *abbrevs[DWARF_ABBREV_TABLES];
	size_t n_abbrevs; /* and attributes in them */
	struct dwarf_file *alternate; /* borrowed; NULL: there is none, or not known */
	bool is_dwo;
	bool zero_is_code; /* else code at address 0 is what a linker has thrown away */
	uint64_t work;	   /* left of what one batch of addresses may cost */
	/* Functions asked for, by the offset of an entry. */
	struct idmap function_numbers;
	VEC(struct dwarf_function) functions;
};

/* Loads what sections there are and reads the units. A dwo has its sections under names that end
 * in ".dwo". 0; -ENOENT: there is no debug information; another negative errno. */
int dwarf_file_init(struct dwarf_file *file, const struct elf_file *elf, bool is_dwo);
/* The same of a split unit, from pieces of sections that the caller keeps. */
int dwarf_file_init_pieces(struct dwarf_file *file, const struct section_bytes *pieces);
/* All the sections that there are, each to be unloaded. 0 or -ENOMEM. */
int dwarf_file_load_sections(const struct elf_file *elf, bool is_dwo, struct section_bytes *ret);
/* Of one that was initialized, or zeroed. */
void dwarf_file_deinit(struct dwarf_file *file);

/* At most n bytes from an offset of a section on; a failed cursor if it begins outside. */
struct dwarf_cursor dwarf_file_cursor(const struct dwarf_file *file, enum dwarf_section section,
				      uint64_t offset, uint64_t n);
/* The unit that an offset of .debug_info is in. NULL: none. */
const struct dwarf_unit *dwarf_file_unit(const struct dwarf_file *file, uint64_t offset);
/* Gives back what earlier batches have taken. */
void dwarf_file_renew_work(struct dwarf_file *file);
/* Takes steps from what may be done; false when none are left. */
static inline bool dwarf_file_work(struct dwarf_file *file, uint64_t n)
{
	bool enough = n <= file->work;

	file->work = enough ? file->work - n : 0;
	return enough;
}

/* The unit's abbreviations; good until those of another unit are asked for. NULL without memory,
 * or when no work is left. */
const struct dwarf_abbrevs *dwarf_unit_abbrevs(const struct dwarf_unit *unit);
/* What an attribute's value means. False if it is none of the kind, or not to be had. */
bool dwarf_unit_address(const struct dwarf_unit *unit, const struct dwarf_value *value,
			uint64_t *ret);
bool dwarf_unit_string(const struct dwarf_unit *unit, const struct dwarf_value *value,
		       const char **ret, size_t *ret_n);
/* Of a line table there is no more than this. */
bool dwarf_file_string(const struct dwarf_file *file, const struct dwarf_value *value,
		       const char **ret, size_t *ret_n);
/* The entry that a value refers to: its file and offset. */
bool dwarf_unit_reference(const struct dwarf_unit *unit, const struct dwarf_value *value,
			  struct dwarf_file **ret_file, uint64_t *ret);

#endif
