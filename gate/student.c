// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers come in, probabilities and quantiles go out; see student.h. Power is an
 * integral over both estimates of the noise, by Gauss and Legendre's rule
 * between quantiles that leave out 1e-9 on either side.
 */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "gate/student.h"

enum { NODES = 48, STEPS = 60 };

double gate_student_above(double t, double df)
{
	return gsl_cdf_tdist_Q(t, df);
}

double gate_student_quantile(double p, double df)
{
	return gsl_cdf_tdist_Qinv(p, df);
}

/* Where the noise's estimate may be, as a share of the noise, and how likely that is. */
struct estimates {
	double value[NODES], weight[NODES];
};

static int estimates_init(struct estimates *estimates, double df)
{
	gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
	double low = sqrt(gsl_cdf_chisq_Pinv(1e-9, df) / df);
	double high = sqrt(gsl_cdf_chisq_Qinv(1e-9, df) / df);

	if (!table)
		return -1;
	for (int i = 0; i < NODES; i++) {
		double s, weight;

		gsl_integration_glfixed_point(low, high, i, &s, &weight, table);
		estimates->value[i] = s;
		estimates->weight[i] = weight * 2 * df * s * gsl_ran_chisq_pdf(df * s * s, df);
	}
	gsl_integration_glfixed_table_free(table);
	return 0;
}

static double power_of(const struct estimates *estimates, double effect, double quantile,
		       double least)
{
	double sum = 0;

	for (int i = 0; i < NODES; i++) {
		double before = estimates->value[i], seen = 0;

		for (int j = 0; j < NODES; j++) {
			double needed = fmax(quantile * estimates->value[j], least * before);

			seen += estimates->weight[j] *
				gsl_cdf_ugaussian_P(effect * before - needed);
		}
		sum += estimates->weight[i] * seen;
	}
	return sum;
}

double gate_student_power(double effect, double quantile, double least, double df)
{
	struct estimates estimates;

	if (!isfinite(quantile) || estimates_init(&estimates, df))
		return 0;
	return power_of(&estimates, effect, quantile, least);
}

double gate_student_effect(double power, double quantile, double least, double df)
{
	struct estimates estimates;
	double low = 0, high = 1;

	if (!isfinite(quantile) || !isfinite(least) || estimates_init(&estimates, df))
		return INFINITY;
	while (power_of(&estimates, high, quantile, least) < power) {
		low = high;
		high *= 2;
		if (high > 1e9)
			return INFINITY;
	}
	for (int step = 0; step < STEPS && high - low > 1e-9 * high; step++) {
		double middle = (low + high) / 2;

		if (power_of(&estimates, middle, quantile, least) < power)
			low = middle;
		else
			high = middle;
	}
	return high;
}

void gate_clopper_pearson(size_t k, size_t n, double tail, double *ret_low, double *ret_high)
{
	*ret_low = k ? gsl_cdf_beta_Pinv(tail, k, n - k + 1) : 0;
	*ret_high = k < n ? gsl_cdf_beta_Qinv(tail, k + 1, n - k) : 1;
}
