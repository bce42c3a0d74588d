// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gate's tests against published figures and against some worked out by
 * hand: Student's sleep data (1908), Darwin's maize as Fisher counted it (1935),
 * Clopper and Pearson's limits, the moderated variance, maxT of few flips.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "gate/detect.h"
#include "gate/maxt.h"
#include "gate/program.h"
#include "gate/student.h"
#include "tests/unit/gate_maker.h"

/* assert_float_equal is of single precision. */
static void assert_near(double got, double expected, double tolerance)
{
	if (!(fabs(got - expected) <= tolerance))
		fail_msg("%.12g is not %.12g", got, expected);
}

static void test_student_tables(void **state)
{
	(void)state;
	assert_near(gate_student_quantile(0.01, 7), 2.998, 5e-4);
	assert_near(gate_student_quantile(0.005, 15), 2.947, 5e-4);
	/* One degree of freedom is Cauchy's distribution. */
	assert_near(gate_student_quantile(1e-9, 1) * 1e-9 * M_PI, 1, 1e-9);
	assert_near(gate_student_quantile(0.75, 1), -1, 1e-12);
	assert_near(gate_student_quantile(0.5, 3), 0, 1e-12);
	assert_near(gate_student_above(2.015, 5), 0.05, 5e-5);
	assert_near(gate_student_above(-2.015, 5), 0.95, 5e-5);
}

/* More hours of sleep of ten patients by the one drug than by the other. */
static void test_sleep(void **state)
{
	static const double more[] = {1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4};
	struct gate_program_test test;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 10, 0, 1e14);
	for (size_t pair = 0; pair < 10; pair++) {
		runs.runs[GATE_HEAD][pair].cpu_ns = llround(1e14 * exp(more[pair]));
		/* Twice the work for twice the time is no change. */
		runs.runs[GATE_HEAD][pair].cpu_ns *= 2;
		runs.runs[GATE_HEAD][pair].operations = 2;
	}
	assert_int_equal(gate_program_test(&runs, 10, 0.025, &test), 0);
	assert_near(test.mean_log, 1.58, 1e-9);
	assert_near(test.s, 1.229995, 1e-6);
	assert_near(test.t, 4.0621, 1e-4);
	assert_near(test.p, 0.002833 / 2, 5e-7);
	assert_near(log(test.low), 0.7001142, 1e-6);
	assert_near(log(test.high), 2.4598858, 1e-6);
	assert_int_equal(gate_program_test(&runs, 1, 0.025, &test), -EINVAL);
	assert_int_equal(gate_program_test(&runs, 11, 0.025, &test), -EINVAL);
	runs.runs[GATE_BASE][3].operations = 0;
	assert_int_equal(gate_program_test(&runs, 10, 0.025, &test), -EINVAL);
	gate_runs_deinit(&runs);
}

static void test_runs_without_noise(void **state)
{
	struct gate_program_test test;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 4, 0, 1000);
	assert_int_equal(gate_program_test(&runs, 4, 0.01, &test), 0);
	assert_true(test.t == 0 && test.p == 0.5 && test.ratio == 1);
	for (size_t pair = 0; pair < 4; pair++)
		runs.runs[GATE_HEAD][pair].cpu_ns = 1100;
	assert_int_equal(gate_program_test(&runs, 4, 0.01, &test), 0);
	assert_true(test.p < 1e-9);
	assert_near(test.ratio, 1.1, 1e-12);
	gate_runs_deinit(&runs);
}

/* "Under 2 %" needs 0 of 149. */
static void test_clopper_pearson(void **state)
{
	double low, high;

	(void)state;
	gate_clopper_pearson(0, 149, 0.05, &low, &high);
	assert_near(low, 0, 0);
	assert_near(high, 1 - pow(0.05, 1.0 / 149), 1e-12);
	assert_true(high < 0.02);
	gate_clopper_pearson(0, 148, 0.05, &low, &high);
	assert_true(high > 0.02);
	/* Where GSL's own inverse gives up. */
	for (size_t k = 0; k <= 10000; k += 7) {
		gate_clopper_pearson(k, 10000, 0.05, &low, &high);
		assert_true(low <= k / 1e4 && k / 1e4 <= high && high - low < 0.02);
	}
	gate_clopper_pearson(1, 10000, 0.05, &low, &high);
	assert_near(low, 1 - pow(0.95, 1e-4), 1e-12);
	gate_clopper_pearson(7, 7, 0.05, &low, &high);
	assert_near(low, pow(0.05, 1.0 / 7), 1e-12);
	assert_near(high, 1, 0);
}

