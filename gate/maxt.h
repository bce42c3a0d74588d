/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions changed, and how sure that is, all of them looked at
 * together: Westfall and Young's maxT (1993) over flips of the pairs' signs.
 * doc/gate.md has the formulas and why they are as they are.
 */
#ifndef FLAMETAP_GATE_MAXT_H
#define FLAMETAP_GATE_MAXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/runs.h"

enum {
	GATE_EXACT_PAIRS = 12,	 /* up to here all 2^n flips are looked at */
	GATE_FLIPS = 10000,	 /* above: as many, the observed one among them */
	GATE_LEAST_SAMPLES = 60, /* of both sides' runs together, for a row to be a candidate */
};
#define GATE_LEAST_SHARE 0.002 /* likewise, of all samples */

struct gate_maxt_options {
	size_t n_pairs; /* the first of them; 2 or more */
	double level;	/* each limit of all intervals together is wrong with this probability */
	uint64_t seed;	/* of the flips above GATE_EXACT_PAIRS */
	size_t n_flips; /* likewise how many; 0: GATE_FLIPS */
};

/* By row of runs. ns are of CPU time for an operation. */
struct gate_maxt_row {
	bool candidate;		 /* else only base_ns, head_ns and mean_ns are there, and p is 1 */
	double base_ns, head_ns; /* means over the pairs */
	double mean_ns;		 /* head_ns - base_ns */
	double error_ns;	 /* its standard error, s~ / sqrt(n) */
	double spread_ns;	 /* the same by the pairs alone: s / sqrt(n) */
	double sampling;	/* share of error_ns squared that sampling explains; 1: all of it */
	double low_ns, high_ns; /* simultaneous */
	double t;
	double p;	 /* of slower, one-sided, adjusted for all candidates */
	double p_faster; /* likewise the other way */
};

struct gate_maxt {
	size_t n_rows;
	struct gate_maxt_row *rows;
	size_t n_candidates;
	size_t n_flips;	 /* that were looked at */
	bool exact;	 /* they are all there are */
	double quantile; /* what max t reaches with the probability level */
	double *maxima;	 /* of t, by flip; largest first */
	double phi;	 /* over-dispersion: how much more runs vary than sampling explains */
	double df;	 /* of s~, at the least: those that the pairs give */
};

/* Marks the rows that have enough samples in the first n_pairs pairs, whichever side has them. */
void gate_maxt_candidates(const struct gate_runs *runs, size_t n_pairs, bool *ret);

/*
 * Tests the rows that are marked. 0; -EINVAL: fewer than 2 pairs, or a run without CPU time,
 * operations or samples; -ENOMEM. *ret is the caller's to deinit in any case.
 */
int gate_maxt_init(struct gate_maxt *ret, const struct gate_runs *runs, const bool *candidates,
		   const struct gate_maxt_options *options);
void gate_maxt_deinit(struct gate_maxt *maxt);

/* What max t reaches with at most this probability; INFINITY when the flips are too few to say. */
double gate_maxt_quantile(const struct gate_maxt *maxt, double level);
/* The smallest p that n pairs can give: the level of a test has to be at least that. */
double gate_maxt_least_p(size_t n_pairs, size_t n_flips);

#endif
