// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Draws come in, out goes how often a slower head is seen, how often something of
 * the size that a PASS says it could have seen is, and how often a PASS is wrong.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "tests/gate/simulation.h"

static const struct model models[] = {
	{.name = "quiet: 1 %, run 0.5 %, 10,000 samples",
	 .samples = 1e4,
	 .functions = 0.01,
	 .run = 0.005,
	 .leaf_totals = true},
	{.name = "3 %, 10,000 samples", .samples = 1e4, .functions = 0.03, .leaf_totals = true},
	{.name = "3 %, 100,000 samples", .samples = 1e5, .functions = 0.03, .leaf_totals = true},
	{.name = "3 %, run 3 %, 10,000 samples",
	 .samples = 1e4,
	 .functions = 0.03,
	 .run = 0.03,
	 .leaf_totals = true},
};

enum { N_MODELS = sizeof(models) / sizeof(*models), LEAF = 2 };

static const char *const plan_names[] = {"8", "16", "8, then 16", "16 after 8"};

static size_t first_row(const struct simulation *simulation)
{
	return simulation->row ? simulation->row - 1 : 0;
}

static size_t last_row(const struct simulation *simulation)
{
	return simulation->row && simulation->row < N_MODELS ? simulation->row - 1 : N_MODELS - 1;
}

struct world {
	gsl_rng *rng;
	struct gate_runs runs[2];
};

static int world_init(struct world *world, uint64_t seed)
{
	int err = model_init(&world->runs[0], 8);

	world->rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(world->rng, seed);
	return err ? err : model_init(&world->runs[1], 16);
}

static void world_deinit(struct world *world)
{
	gate_runs_deinit(&world->runs[0]);
	gate_runs_deinit(&world->runs[1]);
	gsl_rng_free(world->rng);
}

struct seen {
	size_t n, fail, open, root, leaf;
};

static int see(const struct simulation *simulation, const struct comparison *comparison,
	       struct seen *ret)
{
	struct world world guard(world_deinit) = {};
	int err = world_init(&world, simulation->seed);
	char leaf[16];

	snprintf(leaf, sizeof(leaf), "f%d", LEAF);
	*ret = (struct seen){};
	for (; !err && ret->n < simulation->n_draws; ret->n++) {
		struct gate_result result;

		err = simulation_compare(simulation, comparison, world.rng, world.runs, &result);
		ret->fail += result.verdict == GATE_FAIL;
		ret->open += result.verdict == GATE_INCONCLUSIVE;
		ret->root += result.verdict == GATE_FAIL && result.root.found &&
			     !strcmp(result.root.name, leaf);
		vec_each(&result.findings, finding)
			ret->leaf += finding->row == LEAF && finding->is_slower;
		gate_result_deinit(&result);
	}
	return err;
}

static double percent(size_t k, size_t n)
{
	return n ? 100.0 * k / n : NAN;
}

static int power_row(const struct simulation *simulation, const struct model *model, enum plan plan,
		     double size, bool all)
{
	struct effect effect = {
		.function = LEAF, .of_program = all ? 0 : size, .all = all ? 1 + size : 0};
	struct comparison comparison = {.model = model, .effect = &effect, .plan = plan};
	struct seen seen;
	int err = see(simulation, &comparison, &seen);

	if (err)
		return err;
	printf("| %s | %s | %.0f %% %s | %.1f %% | ", model->name, plan_names[plan], 100 * size,
	       all ? "everywhere" : "in a leaf", percent(seen.fail, seen.n));
	if (all)
		printf("| | ");
	else
		printf("%.1f %% | %.1f %% | ", percent(seen.leaf, seen.n),
		       percent(seen.root, seen.fail));
	printf("%.1f %% |\n", percent(seen.open, seen.n));
	fflush(stdout);
	return 0;
}

int simulation_power(const struct simulation *simulation)
{
	static const double sizes[] = {0.01, 0.02, 0.05, 0.1};

	printf("\n%zu draws a row, seed %lu, %zu flips of 16 pairs; the leaf has %.1f %% of the "
	       "program\n\n"
	       "| noise, samples a run | pairs | slower by | FAIL | leaf shown | root frame right, "
	       "of "
	       "FAILs | inconclusive |\n|---|---|---|---|---|---|---|\n",
	       simulation->n_draws, (unsigned long)simulation->seed, simulation->n_flips,
	       100 * model_share(LEAF));
	for (size_t i = first_row(simulation); i <= last_row(simulation); i++)
		for (enum plan plan = PLAN_8; plan <= PLAN_BOTH; plan++)
			for (int k = 0; k < 8; k++) {
				int err = power_row(simulation, &models[i], plan, sizes[k % 4],
						    k >= 4);

				if (err)
					return err;
			}
	return 0;
}

/* What a comparison of identical code says it could have seen, as an effect of the next one. */
static int size_effects(const struct simulation *simulation, struct comparison *comparison,
			struct world *world, struct effect ret[2])
{
	struct gate_result result;
	int err;

