/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the caller's registers are, told twice: by libdw's interpretation of
 * call-frame information, whose expressions are evaluated here, and by a rule
 * of an unwind table. Registers and memory are arbitrary, so that two ways
 * that only look alike give different values.
 */
#ifndef FLAMETAP_TESTS_UNWIND_ORACLE_H
#define FLAMETAP_TESTS_UNWIND_ORACLE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "profiler/unwind_table.h"

/* A register file; memory is a function of the address. */
struct oracle_machine {
	uint64_t registers[DWARF_N_REGISTERS]; /* that of RA is rip */
	uint64_t seed;
};

struct oracle_caller {
	bool known; /* the rest is: there is a rule and it can be expressed */
	bool end;   /* there is no caller */
	bool has_fp, has_bx;
	uint64_t sp, ra, fp, bx;
};

void oracle_machine_init(struct oracle_machine *machine, uint64_t pc, uint64_t seed);
uint64_t oracle_memory(const struct oracle_machine *machine, uint64_t address);
/* What the frame of libdw says. */
struct oracle_caller oracle_libdw(Dwarf_Frame *frame, const struct oracle_machine *machine);
/* What the rule says. */
struct oracle_caller oracle_rule(const struct unwind_rule *rule,
				 const struct oracle_machine *machine);

#endif
