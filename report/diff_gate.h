/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A difference that `flametap gate` has judged. Two recordings alone cannot
 * tell what is significant; a gate, which has seen many runs, can: it says so
 * in comments, and then a function has grown or shrunk where the gate found
 * that, and nowhere else. A box that has vanished is shown as in any difference.
 *
 *   gate: verdict=FAIL alpha=0.01 pairs=8
 *   gated: change=slower|faster|renamed of=total|self name=NAME says=TEXT
 *
 * the latter for each function by itself or with what it calls that has changed
 * significantly, all functions looked at together, or whose name perhaps has:
 * then its boxes have not vanished. NAME as boxes have it; TEXT for people. Both escaped as the names of a difference are. The viewer
 * (viewer/gated.js) reads them, too.
 */
#ifndef FLAMETAP_REPORT_DIFF_GATE_H
#define FLAMETAP_REPORT_DIFF_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

struct profile;
struct diff_change;

struct diff_gated {
	const char *name, *says; /* for people, "" if that is not there */
	bool is_slower, is_renamed, is_total;
};

struct diff_gate {
	bool is_judged;
	char *verdict;
	double alpha; /* probability of a false FAIL; 0: not known */
	VEC(struct diff_gated) functions; /* by name and is_total */
	VEC(char *) texts;
};

/* 0 or -ENOMEM; deinit in any case. */
int diff_gate_init(struct diff_gate *gate, const struct profile *profile);
void diff_gate_deinit(struct diff_gate *gate);
/* What is known of a function; NULL: nothing has changed significantly. */
const struct diff_gated *diff_gate_find(const struct diff_gate *gate, const char *name,
					bool is_total);
/* Makes the verdict of a change that of the gate on this function; without a gate, leaves it. name
 * NULL: it is no function. */
void diff_gate_judge(const struct diff_gate *gate, const char *name, bool is_total,
		     struct diff_change *change);

/* Adds the comments to a difference. 0 or a negative errno. */
int diff_gate_add(struct profile *profile, const char *verdict, double alpha, size_t n_pairs);
int diff_gate_add_function(struct profile *profile, const struct diff_gated *function);

#endif
