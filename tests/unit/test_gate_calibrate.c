// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * calibrate: noise that was put in comes out, and what is said to be seen in 90 %
 * of comparisons is, in comparisons made up with that noise.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "gate/calibrate.h"
#include "gate/maxt.h"
#include "gate/program.h"

enum { N_FUNCTIONS = 20, MOST_PAIRS = 64 };

/* 20 functions, of the shares below; function 0 has 5 % and is what is made slower. */
struct model {
	double noise, drift, n_samples;
	double slower, all_slower; /* factors of the head */
	double own;		   /* noise of each function */
};

static void make(struct gate_runs *runs, double *costs, gsl_rng *random, size_t n_pairs,
		 const struct model *model)
{
	double shares[N_FUNCTIONS];
	unsigned int x[N_FUNCTIONS];

	assert_int_equal(gate_runs_init(runs, n_pairs, N_FUNCTIONS), 0);
	for (size_t pair = 0; pair < n_pairs; pair++)
		for (int side = 0; side < GATE_SIDES; side++) {
			struct gate_run *run = &runs->runs[side][pair];
			double at = (2.0 * pair + side) / (2.0 * n_pairs - 1), sum = 0;

			for (uint32_t i = 0; i < N_FUNCTIONS; i++) {
				shares[i] = i ? 0.05 : side ? 0.05 * model->slower : 0.05;
				if (model->own > 0)
					shares[i] *= exp(gsl_ran_gaussian(random, model->own));
				sum += shares[i];
				runs->rows[i].function = i;
			}
			run->cpu_ns = (uint64_t)(1e9 * sum * (side ? model->all_slower : 1) *
						 exp(gsl_ran_gaussian(random, model->noise) +
						     model->drift * at));
			run->n_samples = floor(model->n_samples * sum);
			run->operations = 1;
			gsl_ran_multinomial(random, N_FUNCTIONS, (unsigned int)run->n_samples,
					    shares, x);
			for (size_t i = 0; i < N_FUNCTIONS; i++)
				runs->x[side][i * n_pairs + pair] = x[i];
			if (costs)
				costs[2 * pair + side] = run->cpu_ns;
		}
}

static gsl_rng *make_random(unsigned long seed)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

	assert_non_null(random);
	gsl_rng_set(random, seed);
	return random;
}

static struct gate_calibration calibrate(const struct model *model, size_t n_pairs,
					 unsigned long seed)
{
	gsl_rng *random = make_random(seed);
	struct gate_calibration noise;
	double costs[2 * MOST_PAIRS];
	struct gate_runs runs;

	make(&runs, costs, random, n_pairs, model);
	assert_int_equal(gate_calibrate(&runs, costs, true, &noise), 0);
	gate_runs_deinit(&runs);
	gsl_rng_free(random);
	return noise;
}

#define assert_near(value, expected, part)                                                         \
	assert_true(fabs((value) - (expected)) <= (part)*fabs((double)(expected)))

static void test_noise(void **state)
{
	const struct model model = {0.02, 0, 4000, 1, 1, 0};
	struct gate_calibration noise = calibrate(&model, 64, 1);

	(void)state;
	assert_near(noise.spread, 0.02, 0.2);
	assert_true(fabs(noise.drift) < 4 * noise.drift_error);
	assert_near(noise.n_samples, 4000, 0.01);
	assert_near(noise.cost_ns, 1e9, 0.02);
	assert_int_equal(noise.n_candidates, N_FUNCTIONS);
	/* v = 2 C^2 q / N, and the runs' (q C 0.02)^2 * 2 beside it: 1 + 0.02^2 q N = 1.08. */
	assert_true(noise.phi >= 1 && noise.phi < 1.3);
}

/* Of each function by its own; what that is for a large one does not come from phi, which has
 * 1 + 0.05^2 q N of functions of 5 %. */
static void test_noise_of_functions(void **state)
{
	const struct model model = {0.001, 0, 20000, 1, 1, 0.05};
	struct gate_calibration noise = calibrate(&model, 32, 7);
	double of_20, by_runs = 0.05 * sqrt(2.0 / 16);

	(void)state;
	assert_near(noise.functions, 0.05, 0.15);
	assert_near(noise.phi, 1 + 0.05 * 0.05 * 0.05 * 20000, 0.25);
	of_20 = gate_calibration_function(&noise, 16, 0.2);
	assert_true(of_20 > by_runs * (2.947 + 1.2816));
	noise.functions = 0;
	assert_true(gate_calibration_function(&noise, 16, 0.2) < 0.8 * of_20);
}

/* 10 % from the first run to the last is no noise of pairs. */
static void test_drift(void **state)
{
	const struct model model = {0.005, log(1.10), 4000, 1, 1, 0};
	struct gate_calibration noise = calibrate(&model, 32, 2);

	(void)state;
	assert_near(noise.drift, 0.10, 0.15);
	assert_true(noise.drift_error < 0.01);
	assert_near(noise.spread, 0.005, 0.3);
}

static void test_more_is_better(void **state)
{
	const struct model model = {0.01, 0, 1000, 1, 1, 0};
	struct gate_calibration noise = calibrate(&model, 16, 3);
	struct gate_calibration longer = gate_calibration_longer(&noise, 4);

	(void)state;
	assert_true(gate_calibration_program(&noise, 16) < gate_calibration_program(&noise, 8));
	for (double share = 0.01; share < 0.5; share *= 2) {
		double at_8 = gate_calibration_function(&noise, 8, share);

		assert_true(gate_calibration_function(&noise, 16, share) < at_8);
		assert_true(gate_calibration_function(&noise, 8, share * 2) < at_8);
		assert_true(gate_calibration_function(&longer, 8, share) < at_8);
	}
	assert_true(gate_calibration_program(&longer, 8) == gate_calibration_program(&noise, 8));
}

