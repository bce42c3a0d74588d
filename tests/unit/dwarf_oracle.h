/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libdw reads of a program's inlined functions and lines, by a walk over
 * all entries of all units: what the tests of the DWARF reader expect.
 */
#ifndef FLAMETAP_TESTS_DWARF_ORACLE_H
#define FLAMETAP_TESTS_DWARF_ORACLE_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/* Strings are libdw's, and live as long as the oracle. */
struct dwarf_oracle_frame {
	const char *name; /* linkage name, or the plain one */
	const char *file; /* NULL: not known */
	int line, start_line;
};

struct dwarf_oracle_answer {
	VEC(struct dwarf_oracle_frame) frames; /* innermost first */
};

struct dwarf_oracle_scope;

struct dwarf_oracle {
	uint64_t start; /* of .text */
	size_t n;	/* bytes of it */
	/* Its own. */
	int fd;
	Dwarf *dwarf;
	VEC(struct dwarf_oracle_scope) scopes;
	VEC(Dwarf_Die) units;
	uint32_t *owners, *unit_of; /* by byte of .text: number + 1 in the lists */
};

/* The test fails if libdw cannot read the file. */
void dwarf_oracle_init(struct dwarf_oracle *oracle, const char *path);
void dwarf_oracle_deinit(struct dwarf_oracle *oracle);
/* What is at a byte of .text. ret is zeroed before the first call, and vec_deinit()ed. */
void dwarf_oracle_answer(struct dwarf_oracle *oracle, size_t at, struct dwarf_oracle_answer *ret);

#endif
