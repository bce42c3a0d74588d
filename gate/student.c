// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers come in, probabilities and quantiles go out; see student.h. Power is an
 * integral over both estimates of the noise, by Gauss and Legendre's rule
 * between quantiles that leave out 1e-9 on either side.
 */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_gamma.h>

#include "gate/student.h"

#define TAIL 1e-9 /* what the integral leaves out on either side */

enum { NODES = 24, STEPS = 60 };

double gate_student_above(double t, double df)
{
	return gsl_cdf_tdist_Q(t, df);
}

/*
 * Where a function that rises with x is target, between low and high. GSL has inverses of its own,
 * but they give up for figures that come up here (beta of 1 of 10,000), and then end the program.
 */
static double invert(double (*rises)(double x, double a, double b), double a, double b,
		     double target, double low, double high)
{
	while (high - low > 1e-15 * fabs(low + high)) {
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			break;
		if (rises(middle, a, b) < target)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}

static double student_below(double t, double df, double unused)
{
	(void)unused;
	return -gsl_cdf_tdist_Q(t, df);
}

static double chisq_below(double x, double df, double unused)
{
	(void)unused;
	return gsl_cdf_chisq_P(x, df);
}

static double chisq_above(double x, double df, double unused)
{
	(void)unused;
	return -gsl_cdf_chisq_Q(x, df);
}

double gate_student_quantile(double p, double df)
{
	double high = 1;

	if (p > 0.5)
		return -gate_student_quantile(1 - p, df);
	while (high < 1e300 && gsl_cdf_tdist_Q(high, df) > p)
		high *= 2;
	return invert(student_below, df, 0, -p, 0, high);
}

/*
 * Where the noise's estimates may be, as a share of the noise, and how likely that is: the earlier
 * one, and for each of it the later one, as far as that matters. Below a value of it the least
 * effect is what counts; that has a bend there, so that the rule begins anew.
 */
struct estimates {
	double before[NODES], weight[NODES];
	double below[NODES]; /* that the least effect is what counts */
	double after[NODES][NODES], after_weight[NODES][NODES];
};

/* The rule's nodes between low and high, weighed by the density of an estimate. */
static void place(const gsl_integration_glfixed_table *table, double df, double low, double high,
		  double *values, double *weights)
{
	double constant = M_LN2 + df / 2 * log(df / 2) - gsl_sf_lngamma(df / 2);

	for (int i = 0; i < NODES; i++) {
		double s, weight;

		gsl_integration_glfixed_point(low, high, i, &s, &weight, table);
		values[i] = s;
		weights[i] = weight * exp(constant + (df - 1) * log(s) - df * s * s / 2);
	}
}

static int estimates_init(struct estimates *estimates, double quantile, double least, double df)
{
	gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
	double low = sqrt(invert(chisq_below, df, 0, TAIL, 0, df) / df);
	double high = sqrt(invert(chisq_above, df, 0, -TAIL, df, 8 * df + 80) / df);

	if (!table)
		return -1;
	place(table, df, low, high, estimates->before, estimates->weight);
	for (int i = 0; i < NODES; i++) {
		double needed = least * estimates->before[i];
		double bend = needed < quantile * high ? fmax(low, needed / quantile) : high;

		estimates->below[i] = bend > low ? gsl_cdf_chisq_P(bend * bend * df, df) : 0;
		place(table, df, bend, high, estimates->after[i], estimates->after_weight[i]);
	}
	gsl_integration_glfixed_table_free(table);
	return 0;
}

static double normal_below(double z)
{
	return erfc(-M_SQRT1_2 * z) / 2;
}

static double power_of(const struct estimates *estimates, double effect, double quantile,
		       double least)
{
	double sum = 0;

	for (int i = 0; i < NODES; i++) {
		double before = estimates->before[i], seen = 0;

		if (estimates->below[i] > 0)
			seen = estimates->below[i] * normal_below((effect - least) * before);
		for (int j = 0; j < NODES; j++)
			seen += estimates->after_weight[i][j] *
				normal_below(effect * before - quantile * estimates->after[i][j]);
		sum += estimates->weight[i] * seen;
	}
	return sum;
}

double gate_student_power(double effect, double quantile, double least, double df)
{
	struct estimates estimates;

	if (!isfinite(quantile) || estimates_init(&estimates, quantile, least, df))
		return 0;
	return power_of(&estimates, effect, quantile, least);
}

/* Between low, which is too small, and high: by the chord, and halved where one end stays
 * (Illinois), since each step costs as much as all of the integral. */
static double find_effect(const struct estimates *estimates, double power, double quantile,
			  double least, double low, double high)
{
	double below = power_of(estimates, low, quantile, least) - power;
	double above = power_of(estimates, high, quantile, least) - power;
	int kept = 0;

	for (int step = 0; step < STEPS && high - low > 1e-9 * high; step++) {
		double at = high - above * (high - low) / (above - below);
		double off = power_of(estimates, at, quantile, least) - power;

		if (fabs(off) < 1e-12)
			return at;
		if (off < 0) {
			low = at;
			below = off;
			above /= kept < 0 ? 2 : 1;
			kept = -1;
		} else {
			high = at;
			above = off;
			below /= kept > 0 ? 2 : 1;
			kept = 1;
		}
	}
	return high;
}

double gate_student_effect(double power, double quantile, double least, double df)
{
	struct estimates estimates;
	/* An effect that is just what is needed is seen in half of the cases at most. */
	double low = fmax(0, fmax(quantile, least)), high = 1.5 * low + 1;

	if (!isfinite(quantile) || !isfinite(least) ||
	    estimates_init(&estimates, quantile, least, df))
		return INFINITY;
	while (power_of(&estimates, high, quantile, least) < power) {
		low = high;
		high *= 2;
		if (high > 1e9)
			return INFINITY;
	}
	return find_effect(&estimates, power, quantile, least, low, high);
}

/* Of n tries each with probability p: P(at least k), which rises with p. */
static double at_least(double p, double k, double n)
{
	return gsl_cdf_beta_P(p, k, n - k + 1);
}

static double more_than(double p, double k, double n)
{
	return -gsl_cdf_beta_Q(p, k + 1, n - k);
}

void gate_clopper_pearson(size_t k, size_t n, double tail, double *ret_low, double *ret_high)
{
	*ret_low = k ? invert(at_least, k, n, tail, 0, 1) : 0;
	*ret_high = k < n ? invert(more_than, k, n, -tail, 0, 1) : 1;
}
