/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A budget and the rows of runs come in; out goes what the verdict asks for:
 * which rows each entry names, and which may fail. Entries for functions name
 * totals, what a function costs with all that it calls; what is accepted,
 * functions' own cost, too.
 */
#ifndef FLAMETAP_GATE_ALLOWED_H
#define FLAMETAP_GATE_ALLOWED_H

#include <stdint.h>

#include "base/vec.h"
#include "gate/budget.h"
#include "gate/verdict.h"

/* Zeroed: nothing is said. Names and reasons are borrowed from the budget. */
struct gate_allowed {
	VEC(struct gate_limit) limits;
	VEC(uint32_t *) rows;	/* of limits */
	const char **accepted;	/* by row: why, or NULL */
	const char *total_reason;
};

/* What has expired on budget->today or names nothing becomes a note of the result. 0; -EINVAL: an
 * expression took too long, budget->match_error says so; -ENOMEM. Deinit in any case. */
int gate_allowed_init(struct gate_allowed *allowed, struct gate_budget *budget,
		      const struct gate_runs *runs, struct gate_result *result);
void gate_allowed_deinit(struct gate_allowed *allowed);

/* For gate_gather_finish, with the budget as ctx: whether an entry for functions names it,
 * or one that accepts, today: a function that is new has no row otherwise. */
bool gate_allowed_wanted(void *budget, const char *name);

#endif
