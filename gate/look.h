/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at the runs: both tests, at the levels that the plan has for it. The
 * plan is made from alpha and from who is judged; verdict.h and doc/gate.md say
 * how.
 */
#ifndef FLAMETAP_GATE_LOOK_H
#define FLAMETAP_GATE_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "gate/maxt.h"
#include "gate/program.h"
#include "gate/verdict.h"

struct look {
	size_t n_pairs;
	double fail;	 /* p of a FAIL */
	double confirm;	 /* p that confirms a FAIL of the look before; 0: there was none */
	double interval; /* each limit is wrong with this probability */
	bool is_last;	 /* there will be no other */
	bool has_functions;
	struct gate_program_test program;
	struct gate_maxt maxt;
	bool *candidates;
};

struct look_plan {
	struct look looks[2];
	size_t n_looks;	 /* that the pairs are enough for; 0: too few for the first */
	bool more_pairs; /* the plan goes on after them */
	bool judges_program, judges_functions;
};

/* Of alpha, for the program and for functions each: what a FAIL of one look may cost. */
double look_plan_share(const struct gate_request *request);
/* Numbers alone: no look is tested yet. */
void look_plan_make(struct look_plan *plan, const struct gate_request *request);
void look_plan_deinit(struct look_plan *plan);
/* 0; -EINVAL when a run has no CPU time, operations or samples; -ENOMEM. */
int look_test(struct look *look, const struct gate_request *request);
/* Share of all samples of both sides, in the first pairs, that have a row. */
double look_share(const struct gate_runs *runs, size_t n_pairs, size_t row);
/* A change of this p and size is a regression. limit: of the change; failed: at the look before. */
bool look_fails(const struct look *look, double p, double change, double limit, bool failed);

#endif
