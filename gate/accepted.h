/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody accepts that functions got slower, with what they call; then so did
 * their callers and the program. The call tree comes in, out goes how much of
 * a row's change, or of the program's, is of stacks that have such a function.
 */
#ifndef FLAMETAP_GATE_ACCEPTED_H
#define FLAMETAP_GATE_ACCEPTED_H

#include <stdbool.h>
#include <stddef.h>

#include "gate/maxt.h"
#include "gate/runs.h"

/* Zeroed: nothing is accepted. */
struct gate_accepted {
	const struct gate_runs *runs;
	bool *is_covered;  /* by node of the tree: an accepted function is on its stack */
	double program_ns; /* change of all these stacks, of an operation; 0 or more */
	const char
		*reason; /* for the largest of the functions; borrowed; NULL: nothing got slower */
};

/* reasons: by row, NULL where it is not accepted. 0 or -ENOMEM; deinit in any case. */
int gate_accepted_init(struct gate_accepted *ret, const struct gate_runs *runs,
		       const struct gate_maxt *maxt, const char *const *reasons);
void gate_accepted_deinit(struct gate_accepted *accepted);

/* Of a row's change, likewise: 0 or more. */
double gate_accepted_of(const struct gate_accepted *accepted, size_t row);

#endif
