/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up programs: 200 functions of shares that fall as 1/k^0.8 (the largest
 * has 10 %), called from 10 others, called from main. How runs vary comes in,
 * drawn runs with their samples go out, as gate/ reads them. A sample hits a
 * function by what that costs in its run, so that counts are multinomial.
 */
#ifndef FLAMETAP_TESTS_GATE_MODEL_H
#define FLAMETAP_TESTS_GATE_MODEL_H

#include <gsl/gsl_rng.h>

#include "gate/runs.h"

enum {
	MODEL_FUNCTIONS = 200,
	MODEL_GROUPS = 10,
	MODEL_MAIN = 2 * MODEL_FUNCTIONS + MODEL_GROUPS, /* row of main's total */
	MODEL_ROWS = MODEL_MAIN + 1,
};

#define MODEL_PROGRAM_NS 1e9

/* Standard deviations are of the logarithm of a cost: 0.03 is 3 %. */
struct model {
	const char *name;
	double samples;	  /* of a run, about */
	double functions; /* of each function of itself */
	double groups;	  /* of all functions together that one calls */
	double run;	  /* of the whole run */
	double outliers;  /* share of runs that something disturbs: 30 % slower, one function double
			   */
	double drift;	  /* of the whole run, from each run to the next, in the order they ran */
	double layouts;	  /* half of the runs have this much more in all that one caller calls */
	double hot;	  /* times what the largest function costs, on both sides; 0: 1 */
	bool leaf_totals; /* else no function has samples in its total, which is as its own */
	bool heavy;	  /* Student's t with 3 degrees of freedom in place of the normal */
};

/* What the head differs in. */
struct effect {
	size_t function;
	double of_program; /* CPU time that the function has more, of the program's */
	double factor;	   /* what it costs is multiplied by this, then; 0: 1 */
	double all;	   /* likewise the whole program */
};

/* Rows: each function's own, each function's total, each group's total, main's. Name them once. */
int model_init(struct gate_runs *runs, size_t n_pairs);
double model_share(size_t function);
/* Draws pairs first to n_pairs - 1, and the tree anew. */
int model_draw(const struct model *model, const struct effect *effect, gsl_rng *rng,
	       struct gate_runs *runs, size_t first);
/* Takes over the pairs that from has, which may be fewer. */
void model_copy(struct gate_runs *to, const struct gate_runs *from);

#endif
