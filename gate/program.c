// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Paired runs come in, the test of the whole program goes out; see program.h.
 * Logarithms, because what disturbs a run (frequency, memory layout, neighbours)
 * slows all of it by a factor.
 */
#include <errno.h>
#include <math.h>

#include "gate/program.h"
#include "gate/student.h"

static double log_ratio(const struct gate_runs *runs, size_t pair)
{
	return log(gate_run_cost(&runs->runs[GATE_HEAD][pair]) /
		   gate_run_cost(&runs->runs[GATE_BASE][pair]));
}

static void add_up(const struct gate_runs *runs, struct gate_program_test *test)
{
	double squares = 0, n = test->n;

	for (size_t pair = 0; pair < test->n; pair++) {
		test->mean_log += log_ratio(runs, pair) / n;
		test->base_ns += gate_run_cost(&runs->runs[GATE_BASE][pair]) / n;
		test->head_ns += gate_run_cost(&runs->runs[GATE_HEAD][pair]) / n;
	}
	for (size_t pair = 0; pair < test->n; pair++) {
		double off = log_ratio(runs, pair) - test->mean_log;

		squares += off * off;
	}
	test->s = sqrt(squares / (n - 1));
}

int gate_program_test(const struct gate_runs *runs, size_t n_pairs, double level,
		      struct gate_program_test *ret)
{
	double df, error, width;

	*ret = (struct gate_program_test){.n = n_pairs};
	if (n_pairs < 2 || n_pairs > runs->n_pairs)
		return -EINVAL;
	for (size_t pair = 0; pair < n_pairs; pair++)
		if (!gate_run_is_usable(&runs->runs[GATE_BASE][pair]) ||
		    !gate_run_is_usable(&runs->runs[GATE_HEAD][pair]))
			return -EINVAL;
	add_up(runs, ret);
	df = n_pairs - 1;
	error = ret->s / sqrt(n_pairs);
	width = gate_student_quantile(level, df) * error;
	ret->ratio = exp(ret->mean_log);
	ret->low = exp(ret->mean_log - width);
	ret->high = exp(ret->mean_log + width);
	/* Runs that are all alike to the nanosecond say nothing of noise: they are somebody's
	 * arithmetic, and are believed when they differ. */
	if (error > 0)
		ret->t = ret->mean_log / error;
	else
		ret->t = ret->mean_log > 0 ? INFINITY : ret->mean_log < 0 ? -INFINITY : 0;
	if (isfinite(ret->t))
		ret->p = gate_student_above(ret->t, df);
	else
		ret->p = ret->t > 0 ? 0 : 1;
	return 0;
}
