/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all rows' t would be, had the sides of some pairs been the other way
 * round. Of a flip only the means change: the sum of the squares of a row's
 * differences does not, nor its sampling variance. The sums over four pairs are
 * made beforehand for each of their 16 flips, so that a flip of 16 pairs costs
 * four additions a row.
 */
#ifndef FLAMETAP_GATE_FLIPS_H
#define FLAMETAP_GATE_FLIPS_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#define FLIPS_PRIOR                                                                                \
	4.0 /* d0: what the variance that sampling explains counts, in degrees of freedom */

enum {
	FLIPS_LANES = 4,
	FLIPS_GROUP = 4, /* pairs */
	FLIPS_SUMS = 1 << FLIPS_GROUP,
};

struct flips {
	size_t n_pairs, n_groups;
	size_t n_rows, room; /* rows: added, and there is room for; a multiple of FLIPS_LANES */
	double *sums;	     /* of the differences over n_pairs: by group, flip of the group, row */
	double *squares;     /* sum of the squares of the differences, by row */
	double *sampling;    /* v, by row */
	double *means;	     /* of the flip at hand, by row */
	double *spread;	     /* s^2 likewise */
	double *ratios;	     /* s^2 / v, in any order */
	double *variance;    /* s~^2 likewise, by row */
	uint8_t *flip;	     /* the one at hand: FLIPS_GROUP bits a group */
	double phi;	     /* of it */
};

struct flips_random {
	gsl_rng *rng;
};

/* 0 or -ENOMEM. Zero-initialize; deinit in any case. */
int flips_init(struct flips *flips, size_t n_pairs, size_t room);
void flips_deinit(struct flips *flips);
/* A row: the differences of its pairs, and its sampling variance, more than 0. */
void flips_add(struct flips *flips, const double *differences, double sampling);

/* Chooses a flip: the pairs whose bits are set; 0 is what was observed. Those beyond the
 * 64th are as observed. */
void flips_exact(struct flips *flips, uint64_t pairs);
/* The same seed gives the same flips on every machine. 0 or -ENOMEM; deinit in any case. */
int flips_random_init(struct flips_random *random, uint64_t seed);
void flips_random_deinit(struct flips_random *random);
void flips_draw(struct flips *flips, struct flips_random *random);

/* The largest t of all rows in the flip that was chosen; leaves variance and phi. */
double flips_maximum(struct flips *flips);

#endif
