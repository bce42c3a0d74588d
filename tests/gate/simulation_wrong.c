// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Draws come in, out goes how often two simpler ways accuse somebody who did
 * nothing: samples of all runs of a side thrown together, and shares of the
 * samples in place of costs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "base/guard.h"
#include "gate/maxt.h"
#include "tests/gate/simulation.h"

enum { PAIRS = 8 };

static double pooled(const struct gate_runs *runs, enum gate_side side, size_t row)
{
	double sum = 0;

	for (size_t pair = 0; pair < PAIRS; pair++)
		sum += row < runs->n_rows ? runs->x[side][row * PAIRS + pair]
					  : runs->runs[side][pair].n_samples;
	return sum;
}

/* Two proportions, each of the side's samples; level shared by all functions (Bonferroni). */
static bool pooled_accuses(const struct gate_runs *runs, double level)
{
	double base = pooled(runs, GATE_BASE, runs->n_rows);
	double head = pooled(runs, GATE_HEAD, runs->n_rows);
	bool candidates[MODEL_ROWS];
	size_t n = 0;

	gate_maxt_candidates(runs, PAIRS, candidates);
	for (size_t row = 0; row < MODEL_FUNCTIONS; row++)
		n += candidates[row];
	for (size_t row = 0; row < MODEL_FUNCTIONS; row++) {
		double a = pooled(runs, GATE_BASE, row), b = pooled(runs, GATE_HEAD, row);
		double p = (a + b) / (base + head);
		double z = (b / head - a / base) / sqrt(p * (1 - p) * (1 / base + 1 / head));

		if (candidates[row] && gsl_cdf_ugaussian_Q(z) <= level / n)
			return true;
	}
	return false;
}

/* What maxT says of functions: of costs, or of shares when each run costs the same. */
static int maxt_accuses(const struct gate_runs *runs, bool *ret)
{
	struct gate_maxt_options options = {.n_pairs = PAIRS, .level = GATE_ALPHA};
	struct gate_maxt maxt guard(gate_maxt_deinit) = {};
	bool candidates[MODEL_ROWS];
	int err;

	gate_maxt_candidates(runs, PAIRS, candidates);
	err = gate_maxt_init(&maxt, runs, candidates, &options);
	*ret = false;
	for (size_t row = 0; !err && row < maxt.n_rows; row++)
		*ret |= maxt.rows[row].p <= GATE_ALPHA;
	return err;
}

static void take_shares(struct gate_runs *runs)
{
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < PAIRS; pair++)
			runs->runs[side][pair].cpu_ns = MODEL_PROGRAM_NS;
}

static int wrong_row(const struct simulation *simulation, const struct model *model,
		     const struct effect *effect, const char *what)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t by_pooled = 0, by_pooled_loosely = 0, by_cost = 0, by_share = 0;
	struct gate_runs runs;
	int err = model_init(&runs, PAIRS);

	gsl_rng_set(rng, simulation->seed);
	for (size_t i = 0; !err && i < simulation->n_draws; i++) {
		bool cost = false, share = false;

		err = model_draw(model, effect, rng, &runs, 0);
		by_pooled += pooled_accuses(&runs, GATE_ALPHA);
		by_pooled_loosely += pooled_accuses(&runs, 5 * GATE_ALPHA);
		if (!err)
			err = maxt_accuses(&runs, &cost);
		take_shares(&runs);
		if (!err)
			err = maxt_accuses(&runs, &share);
		by_cost += cost;
		by_share += share;
	}
	printf("| %s | %s | %.1f %% | %.1f %% | %.1f %% | %.2f %% |\n", model->name, what,
	       100.0 * by_pooled / simulation->n_draws,
	       100.0 * by_pooled_loosely / simulation->n_draws,
	       100.0 * by_share / simulation->n_draws, 100.0 * by_cost / simulation->n_draws);
	fflush(stdout);
	gate_runs_deinit(&runs);
	gsl_rng_free(rng);
	return err;
}

int simulation_wrong(const struct simulation *simulation)
{
	static const struct model few = {
		.name = "3 %, 10,000 samples", .samples = 1e4, .functions = 0.03};
	static const struct model many = {
		.name = "3 %, 100,000 samples", .samples = 1e5, .functions = 0.03};
	static const struct model hot_few = {
		.name = "3 %, 10,000 samples", .samples = 1e4, .functions = 0.03, .hot = 6};
	static const struct model hot_many = {
		.name = "3 %, 100,000 samples", .samples = 1e5, .functions = 0.03, .hot = 6};
	static const struct effect faster = {.function = 0, .factor = 0.7};
	int err;

	printf("\n%zu draws a row, seed %lu, 8 pairs, level %g; nobody is slower\n\n"
	       "| noise, samples a run | head | samples thrown together | the same at 5 %% | maxT "
	       "of "
	       "shares | maxT of costs |\n|---|---|---|---|---|---|\n",
	       simulation->n_draws, (unsigned long)simulation->seed, GATE_ALPHA);
	err = wrong_row(simulation, &few, NULL, "the same");
	if (!err)
		err = wrong_row(simulation, &many, NULL, "the same");
	if (!err)
		err = wrong_row(simulation, &hot_few, &faster, "the hottest function 30 % faster");
	if (!err)
		err = wrong_row(simulation, &hot_many, &faster, "the hottest function 30 % faster");
	return err;
}
