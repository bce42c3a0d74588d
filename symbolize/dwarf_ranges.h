/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses that an entry is about: from DW_AT_low_pc and DW_AT_high_pc,
 * or from a list in .debug_ranges (DWARF 2 to 4) or .debug_rnglists.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_RANGES_H
#define FLAMETAP_SYMBOLIZE_DWARF_RANGES_H

#include "symbolize/dwarf_file.h"

/* Of one entry, and of all units: what is beyond is left out. Chromium has a million or two. */
enum { DWARF_MAX_RANGES = 1 << 22 };

struct dwarf_range {
	uint64_t start, end;
};

struct dwarf_ranges {
	VEC(struct dwarf_range) list;
};

/* Appends what the three attributes say, those without code left out; values of no class for
 * attributes that are not there. A list that is damaged ends there. 0 or -ENOMEM. */
int dwarf_ranges_add(const struct dwarf_unit *unit, const struct dwarf_value *low,
		     const struct dwarf_value *high, const struct dwarf_value *ranges,
		     struct dwarf_ranges *ret);

#endif
