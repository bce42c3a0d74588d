// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The noise has two parts: runs differ, all of a run by one factor, and samples
 * are chance. The first does not get smaller with longer runs, the second with
 * the root of their length; both do with the root of the number of pairs.
 */
#include "gate/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/guard.h"
#include "gate/detect.h"
#include "gate/maxt.h"
#include "gate/program.h"
#include "gate/student.h"
#include "gate/verdict.h"

enum { PRIOR_DF = 4 }; /* of s~, see maxt.h */
#define MOST_SHARE 0.5 /* of the program: what has more is no example of a function */
/* How much longer or shorter runs could be. */
#define LEAST_TIMES 1e-4
#define MOST_TIMES 1e4

/* Of one look at functions and the program, half of alpha each. */
static double level_of(size_t n_pairs)
{
	/* More pairs than the first look has are those of the second: GATE_FIRST_SHARE is spent. */
	return GATE_ALPHA / 2 * (n_pairs > GATE_EXACT_PAIRS ? 1 - GATE_FIRST_SHARE : 1);
}

/* A line through ln C, by the order of the runs. */
static void fit_drift(const double *costs, size_t n, struct gate_calibration *ret)
{
	double middle = (n - 1) / 2.0, mean = 0, xx = 0, xy = 0, rest = 0, slope;

	for (size_t i = 0; i < n; i++)
		mean += log(costs[i]) / n;
	for (size_t i = 0; i < n; i++) {
		xx += (i - middle) * (i - middle);
		xy += (i - middle) * (log(costs[i]) - mean);
	}
	slope = xy / xx;
	for (size_t i = 0; i < n; i++)
		rest += pow(log(costs[i]) - mean - slope * (i - middle), 2);
	ret->drift = expm1(slope * (n - 1));
	ret->drift_error = sqrt(rest / (n - 2) / xx) * (n - 1);
	ret->cost_ns = exp(mean);
}

/*
 * phi is that of the median, a small function. What runs do to a function is in proportion to its
 * cost, so that a large one varies by more than phi; it is measured by those, and by none that is
 * most of the program.
 */
static double measure_runs(const struct gate_maxt *maxt, double program_ns, double n_pairs)
{
	double more = 0, squares = 0;

	for (size_t i = 0; i < maxt->n_rows; i++) {
		const struct gate_maxt_row *row = &maxt->rows[i];
		double cost = (row->base_ns + row->head_ns) / 2;

		if (!row->candidate || cost > MOST_SHARE * program_ns)
			continue;
		more += n_pairs * (row->spread_ns * row->spread_ns -
				   row->sampling * row->error_ns * row->error_ns);
		squares += 2 * cost * cost;
	}
	return more > 0 ? sqrt(more / squares) : 0;
}

static int measure_functions(const struct gate_runs *runs, struct gate_calibration *ret)
{
	const struct gate_maxt_options options = {
		.n_pairs = runs->n_pairs,
		.level = level_of(runs->n_pairs),
		.seed = 1,
	};
	guard_free bool *candidates = calloc(runs->n_rows + 1, sizeof(*candidates));
	guard(gate_maxt_deinit) struct gate_maxt maxt = {};
	int err;

	if (!candidates)
		return -ENOMEM;
	gate_maxt_candidates(runs, runs->n_pairs, candidates);
	err = gate_maxt_init(&maxt, runs, candidates, &options);
	ret->phi = maxt.phi;
	ret->n_candidates = maxt.n_candidates;
	if (err)
		return err;
	ret->quantile = gate_maxt_quantile(&maxt, options.level);
	ret->functions = measure_runs(&maxt, ret->cost_ns, runs->n_pairs);
	return 0;
}

int gate_calibrate(const struct gate_runs *runs, const double *costs, bool has_functions,
		   struct gate_calibration *ret)
{
	struct gate_program_test test;
	int err = gate_program_test(runs, runs->n_pairs, level_of(runs->n_pairs), &test);