static void run_maxt(struct gate_maxt *maxt, const struct gate_runs *runs, double level)
{
	struct gate_maxt_options options = {
		.n_pairs = runs->n_pairs, .level = level, .seed = 20261123};
	bool *candidates guard_free = malloc(runs->n_rows);

	assert_non_null(candidates);
	memset(candidates, true, runs->n_rows);
	assert_int_equal(gate_maxt_init(maxt, runs, candidates, &options), 0);
}

/* Differences of the heights of crossed and self-fertilized maize, in eighths of an inch. */
static const double maize[15] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};

/* Fisher: of all 32,768 flips 863 have a sum of 314 or more. */
static void test_maize_by_draws(void **state)
{
	struct gate_maxt maxt;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 15, 1, 10000);
	gate_maker_row(&runs, 0, "maize", false, 1000, maize);
	run_maxt(&maxt, &runs, 0.05);
	assert_false(maxt.exact);
	assert_int_equal(maxt.n_flips, 10000);
	/* Four standard deviations of a share of 10,000. */
	assert_near(maxt.rows[0].p, 863.0 / 32768, 4 * 0.0016);
	assert_near(maxt.rows[0].mean_ns, 314.0 / 15, 1e-9);
	gate_maxt_deinit(&maxt);
	gate_runs_deinit(&runs);
}

/* With one row t rises with the sum, whatever the variance is made of. */
static void test_maize_by_all(void **state)
{
	size_t n_reach = 0;
	double sum = 0;
	struct gate_maxt maxt;
	struct gate_runs runs;

	(void)state;
	for (size_t pair = 0; pair < 12; pair++)
		sum += maize[pair];
	for (unsigned int flip = 0; flip < 1 << 12; flip++) {
		double flipped = 0;

		for (size_t pair = 0; pair < 12; pair++)
			flipped += flip >> pair & 1 ? -maize[pair] : maize[pair];
		n_reach += flipped >= sum;
	}
	gate_maker_init(&runs, 12, 1, 10000);
	gate_maker_row(&runs, 0, "maize", false, 1000, maize);
	run_maxt(&maxt, &runs, 0.05);
	assert_true(maxt.exact);
	assert_int_equal(maxt.n_flips, 4096);
	assert_true(maxt.rows[0].p == n_reach / 4096.0);
	gate_maxt_deinit(&maxt);
	gate_runs_deinit(&runs);
}

/*
 * Two pairs, differences 40 and 20: mean 30, s^2 200, v (240 + 220) / 2 = 230. phi is 1, s~^2 the
 * larger of 230 and (4 * 230 + 200) / 5, t = 30 / sqrt(115). With one pair flipped: mean 10,
 * s^2 1800, phi 1800 / 230, s~^2 1800, t = 10 / 30.
 */
static void test_moderated(void **state)
{
	static const double more[] = {40, 20};
	struct gate_maxt maxt;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 2, 1, 10000);
	gate_maker_row(&runs, 0, "f", false, 100, more);
	run_maxt(&maxt, &runs, 0.5);
	assert_near(maxt.rows[0].t, 30 / sqrt(115), 1e-12);
	assert_near(maxt.rows[0].error_ns, sqrt(115), 1e-12);
	assert_near(maxt.phi, 1, 0);
	assert_true(maxt.rows[0].p == 0.25);
	assert_true(maxt.rows[0].p_faster == 1);
	assert_near(maxt.maxima[1], 1.0 / 3, 1e-12);
	assert_near(maxt.maxima[2], -1.0 / 3, 1e-12);
	assert_near(maxt.maxima[3], -30 / sqrt(115), 1e-12);
	/* Half of four flips reach 1/3. */
	assert_near(maxt.quantile, 1.0 / 3, 1e-12);
	assert_near(maxt.rows[0].low_ns, 30 - sqrt(115) / 3, 1e-12);
	assert_near(maxt.rows[0].high_ns, 30 + sqrt(115) / 3, 1e-12);
	assert_true(isinf(gate_maxt_quantile(&maxt, 0.24)));
	gate_maxt_deinit(&maxt);
	gate_runs_deinit(&runs);
}

/*
 * Three rows, three pairs, samples many enough that only s counts for phi. The first grows by 90,
 * 100, 110; the others by as much up and down. p of the first is 1/8, and that of the others is
 * counted against the largest of all three.
 */
