/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program as a whole: CPU time of an operation, exact for each run. The
 * logarithms of the pairs' ratios come in, out go their mean with a one-sided
 * t-test (Student 1908) and its limits.
 */
#ifndef FLAMETAP_GATE_PROGRAM_H
#define FLAMETAP_GATE_PROGRAM_H

#include <stddef.h>

#include "gate/runs.h"

struct gate_program_test {
	size_t n;	  /* pairs */
	double mean_log;  /* of ln(head / base) */
	double s;	  /* their standard deviation */
	double ratio;	  /* exp(mean_log): 1.02 is 2 % slower */
	double low, high; /* of the ratio; each is wrong with the probability level */
	double t;
	double p;		 /* of seeing this or more when the head is no slower */
	double base_ns, head_ns; /* means, of an operation */
};

/*
 * Tests the first n_pairs pairs (2 or more). 0; -EINVAL when there are fewer, or
 * a run has no CPU time or operations.
 */
int gate_program_test(const struct gate_runs *runs, size_t n_pairs, double level,
		      struct gate_program_test *ret);

#endif
