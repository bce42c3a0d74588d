// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Differences of rows and a flip come in, the largest t goes out; see flips.h.
 * This is where a gate's time goes (10,000 flips of 5,000 rows), so rows are
 * taken two at a time, by the compiler's vectors and not by its guess.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gate/flips.h"

typedef double lanes __attribute__((vector_size(16)));
typedef int64_t lane_bits __attribute__((vector_size(16)));

enum { LANES = 2 };
/* So that room beyond the last row is never the largest, and its square still a number. */
#define NEVER -1e140

static double *make_array(size_t n)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, sizeof(double), &bytes) || bytes > SIZE_MAX - 64)
		return NULL;
	return aligned_alloc(sizeof(lanes), (bytes / sizeof(lanes) + 1) * sizeof(lanes));
}

int flips_init(struct flips *flips, size_t n_pairs, size_t room)
{
	size_t n_sums;

	room = (room + FLIPS_LANES - 1) / FLIPS_LANES * FLIPS_LANES;
	*flips = (struct flips){
		.n_pairs = n_pairs,
		.n_groups = (n_pairs + FLIPS_GROUP - 1) / FLIPS_GROUP,
		.room = room,
	};
	if (__builtin_mul_overflow(flips->n_groups * FLIPS_SUMS, room, &n_sums))
		return -ENOMEM;
	flips->sums = make_array(n_sums);
	flips->flip = calloc(flips->n_groups, 1);
	flips->squares = make_array(room);
	flips->sampling = make_array(room);
	flips->means = make_array(room);
	flips->spread = make_array(room);
	flips->ratios = make_array(room);
	flips->variance = make_array(room);
	if (!flips->sums || !flips->flip || !flips->squares || !flips->sampling || !flips->means ||
	    !flips->spread || !flips->ratios || !flips->variance)
		return -ENOMEM;
	for (size_t i = 0; i < n_sums; i++)
		flips->sums[i] = NEVER;
	for (size_t row = 0; row < room; row++) {
		flips->squares[row] = 0;
		flips->sampling[row] = 1;
	}
	return 0;
}

void flips_deinit(struct flips *flips)
{
	free(flips->sums);
	free(flips->flip);
	free(flips->squares);
	free(flips->sampling);
	free(flips->means);
	free(flips->spread);
	free(flips->ratios);
	free(flips->variance);
}

static double *sums_of(const struct flips *flips, size_t group, size_t flip)
{
	return flips->sums + (group * FLIPS_SUMS + flip) * flips->room;
}

void flips_add(struct flips *flips, const double *differences, double sampling)
{
	size_t row = flips->n_rows++;

	flips->sampling[row] = sampling;
	for (size_t pair = 0; pair < flips->n_pairs; pair++)
		flips->squares[row] += differences[pair] * differences[pair];
	for (size_t group = 0; group < flips->n_groups; group++)
		for (size_t flip = 0; flip < FLIPS_SUMS; flip++) {
			double sum = 0;

			for (size_t i = 0; i < FLIPS_GROUP; i++) {
				size_t pair = group * FLIPS_GROUP + i;

				if (pair < flips->n_pairs)
					sum += flip & 1 << i ? -differences[pair]
							     : differences[pair];
			}
			sums_of(flips, group, flip)[row] = sum / flips->n_pairs;
		}
}

void flips_exact(struct flips *flips, uint64_t pairs)
{
	for (size_t group = 0; group < flips->n_groups; group++) {
		flips->flip[group] = pairs & (FLIPS_SUMS - 1);
		pairs >>= FLIPS_GROUP;
	}
}

int flips_random_init(struct flips_random *random, uint64_t seed)
{
	random->rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (!random->rng)
		return -ENOMEM;
	gsl_rng_set(random->rng, (uint32_t)(seed ^ seed >> 32));
	return 0;
}

void flips_random_deinit(struct flips_random *random)
{
	if (random->rng)
		gsl_rng_free(random->rng);
}

