/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a program varies that is compared with itself, and so what a
 * comparison of it could see: runs of one command come in, the noise goes out,
 * and from that the smallest regressions that so many pairs would find.
 */
#ifndef FLAMETAP_GATE_CALIBRATE_H
#define FLAMETAP_GATE_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "gate/runs.h"

struct gate_calibration {
	size_t n_pairs;
	double cost_ns;	    /* CPU time of an operation, the mean */
	double spread;	    /* from run to run, within pairs: 0.01 is 1 % */
	double drift;	    /* from the first run to the last: 0.01 is 1 % slower */
	double drift_error; /* its standard error */
	double n_samples;   /* of a run, the mean */
	double functions;   /* likewise, a function by its own beside what sampling makes of it */
	double phi; /* how much more functions vary than sampling explains; NAN: no samples */
	size_t n_candidates; /* functions that were tested */
	double quantile;     /* that max t was held against */
};

/* costs: CPU time of an operation of each run, in the order in which they ran, two a pair. 0;
 * -EINVAL: fewer than 2 pairs, or a run without CPU time or samples; -ENOMEM. */
int gate_calibrate(const struct gate_runs *runs, const double *costs, bool has_functions,
		   struct gate_calibration *ret);

/* The smallest regressions that so many pairs of such runs see with the probability GATE_POWER,
 * at the default alpha. Shares of the own cost; INFINITY: none. */
double gate_calibration_program(const struct gate_calibration *calibration, size_t n_pairs);
/* Of a function that has this share of the program. */
double gate_calibration_function(const struct gate_calibration *calibration, size_t n_pairs,
				 double share);

enum { GATE_CALIBRATION_LEAST = 8, GATE_CALIBRATION_MOST = 1000 }; /* pairs */

/* The fewest pairs, from GATE_CALIBRATION_LEAST on, which are what functions need, that see a
 * function of this share, or with a negative share the program, become slower by so much of its own
 * cost. 0: GATE_CALIBRATION_MOST do not. */
size_t gate_calibration_pairs(const struct gate_calibration *calibration, double share,
			      double effect);
/* How many times as long runs have to be for so many pairs to see that of a function; below 1:
 * shorter ones do, too. INFINITY: no length is enough. */
double gate_calibration_length(const struct gate_calibration *calibration, size_t n_pairs,
			       double share, double effect);
/* The same program with runs that are so many times as long: only sampling gets better by that. */
struct gate_calibration gate_calibration_longer(const struct gate_calibration *calibration,
						double times);

#endif