/* What it takes is the other way round of what is seen. */
static void test_what_it_takes(void **state)
{
	const struct model model = {0.01, 0, 1000, 1, 1, 0};
	struct gate_calibration noise = calibrate(&model, 16, 5), longer;
	size_t n = gate_calibration_pairs(&noise, -1, 0.01);
	double times = gate_calibration_length(&noise, 16, 0.05, 0.2);

	(void)state;
	assert_in_range(n, 17, 60);
	assert_true(gate_calibration_program(&noise, n) <= 0.01);
	assert_true(gate_calibration_program(&noise, n - 1) > 0.01);
	assert_int_equal(gate_calibration_pairs(&noise, -1, 1), GATE_CALIBRATION_LEAST);
	assert_int_equal(gate_calibration_pairs(&noise, -1, 1e-6), 0);
	n = gate_calibration_pairs(&noise, 0.05, 0.2);
	assert_true(gate_calibration_function(&noise, n, 0.05) <= 0.2);
	assert_true(gate_calibration_function(&noise, n - 1, 0.05) > 0.2);

	longer = gate_calibration_longer(&noise, times);
	assert_true(gate_calibration_function(&longer, 16, 0.05) <= 0.2);
	longer = gate_calibration_longer(&noise, times / 1.05);
	assert_true(gate_calibration_function(&longer, 16, 0.05) > 0.2);
	/* Runs differ by 1 %: no length makes that less. */
	assert_true(isinf(gate_calibration_length(&noise, 16, 0.05, 0.001)));
	/* What is larger is seen in shorter runs. */
	assert_true(gate_calibration_length(&noise, 16, 0.05, 0.4) < times);
}

static void test_no_samples(void **state)
{
	const struct model model = {0.01, 0, 1000, 1, 1, 0};
	gsl_rng *random = make_random(4);
	struct gate_calibration noise;
	double costs[2 * MOST_PAIRS];
	struct gate_runs runs;

	(void)state;
	make(&runs, costs, random, 8, &model);
	assert_int_equal(gate_calibrate(&runs, costs, false, &noise), 0);
	assert_true(isnan(noise.phi));
	assert_true(isinf(gate_calibration_function(&noise, 8, 0.1)));
	assert_true(gate_calibration_program(&noise, 8) > 0);
	gate_runs_deinit(&runs);
	gsl_rng_free(random);
}

enum { DRAWS = 400 };

/* How many of DRAWS comparisons with 8 pairs find what is slower, at half of alpha. */
static size_t count_seen(const struct model *model, bool program, unsigned long seed)
{
	const struct gate_maxt_options options = {.n_pairs = 8, .level = 0.005, .seed = 1};
	gsl_rng *random = make_random(seed);
	size_t n_seen = 0;

	for (int draw = 0; draw < DRAWS; draw++) {
		bool candidates[N_FUNCTIONS];
		struct gate_program_test test;
		struct gate_maxt maxt = {};
		struct gate_runs runs;

		make(&runs, NULL, random, 8, model);
		if (program) {
			assert_int_equal(gate_program_test(&runs, 8, 0.005, &test), 0);
			n_seen += test.p <= 0.005;
		} else {
			gate_maxt_candidates(&runs, 8, candidates);
			assert_int_equal(gate_maxt_init(&maxt, &runs, candidates, &options), 0);
			n_seen += maxt.rows[0].p <= 0.005;
		}
		gate_maxt_deinit(&maxt);
		gate_runs_deinit(&runs);
	}
	gsl_rng_free(random);
	return n_seen;
}

/* 90 % of 400, or more: the next comparison's noise is not known, which is allowed for. Half of it
 * is not seen half as often. */
static void test_program_is_seen(void **state)
{
	struct model model = {0.01, 0, 1000, 1, 1, 0};
	struct gate_calibration noise = calibrate(&model, 64, 5);

	(void)state;
	noise.spread = 0.01;
	model.all_slower = 1 + gate_calibration_program(&noise, 8);
	assert_in_range(count_seen(&model, true, 6), DRAWS * 84 / 100, DRAWS);
	model.all_slower = 1 + gate_calibration_program(&noise, 8) / 2;
	assert_in_range(count_seen(&model, true, 6), 0, DRAWS * 65 / 100);
}

/* The same of a function of 5 %, with noise that was measured. */
static void test_function_is_seen(void **state)
{
	struct model model = {0.01, 0, 2000, 1, 1, 0};
	struct gate_calibration noise = calibrate(&model, 8, 7);
	double seen = gate_calibration_function(&noise, 8, 0.05);

	(void)state;
	model.slower = 1 + seen;
	assert_in_range(count_seen(&model, false, 8), DRAWS * 84 / 100, DRAWS);
	model.slower = 1 + seen / 2;
	assert_in_range(count_seen(&model, false, 9), 0, DRAWS * 65 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),		cmocka_unit_test(test_noise_of_functions),
		cmocka_unit_test(test_drift),		cmocka_unit_test(test_more_is_better),
		cmocka_unit_test(test_what_it_takes),	cmocka_unit_test(test_no_samples),
		cmocka_unit_test(test_program_is_seen), cmocka_unit_test(test_function_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
