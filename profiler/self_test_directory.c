// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory's runs come in. The head is brought to the base's mean, function
 * by function, so that what is left of it is noise; then one function is made
 * slower, more and more, until the gate says so.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/verdict.h"
#include "profiler/ab_judge.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/self_test.h"

/* How much slower a function is made, one after the other. */
static const double sizes[] = {0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5};
enum { N_SIZES = sizeof(sizes) / sizeof(*sizes), N_PICKED = 3 };
/* The largest function, and one near each of these shares. */
static const double picked_shares[N_PICKED] = {1, 0.05, 0.01};

/* Costs of the head: of a row c[row * n + pair], of the program cost[pair]. Samples follow. */
struct copy {
	struct ab_judge *judge;
	double *c, *cost;
};

static void copy_deinit(struct copy *copy)
{
	free(copy->c);
	free(copy->cost);
}

static double mean_of(const struct gate_runs *runs, enum gate_side side, size_t row)
{
	double sum = 0;

	for (size_t pair = 0; pair < runs->n_pairs; pair++) {
		const struct gate_run *run = &runs->runs[side][pair];
		double x = row == SIZE_MAX ? run->n_samples
					   : runs->x[side][row * runs->n_pairs + pair];

		sum += gate_run_cost(run) * x / run->n_samples / runs->n_pairs;
	}
	return sum;
}

static double factor_of(const struct gate_runs *runs, size_t row)
{
	double head = mean_of(runs, GATE_HEAD, row);

	return head > 0 ? mean_of(runs, GATE_BASE, row) / head : 1;
}

static int copy_init(struct copy *copy, struct ab_judge *judge)
{
	const struct gate_runs *runs = &judge->read.runs;
	size_t n = runs->n_pairs;

	*copy = (struct copy){
		.judge = judge,
		.c = calloc(runs->n_rows * n + 1, sizeof(double)),
		.cost = calloc(n, sizeof(double)),
	};
	if (!copy->c || !copy->cost)
		return -ENOMEM;
	for (size_t pair = 0; pair < n; pair++)
		copy->cost[pair] =
			gate_run_cost(&runs->runs[GATE_HEAD][pair]) * factor_of(runs, SIZE_MAX);
	for (size_t row = 0; row < runs->n_rows; row++) {
		double factor = factor_of(runs, row);

		for (size_t pair = 0; pair < n; pair++) {
			const struct gate_run *run = &runs->runs[GATE_HEAD][pair];

			copy->c[row * n + pair] = gate_run_cost(run) * factor *
						  runs->x[GATE_HEAD][row * n + pair] /
						  run->n_samples;
		}
	}
	return 0;
}

/* Puts the costs into the runs, a function (UINT32_MAX: none) being slower by size. */
static void inject(const struct copy *copy, uint32_t function, double size)
{
	struct gate_runs *runs = &copy->judge->read.runs;
	size_t n = runs->n_pairs;

	for (size_t pair = 0; pair < n; pair++) {
		struct gate_run *run = &runs->runs[GATE_HEAD][pair];
		double more = 0, cost;

		for (size_t row = 0; row < runs->n_rows; row++)
			if (runs->rows[row].function == function)
				more = fmax(more, size * copy->c[row * n + pair]);
		cost = copy->cost[pair] + more;
		run->cpu_ns = (uint64_t)(cost * run->operations);
		for (size_t row = 0; row < runs->n_rows; row++) {
			bool hit = runs->rows[row].function == function;
			double c = copy->c[row * n + pair] * (hit ? 1 + size : 1);

			runs->x[GATE_HEAD][row * n + pair] = c * run->n_samples / cost;
		}
	}
}

static int judge_once(const struct copy *copy, double alpha, uint32_t function, bool *ret_fails,
		      bool *ret_named)
{
	guard(gate_result_deinit) struct gate_result result = {};
	const struct gate_runs *runs = &copy->judge->read.runs;
	int err = gate_result_init(&result);

	if (!err)
		err = ab_judge_decide(copy->judge, alpha, &result);
	*ret_fails = result.verdict == GATE_FAIL;
	*ret_named = false;
	vec_each(&result.findings, finding)
		*ret_named |= finding->verdict == GATE_FAIL && finding->row < runs->n_rows &&
			      runs->rows[finding->row].function == function;
	if (!err && result.verdict == GATE_INVALID) {
		message("gate: %s", result.cause ? result.cause : "the runs are no good");
		return -EINVAL;
	}
	return err;
}

