/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of simulate.c, each a function: how many draws and from which seed
 * comes in, a table in markdown goes to standard output.
 */
#ifndef FLAMETAP_TESTS_GATE_SIMULATION_H
#define FLAMETAP_TESTS_GATE_SIMULATION_H

#include <stddef.h>
#include <stdint.h>

#include "gate/verdict.h"
#include "tests/gate/model.h"

struct simulation {
	size_t n_draws;
	uint64_t seed;
	size_t row;	/* of a table, the only one to make; 0: all */
	size_t n_flips; /* of 16 pairs; the share of them that p is of holds for any number */
};

/* How a comparison is made. */
enum plan {
	PLAN_8,	     /* one look at 8 pairs */
	PLAN_16,     /* one look at 16 */
	PLAN_BOTH,   /* two looks; a PASS of the first ends it */
	PLAN_SECOND, /* two looks, always to the end */
};

/* What is allowed. */
struct allowed {
	bool strict;  /* a limit of 0 for the total and each function: whatever is seen fails */
	double total; /* else a limit for the program; 0: the default rule */
	double all_functions; /* likewise for each function, of its own cost */
};

struct comparison {
	const struct model *model;
	const struct effect *effect;
	struct allowed allowed;
	enum plan plan;
};

/* Draws and decides. *ret is inited here, and the caller's to deinit. runs: 16 pairs, filled as far
 * as the comparison went. 0 or a negative errno. */
int simulation_compare(const struct simulation *simulation, const struct comparison *comparison,
		       gsl_rng *rng, struct gate_runs runs[2], struct gate_result *ret);

int simulation_aa(const struct simulation *simulation);
int simulation_power(const struct simulation *simulation);
int simulation_detect(const struct simulation *simulation);
int simulation_limits(const struct simulation *simulation);
int simulation_pass(const struct simulation *simulation);
int simulation_wrong(const struct simulation *simulation);
/* How often the program, and a function, is seen that is slower by what a comparison says. */
int simulation_check_detect(const struct simulation *simulation, size_t seen[2]);
/* 0 when a short A/A, power and what is said of it are within their bounds. */
int simulation_check(void);

#endif
