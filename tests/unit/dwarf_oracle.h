/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libdw reads of a program's inlined functions and lines, by a walk over
 * all entries of all units: what the tests of the DWARF reader expect.
 */
#ifndef FLAMETAP_TESTS_DWARF_ORACLE_H
#define FLAMETAP_TESTS_DWARF_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct dwarf_oracle_frame {
	char *name; /* linkage name, or the plain one */
	char *file; /* NULL: not known */
	int line, start_line;
};

struct dwarf_oracle_answer {
	VEC(struct dwarf_oracle_frame) frames; /* innermost first */
};

struct dwarf_oracle {
	uint64_t start; /* of .text */
	size_t n;	/* bytes of it, an answer for each */
	struct dwarf_oracle_answer *answers;
};

/* The test fails if libdw cannot read the file. */
void dwarf_oracle_init(struct dwarf_oracle *oracle, const char *path);
void dwarf_oracle_deinit(struct dwarf_oracle *oracle);

#endif