/* The row whose share is nearest to one, by the ratio; SIZE_MAX: there is none. */
static size_t pick(const struct gate_runs *runs, double share, const size_t *known, size_t n_known)
{
	double program = mean_of(runs, GATE_BASE, SIZE_MAX), best = INFINITY;
	size_t found = SIZE_MAX;

	for (size_t row = 0; row < runs->n_rows; row++) {
		double of_row = mean_of(runs, GATE_BASE, row) / program;
		double off = of_row > 0 ? fabs(log(of_row / share)) : INFINITY;
		bool is_known = runs->rows[row].function == UINT32_MAX;

		for (size_t i = 0; i < n_known; i++)
			is_known |= runs->rows[known[i]].function == runs->rows[row].function;
		/* What is all of the program is main, and nothing but the program. */
		if (is_known || of_row > 0.9 || off >= best)
			continue;
		best = off;
		found = row;
	}
	return found;
}

static int test_row(const struct copy *copy, double alpha, size_t row, bool *ret_seen)
{
	const struct gate_runs *runs = &copy->judge->read.runs;
	uint32_t function = runs->rows[row].function;
	double share = mean_of(runs, GATE_BASE, row) / mean_of(runs, GATE_BASE, SIZE_MAX);
	char text[512];

	snprintf(text, sizeof(text), "%s", runs->rows[row].name);
	message_clean(text);
	for (size_t i = 0; i < N_SIZES; i++) {
		bool fails, named;
		int err;

		inject(copy, function, sizes[i]);
		err = judge_once(copy, alpha, function, &fails, &named);
		if (err)
			return err;
		if (!fails || !named)
			continue;
		printf("%6.1f %%  %+7.0f %%  %s\n", 100 * share, 100 * sizes[i], text);
		*ret_seen = true;
		return 0;
	}
	printf("%6.1f %%        no  %s\n", 100 * share, text);
	return 0;
}

static int test_directory(struct ab_judge *judge, double alpha, bool *ret_ok)
{
	guard(copy_deinit) struct copy copy = {};
	const struct gate_runs *runs = &judge->read.runs;
	size_t known[N_PICKED], n_known = 0;
	bool fails, named, seen = false;
	int err = copy_init(&copy, judge);

	if (err)
		return err;
	inject(&copy, UINT32_MAX, 0);
	err = judge_once(&copy, alpha, UINT32_MAX, &fails, &named);
	if (err)
		return err;
	printf("%s  with the head brought to the base's mean: %s\n\n", fails ? "FAIL" : "ok",
	       fails ? "FAIL" : "no FAIL");
	printf("%8s  %9s  %s\n", "share", "seen from", "function");
	for (size_t i = 0; i < N_PICKED; i++) {
		size_t row = pick(runs, picked_shares[i], known, n_known);

		if (row == SIZE_MAX)
			break;
		known[n_known++] = row;
	}
	for (size_t i = 0; i < n_known && !err; i++)
		err = test_row(&copy, alpha, known[i], &seen);
	*ret_ok = !fails && seen;
	return err;
}

int self_test_directory(const char *directory, double alpha)
{
	guard(ab_judge_deinit) struct ab_judge judge = {};
	bool ok = false;
	int err = ab_judge_init(&judge, directory);

	if (err)
		return EXIT_USAGE;
	if (!judge.inputs.paired || !judge.read.has_functions) {
		message("%s: has no %s; a self-test takes pairs of runs with profiles", directory,
			judge.inputs.paired ? "profiles" : "pairs");
		return EXIT_USAGE;
	}
	err = test_directory(&judge, alpha, &ok);
	if (err)
		return EXIT_USAGE;
	printf("\n%s\n", ok ? "the gate fails where it must, and only there"
			    : "the gate does not decide as it must with these runs");
	return ok ? EXIT_DONE : EXIT_FAILED;
}
