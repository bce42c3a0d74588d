// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs come in, t, adjusted p and simultaneous limits of each row go out; see
 * maxt.h. Which flips are looked at is decided here, what a flip gives in
 * flips.c.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/flips.h"
#include "gate/maxt.h"

/* Flips that are the same by their figures are so but for rounding. */
#define ALIKE 1e-9

void gate_maxt_candidates(const struct gate_runs *runs, size_t n_pairs, bool *ret)
{
	double all = 0;

	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < n_pairs; pair++)
			all += runs->runs[side][pair].n_samples;
	for (size_t row = 0; row < runs->n_rows; row++) {
		double x = 0;

		for (int side = 0; side < GATE_SIDES; side++)
			for (size_t pair = 0; pair < n_pairs; pair++)
				x += runs->x[side][row * runs->n_pairs + pair];
		ret[row] = x >= GATE_LEAST_SAMPLES && x >= GATE_LEAST_SHARE * all;
	}
}

double gate_maxt_least_p(size_t n_pairs, size_t n_flips)
{
	if (n_pairs <= GATE_EXACT_PAIRS)
		return ldexp(1, -(int)n_pairs);
	return 1.0 / (n_flips ? n_flips : GATE_FLIPS);
}

static int check(const struct gate_runs *runs, size_t n_pairs)
{
	if (n_pairs < 2 || n_pairs > runs->n_pairs)
		return -EINVAL;
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < n_pairs; pair++)
			if (!gate_run_is_usable(&runs->runs[side][pair]) ||
			    !(runs->runs[side][pair].n_samples > 0))
				return -EINVAL;
	return 0;
}

/* The means of every row; and of a candidate what the flips need. */
static void add_row(struct gate_maxt *maxt, const struct gate_runs *runs, struct flips *flips,
		    size_t row, bool candidate)
{
	struct gate_maxt_row *to = &maxt->rows[row];
	double differences[flips->n_pairs], variance = 0, n = flips->n_pairs;

	for (size_t pair = 0; pair < flips->n_pairs; pair++) {
		double cost[GATE_SIDES];

		for (int side = 0; side < GATE_SIDES; side++) {
			const struct gate_run *run = &runs->runs[side][pair];
			double each = gate_run_cost(run) / run->n_samples;
			double x = runs->x[side][row * runs->n_pairs + pair];

			cost[side] = each * x;
			variance += each * each * x / n;
		}
		differences[pair] = cost[GATE_HEAD] - cost[GATE_BASE];
		to->base_ns += cost[GATE_BASE] / n;
		to->head_ns += cost[GATE_HEAD] / n;
	}
	to->mean_ns = to->head_ns - to->base_ns;
	to->p = to->p_faster = 1;
	to->candidate = candidate && variance > 0;
	if (to->candidate)
		flips_add(flips, differences, variance);
}

/* The observed flip's t of each candidate. */
static void take_observed(struct gate_maxt *maxt, const struct flips *flips)
{
	size_t i = 0;

	for (size_t row = 0; row < maxt->n_rows; row++) {
		struct gate_maxt_row *to = &maxt->rows[row];

		if (!to->candidate)
			continue;
		to->error_ns = sqrt(flips->variance[i] / flips->n_pairs);
		to->spread_ns = sqrt(flips->spread[i] / flips->n_pairs);
		to->t = to->mean_ns / to->error_ns;
		to->sampling = flips->sampling[i] / flips->variance[i];
		i++;
	}
	maxt->phi = flips->phi;
}

static int compare_down(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

static int look_at_flips(struct gate_maxt *maxt, struct flips *flips, uint64_t seed)
{
	struct flips_random random guard(flips_random_deinit) = {};

	if (flips_random_init(&random, seed))
		return -ENOMEM;
	flips_exact(flips, 0);
	maxt->maxima[0] = flips_maximum(flips);
	take_observed(maxt, flips);
	for (size_t flip = 1; flip < maxt->n_flips; flip++) {
		if (maxt->exact)
			flips_exact(flips, flip);
		else
			flips_draw(flips, &random);
		maxt->maxima[flip] = flips_maximum(flips);
	}
	qsort(maxt->maxima, maxt->n_flips, sizeof(*maxt->maxima), compare_down);
	return 0;
}

/* Share of the flips that reach t. */
static double share_of(const struct gate_maxt *maxt, double t)
{
	double least = t - ALIKE * fabs(t);
	size_t low = 0, high = maxt->n_flips; /* those before low reach it */

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (maxt->maxima[middle] >= least)
			low = middle + 1;
		else
			high = middle;
	}
	/* The observed one is among those that were looked at; the other way its mirror image is,
	 * when they are all there are, and else has to be taken for one. */
	return (low ? low : 1) / (double)maxt->n_flips;
}

double gate_maxt_quantile(const struct gate_maxt *maxt, double level)
{
	double k = floor(level * maxt->n_flips * (1 + ALIKE));

	if (k < 1 || !maxt->n_candidates)
		return INFINITY;
	return maxt->maxima[(size_t)fmin(k, maxt->n_flips) - 1];
}

static void finish(struct gate_maxt *maxt, double level)
{
	maxt->quantile = gate_maxt_quantile(maxt, level);
	for (size_t row = 0; row < maxt->n_rows; row++) {
		struct gate_maxt_row *to = &maxt->rows[row];

		if (!to->candidate)
			continue;
		to->p = share_of(maxt, to->t);
		to->p_faster = share_of(maxt, -to->t);
		to->low_ns = to->mean_ns - maxt->quantile * to->error_ns;
		to->high_ns = to->mean_ns + maxt->quantile * to->error_ns;
	}
}

int gate_maxt_init(struct gate_maxt *ret, const struct gate_runs *runs, const bool *candidates,
		   const struct gate_maxt_options *options)
{
	struct flips flips guard(flips_deinit) = {};
	size_t n_candidates = 0;
	int err = check(runs, options->n_pairs);

	*ret = (struct gate_maxt){.n_rows = runs->n_rows, .df = (double)options->n_pairs - 1};
	if (err)
		return err;
	ret->exact = options->n_pairs <= GATE_EXACT_PAIRS;
	ret->n_flips = ret->exact	  ? (size_t)1 << options->n_pairs
		       : options->n_flips ? options->n_flips
					  : GATE_FLIPS;
	ret->rows = calloc(runs->n_rows + 1, sizeof(*ret->rows));
	ret->maxima = calloc(ret->n_flips, sizeof(*ret->maxima));
	for (size_t row = 0; row < runs->n_rows; row++)
		n_candidates += candidates[row];
	if (!ret->rows || !ret->maxima || flips_init(&flips, options->n_pairs, n_candidates))
		return -ENOMEM;
	for (size_t row = 0; row < runs->n_rows; row++)
		add_row(ret, runs, &flips, row, candidates[row]);
	ret->n_candidates = flips.n_rows;
	if (ret->n_candidates)
		err = look_at_flips(ret, &flips, options->seed);
	if (err)
		return err;
	finish(ret, options->level);
	return 0;
}

void gate_maxt_deinit(struct gate_maxt *maxt)
{
	free(maxt->rows);
	free(maxt->maxima);
	maxt->rows = NULL;
	maxt->maxima = NULL;
}