void flips_draw(struct flips *flips, struct flips_random *random)
{
	uint32_t bits = 0;

	for (size_t group = 0; group < flips->n_groups; group++) {
		if (group % (32 / FLIPS_GROUP) == 0)
			bits = gsl_rng_get(random->rng);
		flips->flip[group] = bits & (FLIPS_SUMS - 1);
		bits >>= FLIPS_GROUP;
	}
}

static lanes larger(lanes a, lanes b)
{
	lane_bits is = a > b;

	return (lanes)((is & (lane_bits)a) | (~is & (lane_bits)b));
}

static lanes spread_evenly(double value)
{
	return (lanes){value, value};
}

/* Means and variances between the pairs. */
static void take_moments(struct flips *flips)
{
	double n = flips->n_pairs;
	lanes pairs = spread_evenly(n), over = spread_evenly(1 / (n - 1)), zero = {};

	memcpy(flips->means, sums_of(flips, 0, flips->flip[0]), flips->room * sizeof(double));
	for (size_t group = 1; group < flips->n_groups; group++) {
		const double *sums = sums_of(flips, group, flips->flip[group]);

		for (size_t row = 0; row < flips->room; row += LANES)
			*(lanes *)&flips->means[row] += *(const lanes *)&sums[row];
	}
	for (size_t row = 0; row < flips->room; row += LANES) {
		lanes mean = *(lanes *)&flips->means[row];
		lanes squares = *(lanes *)&flips->squares[row] - pairs * mean * mean;
		lanes spread = larger(squares, zero) * over;

		*(lanes *)&flips->spread[row] = spread;
		*(lanes *)&flips->ratios[row] = spread / *(lanes *)&flips->sampling[row];
	}
}

static void swap(double *a, double *b)
{
	double kept = *a;

	*a = *b;
	*b = kept;
}

/* Puts the k-th smallest in its place, what is smaller before it (Hoare 1961). */
static double select_smallest(double *values, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		double pivot = values[low + (high - low) / 2];
		size_t i = low, j = high;

		for (;;) {
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap(&values[i++], &values[j--]);
		}
		/* What is in low..j is at most the pivot, what is beyond at least that. */
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
	return values[k];
}

/* The median where it is above 1, else 1. */
static double over_dispersion(double *ratios, size_t n)
{
	size_t n_above = 0;
	double upper, lower;

	for (size_t i = 0; i < n; i++)
		n_above += ratios[i] > 1;
	if (n_above < n / 2)
		return 1;
	upper = select_smallest(ratios, n, n / 2);
	if (n % 2)
		return fmax(1, upper);
	lower = ratios[0];
	for (size_t i = 1; i < n / 2; i++)
		lower = fmax(lower, ratios[i]);
	return fmax(1, (lower + upper) / 2);
}

double flips_maximum(struct flips *flips)
{
	double df = flips->n_pairs - 1;
	lanes own, prior, best = spread_evenly(-INFINITY);

	take_moments(flips);
	flips->phi = over_dispersion(flips->ratios, flips->n_rows);
	own = spread_evenly(df / (df + FLIPS_PRIOR));
	prior = spread_evenly(FLIPS_PRIOR * flips->phi / (df + FLIPS_PRIOR));
	for (size_t row = 0; row < flips->room; row += LANES) {
		lanes v = *(lanes *)&flips->sampling[row], mean = *(lanes *)&flips->means[row];
		lanes moderated = prior * v + own * *(lanes *)&flips->spread[row];
		lanes variance = larger(v, moderated);

		*(lanes *)&flips->variance[row] = variance;
		/* t's square with its sign: their order is the same, and it needs no root. */
		best = larger(mean * larger(mean, -mean) / variance, best);
	}
	best[0] = fmax(best[0], best[1]);
	return copysign(sqrt(fabs(best[0]) * flips->n_pairs), best[0]);
}
