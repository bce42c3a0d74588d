/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict: runs, what is allowed, and how sure one wants to be come in; out
 * goes the result. Budgets arrive as the rows that they name, so that nothing
 * here knows of files or patterns. doc/gate.md has the rules.
 */
#ifndef FLAMETAP_GATE_VERDICT_H
#define FLAMETAP_GATE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/result.h"
#include "gate/runs.h"

#define GATE_ALPHA 0.01
#define GATE_DEFAULT_SEEN 0.1 /* without a budget: a PASS has to be able to see this much */
#define GATE_SUSPECT                                                                               \
	0.1 /* likewise, at the first of two looks: a p below this goes on to the second */
#define GATE_FIRST_SHARE 0.4 /* of alpha, at the first of two looks */
#define GATE_DEFAULT_LEAST                                                                         \
	0.005 /* without a budget: smaller changes of the program do not fail                      \
	       */

/* One entry of a budget, for functions. */
struct gate_limit {
	const char *name; /* as it was written */
	double limit;	  /* 0.05: 5 %; 0 or more */
	bool of_program;  /* of the program's cost; else of the function's own */
	double min_share; /* functions with less of the base's CPU time are left out; 0: none are */
	const uint32_t *rows; /* that it names */
	size_t n_rows;
};

/* All of it stays the caller's. */
struct gate_request {
	const struct gate_runs *runs;
	double alpha; /* probability of a false FAIL, all in all */
	/* Requests whose verdicts together are one (running and waiting): this one has its part of
	 * alpha. 0: 1. */
	size_t n_parts;
	/* The plan: with last_pairs > first_pairs there are two looks, and runs with fewer pairs
	 * than last_pairs stand at the first. Else one, at all pairs there are. */
	size_t first_pairs, last_pairs;
	bool has_total; /* the budget has a limit for the program */
	double total_limit;
	const char *total_reason; /* it is accepted that the total fails: why; or NULL */
	const struct gate_limit *limits;
	size_t n_limits;
	bool has_budget; /* false: the default rule, for the program and every function */
	const char *const *accepted; /* by row: why it may fail, or NULL; NULL: none may */
	uint64_t seed;
	size_t n_flips;	  /* 0: GATE_FLIPS */
	bool is_complete; /* no further pairs will come, whatever the plan says */
};

/* What alpha needs for functions: the fewest pairs at the first look at which it can be reached, see
 * doc/gate.md. with_program: the program is judged, too. 0: no number of pairs is enough. */
size_t gate_verdict_least_pairs(double alpha, bool two_looks, bool with_program);

/*
 * Decides. *ret is filled apart from facts, differences, new_functions, vanished, renames and
 * offcpu; the caller inits it before and deinits it in any case. 0 when there is a verdict,
 * GATE_INVALID with its cause among them (alpha out of reach, runs without CPU time); -ENOMEM.
 */
int gate_verdict_decide(const struct gate_request *request, struct gate_result *ret);

#endif
