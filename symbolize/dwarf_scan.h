/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the entries of a unit, for all addresses of interest in it:
 * which function each is in, and what was inlined there.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_SCAN_H
#define FLAMETAP_SYMBOLIZE_DWARF_SCAN_H

#include "symbolize/dwarf_file.h"
#include "symbolize/dwarf_outline.h"
#include "symbolize/dwarf_ranges.h"

/* A function's code, or the code of one that was inlined into its parent. */
struct dwarf_scope {
	struct dwarf_file *file; /* of the entry that has the name */
	uint64_t entry;
	uint64_t start; /* of the first range */
	uint32_t parent; /* number + 1 in the list; 0: none */
	uint32_t call_file, call_line;
	bool is_inlined;
};

struct dwarf_scan {
	const struct dwarf_unit *unit;
	const uint64_t *vaddrs; /* ascending */
	uint32_t *owners;	/* out, as many: number + 1 of the innermost scope; 0: none */
	size_t n;
	VEC(struct dwarf_scope) scopes; /* out */
	VEC(uint64_t) levels;		/* scratch, of parents of the entry at hand */
	struct dwarf_ranges ranges;	/* scratch */
	struct dwarf_outline_draft *draft; /* borrowed; NULL: nothing is noted */
};

/* Zero-initialize; unit, vaddrs, owners (zeros) and n are set for each unit. Where entries are
 * damaged it ends, and what was found until there counts. 0 or -ENOMEM. */
int dwarf_scan_unit(struct dwarf_scan *scan);
/* The same for one function's entry, an offset in .debug_info: its scopes come after those that are
 * there. Nothing is noted. */
int dwarf_scan_function(struct dwarf_scan *scan, uint64_t entry);
void dwarf_scan_deinit(struct dwarf_scan *scan);

#endif
