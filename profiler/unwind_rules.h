/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distinct rules of all unwind tables, each under a number: states of
 * call-frame programs come in, numbers that rows are made of go out. Rules are
 * only ever added, so that what has been loaded into the kernel stays right,
 * and those from the last number loaded on are what is new.
 */
#ifndef FLAMETAP_PROFILER_UNWIND_RULES_H
#define FLAMETAP_PROFILER_UNWIND_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"
#include "bpf/unwind_table.h"
#include "profiler/cfi.h"

/* The rules without parameters have fixed numbers. */
enum {
	UNWIND_RULE_NONE,
	UNWIND_RULE_UNSUPPORTED,
	UNWIND_RULE_END,
	UNWIND_RULE_SIGNAL,
	UNWIND_N_FIXED_RULES,
};

struct unwind_rules {
	VEC(struct unwind_rule) rules; /* at most UNWIND_MAX_RULES */
	struct hashindex index;
	uint64_t n_overflow; /* states that found no room, each now UNWIND_RULE_UNSUPPORTED */
	uint32_t limit;
};

/* 0 or -ENOMEM. */
int unwind_rules_init(struct unwind_rules *rules);
void unwind_rules_deinit(struct unwind_rules *rules);

/* Gives the number of a rule, which is added if it is new. 0 or -ENOMEM. */
int unwind_rules_number(struct unwind_rules *rules, const struct unwind_rule *rule, uint16_t *ret);

/* Why a state is a rule without use, or one that loses a register. */
enum unwind_gap {
	UNWIND_GAP_PROGRAM, /* the program is not understood */
	UNWIND_GAP_CFA,     /* the CFA is another expression, or out of range */
	UNWIND_GAP_RA,      /* the return address is somewhere else */
	UNWIND_GAP_SP,      /* the caller's rsp is not the CFA, nor in a register */
	UNWIND_GAP_SIGNAL,  /* a signal frame that is not a struct rt_sigframe */
	UNWIND_GAP_FP,      /* rbp is lost, the rest is right */
	UNWIND_GAP_BX,      /* rbx is lost, the rest is right */
	UNWIND_N_GAPS,
};

/* Makes a rule of a state (NULL: none is known) and counts in gaps[UNWIND_N_GAPS] what cannot be
 * expressed. signal: of a signal frame. */
struct unwind_rule unwind_rule_make(const struct cfi_state *state, bool signal, uint64_t *gaps);

#endif