	*ret = (struct gate_calibration){.n_pairs = runs->n_pairs, .phi = NAN};
	if (err)
		return err;
	ret->spread = test.s / sqrt(2);
	fit_drift(costs, 2 * runs->n_pairs, ret);
	for (int side = 0; side < GATE_SIDES && has_functions; side++)
		for (size_t pair = 0; pair < runs->n_pairs; pair++)
			ret->n_samples += runs->runs[side][pair].n_samples / (2 * runs->n_pairs);
	return has_functions ? measure_functions(runs, ret) : 0;
}

double gate_calibration_program(const struct gate_calibration *calibration, size_t n_pairs)
{
	struct gate_program_test test = {.n = n_pairs, .s = calibration->spread * sqrt(2)};

	return gate_detect_program(&test, level_of(n_pairs), 0);
}

/* Bonferroni's t, brought to what maxT found with the pairs that there are: that is less where
 * functions vary together. */
static double quantile_at(const struct gate_calibration *calibration, size_t n_pairs)
{
	size_t n_tests = calibration->n_candidates ? calibration->n_candidates : 1;
	size_t n = calibration->n_pairs;
	double here = gate_student_quantile(level_of(n) / n_tests, PRIOR_DF + n - 1);
	double there = gate_student_quantile(level_of(n_pairs) / n_tests, PRIOR_DF + n_pairs - 1);

	return isfinite(calibration->quantile) ? there * calibration->quantile / here : there;
}

double gate_calibration_function(const struct gate_calibration *calibration, size_t n_pairs,
				 double share)
{
	double df = PRIOR_DF + n_pairs - 1, cost = share * calibration->cost_ns;
	double sampling = 2 * cost * calibration->cost_ns / calibration->n_samples;
	double runs = 2 * pow(cost * fmax(calibration->spread, calibration->functions), 2);
	double square = fmax(calibration->phi * sampling, sampling + runs);
	struct gate_maxt_row row = {
		.base_ns = cost,
		.head_ns = cost,
		.error_ns = sqrt(square / n_pairs),
		.spread_ns = sqrt(square / n_pairs),
		.sampling = sampling / square,
	};
	double quantile = quantile_at(calibration, n_pairs);

	if (!(calibration->n_samples > 0) || !isfinite(calibration->phi))
		return INFINITY;
	return gate_detect_ns(&row, gate_student_effect(GATE_POWER, quantile, 0, df)) / cost;
}

struct gate_calibration gate_calibration_longer(const struct gate_calibration *calibration,
						double times)
{
	struct gate_calibration longer = *calibration;

	longer.n_samples *= times;
	/* phi is what the runs' own noise adds to that of sampling, which gets smaller. */
	longer.phi = 1 + (calibration->phi - 1) * times;
	return longer;
}

size_t gate_calibration_pairs(const struct gate_calibration *calibration, double share,
			      double effect)
{
	for (size_t n = GATE_CALIBRATION_LEAST; n <= GATE_CALIBRATION_MOST; n++) {
		double seen = share < 0 ? gate_calibration_program(calibration, n)
					: gate_calibration_function(calibration, n, share);

		if (seen <= effect)
			return n;
	}
	return 0;
}

static bool is_seen(const struct gate_calibration *calibration, double times, size_t n_pairs,
		    double share, double effect)
{
	struct gate_calibration longer = gate_calibration_longer(calibration, times);

	return gate_calibration_function(&longer, n_pairs, share) <= effect;
}

double gate_calibration_length(const struct gate_calibration *calibration, size_t n_pairs,
			       double share, double effect)
{
	double low = LEAST_TIMES, high = MOST_TIMES;

	if (!is_seen(calibration, high, n_pairs, share, effect))
		return INFINITY;
	/* By ratio, to some percent. */
	while (high / low > 1.02) {
		double middle = sqrt(low * high);

		if (is_seen(calibration, middle, n_pairs, share, effect))
			high = middle;
		else
			low = middle;
	}
	return high;
}
