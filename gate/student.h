/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Student's distribution and the binomial one, as the gate needs them: thin
 * over GSL (gsl_cdf_tdist_*, gsl_cdf_beta_*).
 */
#ifndef FLAMETAP_GATE_STUDENT_H
#define FLAMETAP_GATE_STUDENT_H

#include <stddef.h>

/* P(T >= t) with df degrees of freedom. */
double gate_student_above(double t, double df);
/* The t that is reached with this probability: P(T >= t) = p. */
double gate_student_quantile(double p, double df);

/*
 * How often a test sees an effect that was sized by an earlier estimate of the
 * noise. Effect and least are in standard errors by that estimate; seen is what
 * has a t of at least quantile and is at least least: P(Z + effect S >=
 * max(quantile S', least S)), Z normal, S and S' independent, each the root of
 * a chi-square over its df. By numbers, to 1e-6 from 3 df on, to a few % with fewer.
 */
double gate_student_power(double effect, double quantile, double least, double df);
/* The smallest effect that is seen with the probability power (0.5 to 0.999). */
double gate_student_effect(double power, double quantile, double least, double df);

/* The exact interval of Clopper and Pearson (1934) for k of n; each limit is wrong with the
 * probability tail. */
void gate_clopper_pearson(size_t k, size_t n, double tail, double *ret_low, double *ret_high);

#endif
