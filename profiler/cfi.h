/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call-frame programs of DWARF (DWARF 5, 6.4.2), run for the registers
 * that stacks are unwound with: the programs of a CIE and of an FDE come in,
 * and for each run of addresses the state, where the CFA is and where the
 * caller's registers are, goes out.
 */
#ifndef FLAMETAP_PROFILER_CFI_H
#define FLAMETAP_PROFILER_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/unwind_table.h"
#include "symbolize/cfi_reader.h"

/* A value, as an expression gives it. */
enum cfi_form {
	CFI_REGISTER, /* register + offset */
	CFI_DEREF,    /* *(register + offset) + extra */
	CFI_INDEXED,  /* *(register + offset + 8 * index) + extra */
	CFI_PLT,      /* rsp + 8 + ((rip & 15) >= offset) * 8 */
	CFI_FROM_CFA, /* CFA + offset */
	CFI_OTHER,    /* everything else */
};

struct cfi_value {
	uint8_t form; /* enum cfi_form */
	uint8_t reg;
	uint8_t index; /* a register, too */
	int64_t offset, extra;
};

/* Where the caller's value of a register is. */
enum cfi_where {
	CFI_UNSAID,    /* no rule: the ABI says */
	CFI_SAME,
	CFI_UNDEFINED,
	CFI_AT,        /* in memory at the value */
	CFI_IS,        /* it is the value */
};

struct cfi_register {
	uint8_t where; /* enum cfi_where */
	struct cfi_value value;
};

enum { CFI_BX, CFI_FP, CFI_SP, CFI_RA, CFI_N_TRACKED };

struct cfi_state {
	struct cfi_value cfa;
	struct cfi_register registers[CFI_N_TRACKED];
};

/* The state holds from this address on; NULL: what holds cannot be told. 0 or a negative errno,
 * which ends the run. */
typedef int (*cfi_row_fn)(void *ctx, uint64_t address, const struct cfi_state *state);

/* Runs a CIE's program. False if it is not understood; its FDEs cannot be, then. */
bool cfi_run_cie(const struct cfi_cie *cie, struct cfi_state *ret);
/* Runs the program of an FDE whose CIE gave this state; addresses come in order, the first is
 * start. 0 or what row returned. */
int cfi_run_fde(const struct cfi_cie *cie, const struct cfi_state *initial,
		const struct cfi_fde *fde, cfi_row_fn row, void *ctx);

/* Recognizes an expression; what it is not, it calls CFI_OTHER. */
struct cfi_value cfi_expression(struct dwarf_cursor expression);

#endif
