/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles of runs come in, one after the other, and may go again; out goes a
 * struct gate_runs: how many samples of each run had which function, and the
 * call tree of both sides. Memory grows with the number of functions that the
 * runs have, not with their samples.
 */
#ifndef FLAMETAP_GATE_GATHER_H
#define FLAMETAP_GATE_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/runs.h"

struct gate_gather;
struct profile;

/* Which samples are looked at. */
enum gate_measure {
	GATE_RUNNING, /* all that are no waits */
	GATE_WAITING, /* waits that are not idle, by the time that they took */
};

/* Where the cost of a run comes from when the caller does not know it. */
struct gate_cost {
	const char *type, *unit; /* of the profile's value: "cpu", "nanoseconds"; borrowed from it */
	bool is_time;		 /* else cpu_ns is a number of the unit, times a million */
	double ns;		 /* its sum */
	double n_samples;	 /* of what is counted as X and N */
};

/* What the profile itself says of a run. Sums only: it costs one walk over the samples. */
void gate_cost_of(const struct profile *profile, enum gate_measure measure, struct gate_cost *ret);

int gate_gather_create(size_t n_pairs, enum gate_measure measure, struct gate_gather **ret);
void gate_gather_destroy(struct gate_gather *gather);

/*
 * Adds the finished profile of a run, and what is known of it: cpu_ns 0 means
 * that the profile's own cost is taken; n_samples, whole and unknown come from
 * the profile in any case. profile NULL: the run has only its time. Each pair
 * and side once. 0, -ENOMEM, -E2BIG.
 */
int gate_gather_add(struct gate_gather *gather, enum gate_side side, size_t pair,
		    const struct gate_run *run, const struct profile *profile);

/* Whether a function is wanted however few samples it has. */
typedef bool (*gate_gather_wanted)(void *ctx, const char *name);

/*
 * Matches the functions of both sides and makes *ret, which the caller deinits
 * in any case. Its rows are the functions that are on both sides and have
 * GATE_LEAST_SAMPLES samples and a share of them near GATE_LEAST_SHARE or more,
 * whichever side has them; and those that are wanted. Those without a name are
 * never rows. Where a function has no samples but its own, self and total are
 * one row, the total.
 * 0, -ENOMEM, -E2BIG.
 */
int gate_gather_finish(struct gate_gather *gather, gate_gather_wanted wanted, void *ctx,
		       struct gate_runs *ret);

#endif
