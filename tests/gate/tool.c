// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The statistics of gate/ for tests/gate/test_scipy.py to compare: a matrix of
 * runs comes in on standard input ("PAIRS ROWS LEVEL SEED", then CPU time,
 * operations and samples of each run of the base and of the head, then each
 * row's samples by side), figures go out with 17 digits, one line each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/guard.h"
#include "gate/detect.h"
#include "gate/maxt.h"
#include "gate/program.h"
#include "gate/student.h"

static double number(void)
{
	double value;

	if (scanf("%lf", &value) != 1) {
		fprintf(stderr, "a number is missing\n");
		exit(2);
	}
	return value;
}

static void read_runs(struct gate_runs *runs)
{
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < runs->n_pairs; pair++) {
			struct gate_run *run = &runs->runs[side][pair];

			run->cpu_ns = number();
			run->operations = number();
			run->n_samples = number();
		}
	for (size_t row = 0; row < runs->n_rows; row++)
		for (int side = 0; side < GATE_SIDES; side++)
			for (size_t pair = 0; pair < runs->n_pairs; pair++)
				runs->x[side][row * runs->n_pairs + pair] = number();
}

static void print_program(const struct gate_runs *runs, double level)
{
	struct gate_program_test test;

	if (gate_program_test(runs, runs->n_pairs, level, &test))
		exit(3);
	printf("program %.17g %.17g %.17g %.17g %.17g\n", test.t, test.p, test.low, test.high,
	       gate_detect_program(&test, level, 0.02));
}

static void print_rows(const struct gate_runs *runs, double level, uint64_t seed)
{
	struct gate_maxt_options options = {.n_pairs = runs->n_pairs, .level = level, .seed = seed};
	struct gate_maxt maxt guard(gate_maxt_deinit) = {};
	bool *candidates guard_free = calloc(runs->n_rows, sizeof(*candidates));

	if (!candidates)
		exit(3);
	gate_maxt_candidates(runs, runs->n_pairs, candidates);
	if (gate_maxt_init(&maxt, runs, candidates, &options))
		exit(3);
	printf("maxt %zu %zu %.17g %.17g %.17g\n", maxt.n_candidates, maxt.n_flips, maxt.quantile,
	       maxt.phi, gate_detect_errors(&maxt, level, 0));
	for (size_t row = 0; row < runs->n_rows; row++) {
		const struct gate_maxt_row *of = &maxt.rows[row];

		printf("row %d %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", of->candidate,
		       of->mean_ns, of->error_ns, of->t, of->p, of->p_faster, of->low_ns,
		       of->high_ns);
	}
}

int main(void)
{
	size_t n_pairs = number(), n_rows = number();
	double level = number(), low, high;
	uint64_t seed = number();
	struct gate_runs runs;

	if (gate_runs_init(&runs, n_pairs, n_rows))
		return 3;
	read_runs(&runs);
	print_program(&runs, level);
	print_rows(&runs, level, seed);
	for (size_t k = 0; k <= 10; k += 5) {
		gate_clopper_pearson(k, 10, 0.025, &low, &high);
		printf("clopper %.17g %.17g\n", low, high);
	}
	gate_runs_deinit(&runs);
	return 0;
}