static void test_max_of_several(void **state)
{
	static const double first[] = {90, 100, 110}, second[] = {50, -40, -10},
			    third[] = {0, 0, 0};
	struct gate_maxt maxt;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 3, 3, 10000);
	gate_maker_row(&runs, 0, "first", false, 100, first);
	gate_maker_row(&runs, 1, "second", true, 100, second);
	gate_maker_row(&runs, 2, "third", false, 100, third);
	run_maxt(&maxt, &runs, 0.125);
	assert_true(maxt.rows[0].p == 0.125);
	assert_true(maxt.rows[0].t == maxt.quantile);
	assert_near(maxt.rows[0].low_ns, 0, 1e-9);
	/* What does not change at all is reached wherever anything grows: and what shrinks in one
	 * row is 0 in the third, so always. */
	assert_true(maxt.rows[2].p == 1 && maxt.rows[2].t == 0);
	assert_true(maxt.rows[1].t == 0 && maxt.rows[1].p == 1);
	gate_maxt_deinit(&maxt);
	gate_runs_deinit(&runs);
}

static void test_candidates(void **state)
{
	static const double none[2] = {};
	bool candidates[4];
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 2, 4, 7500); /* 30,000 samples, of which 0.2 % are 60 */
	gate_maker_row(&runs, 0, "enough", false, 15, none);
	gate_maker_row(&runs, 1, "few", false, 15, none);
	runs.x[GATE_HEAD][1 * 2 + 1] = 14;
	gate_maker_row(&runs, 2, "none", false, 0, none);
	gate_maker_row(&runs, 3, "one side", false, 0, none);
	runs.x[GATE_HEAD][3 * 2] = 60;
	gate_maxt_candidates(&runs, 2, candidates);
	assert_true(candidates[0] && !candidates[1] && !candidates[2] && candidates[3]);
	/* The share of them, where samples are many. */
	runs.runs[GATE_BASE][0].n_samples += 1;
	gate_maxt_candidates(&runs, 2, candidates);
	assert_false(candidates[0]);
	gate_runs_deinit(&runs);
}

/* A row without any sample has no variance and is not tested; runs without samples are refused. */
static void test_nothing_to_test(void **state)
{
	static const double none[3] = {};
	struct gate_maxt_options options = {.n_pairs = 3, .level = 0.2};
	bool candidates[1] = {true};
	struct gate_maxt maxt;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 3, 1, 1000);
	gate_maker_row(&runs, 0, "f", false, 0, none);
	run_maxt(&maxt, &runs, 0.2);
	assert_int_equal(maxt.n_candidates, 0);
	assert_false(maxt.rows[0].candidate);
	assert_true(maxt.rows[0].p == 1);
	gate_maxt_deinit(&maxt);
	runs.runs[GATE_HEAD][2].n_samples = 0;
	assert_int_equal(gate_maxt_init(&maxt, &runs, candidates, &options), -EINVAL);
	gate_maxt_deinit(&maxt);
	options.n_pairs = 1;
	assert_int_equal(gate_maxt_init(&maxt, &runs, candidates, &options), -EINVAL);
	gate_maxt_deinit(&maxt);
	gate_runs_deinit(&runs);
}

/* Without an estimate's error (many pairs) an effect of z_level + z_power errors is seen. */
static void test_detectable(void **state)
{
	struct gate_maxt_row row = {.base_ns = 100, .head_ns = 100, .error_ns = 1, .sampling = 1};

	(void)state;
	assert_near(gate_student_effect(0.9, 2.326348, 0, 1e4), 2.326348 + 1.281552, 1e-3);
	/* Where a least effect counts, that is z_power beyond it. */
	assert_near(gate_student_effect(0.9, 2.326348, 10, 1e4), 10 + 1.281552, 1e-3);
	/* And with few pairs more is needed: the power of what is needed is what was asked for. */
	assert_true(gate_student_effect(0.9, 3, 0, 7) > 3 + 1.281552);
	assert_near(gate_student_power(gate_student_effect(0.9, 3, 0, 7), 3, 0, 7), 0.9, 1e-9);
	assert_true(isinf(gate_student_effect(0.9, INFINITY, 0, 7)));
	/* e^2 = a^2 (1 + e / 200) by sampling alone, a^2 (1 + e / 100 + e^2 / 20000) by runs alone.
	 */
	assert_near(gate_detect_ns(&row, 20), (2 + sqrt(4 + 1600)) / 2, 1e-9);
	row.sampling = 0;
	assert_near(gate_detect_ns(&row, 20), (4 + sqrt(16 + 1600 * 0.98)) / (2 * 0.98), 1e-9);
	row.error_ns = 10;
	assert_true(isinf(gate_detect_ns(&row, 20)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_student_tables),	   cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_runs_without_noise), cmocka_unit_test(test_clopper_pearson),
		cmocka_unit_test(test_maize_by_draws),	   cmocka_unit_test(test_maize_by_all),
		cmocka_unit_test(test_moderated),	   cmocka_unit_test(test_max_of_several),
		cmocka_unit_test(test_candidates),	   cmocka_unit_test(test_nothing_to_test),
		cmocka_unit_test(test_detectable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