	comparison->effect = NULL;
	err = simulation_compare(simulation, comparison, world->rng, world->runs, &result);
	ret[0] = (struct effect){.function = LEAF, .all = 1 + result.program.detectable};
	vec_each(&result.findings, finding)
		if (finding->row == LEAF)
			ret[1] = (struct effect){.function = LEAF,
						 .of_program =
							 finding->detectable_ns / MODEL_PROGRAM_NS};
	gate_result_deinit(&result);
	return err;
}

/* sizes, seen: of the program, and of the function. */
static int detect(const struct simulation *simulation, const struct model *model, enum plan plan,
		  double sizes[2], size_t seen[2])
{
	struct comparison comparison = {.model = model, .plan = plan};
	struct world world guard(world_deinit) = {};
	int err = world_init(&world, simulation->seed);

	memset(sizes, 0, 2 * sizeof(*sizes));
	memset(seen, 0, 2 * sizeof(*seen));

	for (size_t i = 0; !err && i < simulation->n_draws; i++) {
		struct effect effects[2] = {};

		err = size_effects(simulation, &comparison, &world, effects);
		sizes[0] += (effects[0].all - 1) / simulation->n_draws;
		sizes[1] += effects[1].of_program / simulation->n_draws;
		for (int k = 0; !err && k < 2; k++) {
			struct gate_result result;

			comparison.effect = &effects[k];
			err = simulation_compare(simulation, &comparison, world.rng, world.runs,
						 &result);
			seen[0] += k == 0 && result.program.verdict == GATE_FAIL;
			vec_each(&result.findings, finding)
				seen[1] += k == 1 && finding->row == LEAF && finding->is_slower;
			gate_result_deinit(&result);
		}
	}
	return err;
}

int simulation_check_detect(const struct simulation *simulation, size_t seen[2])
{
	double sizes[2];

	return detect(simulation, &models[1], PLAN_8, sizes, seen);
}

static int detect_row(const struct simulation *simulation, const struct model *model,
		      enum plan plan)
{
	double sizes[2];
	size_t seen[2];
	int err = detect(simulation, model, plan, sizes, seen);

	printf("| %s | %s | %.2f %% | %.1f %% | %.1f %% | %.1f %% |\n", model->name,
	       plan_names[plan], 100 * sizes[0], percent(seen[0], simulation->n_draws),
	       100 * sizes[1] / model_share(LEAF), percent(seen[1], simulation->n_draws));
	fflush(stdout);
	return err;
}

int simulation_detect(const struct simulation *simulation)
{
	printf("\n%zu draws a row, seed %lu, %zu flips of 16 pairs; 90 %% is what is promised\n\n"
	       "| noise, samples a run | pairs | program: said, mean | seen | function of %.1f %%: "
	       "said, mean | seen |\n|---|---|---|---|---|---|\n",
	       simulation->n_draws, (unsigned long)simulation->seed, simulation->n_flips,
	       100 * model_share(LEAF));
	for (size_t i = first_row(simulation); i <= last_row(simulation); i++)
		for (enum plan plan = PLAN_8; plan <= PLAN_16; plan++) {
			int err = detect_row(simulation, &models[i], plan);

			if (err)
				return err;
		}
	return 0;
}

/* With a limit, at a change that is just the limit (a PASS is wrong), and at none. */
static int pass_row(const struct simulation *simulation, const struct model *model, double limit,
		    bool of_program)
{
	struct effect effect = {.function = LEAF};
	struct comparison comparison = {.model = model, .plan = PLAN_BOTH};
	struct seen at_limit, at_none;
	int err;

	if (of_program)
		effect.all = 1 + limit;
	else
		effect.factor = 1 + limit;
	if (of_program)
		comparison.allowed.total = limit;
	else
		comparison.allowed.all_functions = limit;
	err = see(simulation, &comparison, &at_none);
	comparison.effect = &effect;
	if (!err)
		err = see(simulation, &comparison, &at_limit);
	printf("| %s | %.0f %% of %s | %.2f %% | %.1f %% | %.1f %% | %.1f %% | %.2f %% |\n",
	       model->name, 100 * limit, of_program ? "the program" : "each function's own",
	       percent(at_limit.n - at_limit.fail - at_limit.open, at_limit.n),
	       percent(at_limit.fail, at_limit.n),
	       percent(at_none.n - at_none.fail - at_none.open, at_none.n),
	       percent(at_none.open, at_none.n), percent(at_none.fail, at_none.n));
	fflush(stdout);
	return err;
}

int simulation_pass(const struct simulation *simulation)
{
	printf("\n%zu draws a row and change, seed %lu, %zu flips of 16 pairs; two looks\n\n"
	       "| noise, samples a run | limit | PASS at the limit (wrong) | FAIL at the limit | "
	       "PASS "
	       "at no change | inconclusive | FAIL |\n|---|---|---|---|---|---|---|\n",
	       simulation->n_draws, (unsigned long)simulation->seed, simulation->n_flips);
	for (size_t i = first_row(simulation); i <= last_row(simulation); i++) {
		int err = pass_row(simulation, &models[i], 0.02, true);

		if (!err)
			err = pass_row(simulation, &models[i], 0.1, false);
		if (err)
			return err;
	}
	return 0;
}
