/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in the debug information of a unit to begin for an address: which
 * entry is the function's, and from where on its line program is to be run.
 * Made while a unit is gone through for other addresses, and kept with the
 * answers (name_cache_entry.h), so that the next address of that unit costs what
 * its function has and not what the unit has.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_OUTLINE_H
#define FLAMETAP_SYMBOLIZE_DWARF_OUTLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"

enum {
	/* Of one module, bytes; units that come later are gone through each time. */
	DWARF_OUTLINE_MAX = 8 << 20,
	DWARF_OUTLINE_EVERY = 256, /* rows of a line program between two that are kept */
};

/* Of all functions that are not in another one, and those in them, by address. */
struct dwarf_outline_function {
	uint64_t start;
	uint32_t size;
	uint32_t entry; /* from the unit's offset on; 0: several functions have this code */
};

/* The state of a line program behind one of its rows. */
struct dwarf_outline_row {
	uint64_t address;
	uint32_t size;	  /* addresses up to the next one that is kept, or to the sequence's end */
	uint32_t program; /* from the first opcode on */
	uint32_t file, line;
};

struct dwarf_outline_unit {
	uint64_t offset; /* in .debug_info */
	uint32_t first_function, n_functions;
	uint32_t first_row, n_rows; /* none: the program has to be run from its start */
};

/* Zero-initialize. */
struct dwarf_outline {
	VEC(struct dwarf_outline_unit) units;
	VEC(struct dwarf_outline_function) functions;
	VEC(struct dwarf_outline_row) rows;
	struct idmap by_offset;
};

/* What is noted while a unit is gone through, in any order. Zero-initialize. */
struct dwarf_outline_draft {
	VEC(struct dwarf_outline_function) functions;
	VEC(struct dwarf_outline_row) rows;
	bool no_functions, no_rows; /* it cannot be told in this form */
};

void dwarf_outline_deinit(struct dwarf_outline *outline);
void dwarf_outline_draft_deinit(struct dwarf_outline_draft *draft);
void dwarf_outline_draft_clear(struct dwarf_outline_draft *draft);

/* Notes that an entry has the code from start up to end. 0 or -ENOMEM. */
int dwarf_outline_draft_function(struct dwarf_outline_draft *draft, uint64_t start, uint64_t end,
				 uint64_t entry);
/* Takes what was noted of a unit, unless that is not all or would be too much. 0 or -ENOMEM. */
int dwarf_outline_add(struct dwarf_outline *outline, uint64_t unit_offset,
		      struct dwarf_outline_draft *draft);
/* The same of all units that were kept. */
int dwarf_outline_load(struct dwarf_outline *outline, const struct dwarf_outline_unit *units,
		       size_t n_units, const struct dwarf_outline_function *functions,
		       size_t n_functions, const struct dwarf_outline_row *rows, size_t n_rows);

/* NULL: there is none; so in the next. Good until one is added. */
const struct dwarf_outline_unit *dwarf_outline_find(const struct dwarf_outline *outline,
						    uint64_t unit_offset);
const struct dwarf_outline_function *
dwarf_outline_function(const struct dwarf_outline *outline, const struct dwarf_outline_unit *unit,
		       uint64_t vaddr);
const struct dwarf_outline_row *dwarf_outline_row(const struct dwarf_outline *outline,
						  const struct dwarf_outline_unit *unit,
						  uint64_t vaddr);

#endif
