// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Draws come in, out goes how often a limit is wrong: the true change of any row, of its own or
 * its total, is above the upper limit of that row or below the lower one.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "tests/gate/simulation.h"

static const struct model models[] = {
	{.name = "quiet: 1 %, run 0.5 %, 10,000 samples",
	 .samples = 1e4,
	 .functions = 0.01,
	 .run = 0.005},
	{.name = "3 %, 10,000 samples", .samples = 1e4, .functions = 0.03},
	{.name = "3 %, 100,000 samples", .samples = 1e5, .functions = 0.03},
	{.name = "3 %, run 3 %, 10,000 samples", .samples = 1e4, .functions = 0.03, .run = 0.03},
};

enum { N_MODELS = sizeof(models) / sizeof(*models), LEAF = 2 };

struct wrong {
	size_t n, below, above, program_below, program_above;
};

/* Of an operation, in ns; all noise is by a factor whose logarithm is normal. */
static double true_change(const struct model *model, const struct effect *effect, size_t row)
{
	double squares = model->functions * model->functions + model->run * model->run;
	bool has = row == LEAF || row == MODEL_FUNCTIONS + LEAF ||
		   row == 2 * MODEL_FUNCTIONS + LEAF % MODEL_GROUPS || row == MODEL_MAIN;

	return has ? effect->of_program * MODEL_PROGRAM_NS * exp(squares / 2) : 0;
}

static void compare_limits(const struct model *model, const struct effect *effect,
			   const struct gate_result *result, struct wrong *wrong)
{
	bool is_below = false, is_above = false;

	vec_each(&result->findings, finding) {
		double change = true_change(model, effect, finding->row);

		is_below |= finding->candidate && finding->high_ns < change;
		is_above |= finding->candidate && finding->low_ns > change;
	}
	wrong->below += is_below;
	wrong->above += is_above;
	wrong->program_below += result->program.high < 1 + effect->of_program;
	wrong->program_above += result->program.low > 1 + effect->of_program;
}

static double percent(size_t k, size_t n)
{
	return 100.0 * k / n;
}

static int limits_row(const struct simulation *simulation, const struct model *model,
		      enum plan plan, double size)
{
	struct effect effect = {.function = LEAF, .of_program = size};
	struct comparison comparison = {.model = model, .effect = &effect, .plan = plan};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct gate_runs runs[2];
	struct wrong wrong = {};
	int err = model_init(&runs[0], 8);

	if (!err)
		err = model_init(&runs[1], 16);
	gsl_rng_set(rng, simulation->seed);
	for (; !err && wrong.n < simulation->n_draws; wrong.n++) {
		struct gate_result result;

		err = simulation_compare(simulation, &comparison, rng, runs, &result);
		compare_limits(model, &effect, &result, &wrong);
		gate_result_deinit(&result);
	}
	gate_runs_deinit(&runs[0]);
	gate_runs_deinit(&runs[1]);
	gsl_rng_free(rng);
	printf("| %s | %s | %.0f %% | %.2f %% | %.2f %% | %.2f %% | %.2f %% |\n", model->name,
	       plan == PLAN_8 ? "8" : "16", 100 * size, percent(wrong.program_below, wrong.n),
	       percent(wrong.program_above, wrong.n), percent(wrong.below, wrong.n),
	       percent(wrong.above, wrong.n));
	fflush(stdout);
	return err;
}

int simulation_limits(const struct simulation *simulation)
{
	printf("\n%zu draws a row, seed %lu, %zu flips of 16 pairs, each limit at the level %g; of "
	       "functions: any of all rows\n\n"
	       "| noise, samples a run | pairs | a leaf slower by | program: upper limit too low | "
	       "lower too high | functions: an upper limit too low | a lower one too high |\n"
	       "|---|---|---|---|---|---|---|\n",
	       simulation->n_draws, (unsigned long)simulation->seed, simulation->n_flips,
	       GATE_ALPHA);
	for (size_t i = 0; i < N_MODELS; i++)
		for (enum plan plan = PLAN_8; plan <= PLAN_16; plan++)
			for (int k = 0; k < 2; k++) {
				int err;

				if (simulation->row && simulation->row != i + 1)
					continue;
				err = limits_row(simulation, &models[i], plan, k ? 0.05 : 0);
				if (err)
					return err;
			}
	return 0;
}
