// SPDX-License-Identifier: GPL-2.0-or-later
/* A factor comes in; runs are made up, and the gate's verdict on them goes out. */
#include "profiler/self_test_made.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "base/guard.h"
#include "gate/runs.h"
#include "gate/verdict.h"

enum { N_PAIRS = 8, N_FUNCTIONS = 20, CHANGED = 7, N_SAMPLES = 2000, SEED = 1, RUN_NS = 500000000 };
#define RUN_NOISE 0.01

static void make_run(struct gate_runs *runs, gsl_rng *random, enum gate_side side, size_t pair,
		     double factor)
{
	double shares[N_FUNCTIONS], sum = 0;
	unsigned int x[N_FUNCTIONS];
	struct gate_run *run = &runs->runs[side][pair];

	for (size_t i = 0; i < N_FUNCTIONS; i++) {
		shares[i] = (i == CHANGED && side == GATE_HEAD ? factor : 1) / N_FUNCTIONS;
		sum += shares[i];
	}
	run->cpu_ns = (uint64_t)(RUN_NS * sum * exp(gsl_ran_gaussian(random, RUN_NOISE)));
	run->n_samples = floor(N_SAMPLES * sum);
	run->whole = 1;
	gsl_ran_multinomial(random, N_FUNCTIONS, (unsigned int)run->n_samples, shares, x);
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		runs->x[side][i * N_PAIRS + pair] = x[i];
}

int self_test_made(double factor, struct gate_result *result)
{
	guard(gate_runs_deinit) struct gate_runs runs = {};
	const struct gate_request request = {
		.runs = &runs,
		.alpha = GATE_ALPHA,
		.first_pairs = N_PAIRS,
		.last_pairs = N_PAIRS,
		.seed = SEED,
		.is_complete = true,
	};
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	int err = random ? gate_runs_init(&runs, N_PAIRS, N_FUNCTIONS) : -ENOMEM;
	char name[32];

	for (uint32_t i = 0; !err && i < N_FUNCTIONS; i++) {
		snprintf(name, sizeof(name), "function %u", i);
		err = gate_runs_name(&runs, i, name, "");
		runs.rows[i].function = i;
	}
	if (!err)
		gsl_rng_set(random, SEED);
	for (size_t pair = 0; !err && pair < N_PAIRS; pair++)
		for (int side = 0; side < GATE_SIDES; side++)
			make_run(&runs, random, side, pair, factor);
	if (!err)
		err = gate_verdict_decide(&request, result);
	if (random)
		gsl_rng_free(random);
	return err;
}
