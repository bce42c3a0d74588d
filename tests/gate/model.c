// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How runs vary comes in, drawn runs go out; see model.h.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "tests/gate/model.h"

enum { LOOK_PAIRS = 8 };
enum { MAIN, GROUPS = 1, FUNCTIONS = GROUPS + MODEL_GROUPS, NODES = FUNCTIONS + MODEL_FUNCTIONS };

static int name_rows(struct gate_runs *runs)
{
	char name[16];
	int err = gate_runs_name(runs, MODEL_MAIN, "main", "");

	runs->rows[MODEL_MAIN].total = true;
	for (size_t i = 0; !err && i < MODEL_GROUPS; i++) {
		snprintf(name, sizeof(name), "group%zu", i);
		err = gate_runs_name(runs, 2 * MODEL_FUNCTIONS + i, name, "");
		runs->rows[2 * MODEL_FUNCTIONS + i].total = true;
	}
	for (size_t i = 0; !err && i < MODEL_FUNCTIONS; i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		err = gate_runs_name(runs, i, name, "");
		if (!err)
			err = gate_runs_name(runs, MODEL_FUNCTIONS + i, name, "");
		runs->rows[MODEL_FUNCTIONS + i].total = true;
	}
	return err;
}

static int add_node(struct gate_runs *runs, uint32_t parent, size_t row)
{
	struct gate_node node = {.parent = parent};
	int err = strings_intern_cstr(&runs->strings, runs->rows[row].name, &node.name);

	return err ? err : vec_push(&runs->tree, node);
}

int model_init(struct gate_runs *runs, size_t n_pairs)
{
	int err = gate_runs_init(runs, n_pairs, MODEL_ROWS);

	if (!err)
		err = name_rows(runs);
	if (!err)
		err = add_node(runs, MAIN, MODEL_MAIN);
	for (size_t i = 0; !err && i < MODEL_GROUPS; i++)
		err = add_node(runs, MAIN, 2 * MODEL_FUNCTIONS + i);
	for (size_t i = 0; !err && i < MODEL_FUNCTIONS; i++)
		err = add_node(runs, GROUPS + i % MODEL_GROUPS, MODEL_FUNCTIONS + i);
	return err;
}

/* The sum of 1/k^0.8 for k of 1 to MODEL_FUNCTIONS. */
#define SUM 9.99666933371653

double model_share(size_t function)
{
	return pow(function + 1, -0.8) / SUM;
}

static double noise(const struct model *model, gsl_rng *rng, double sigma)
{
	if (!(sigma > 0))
		return 0;
	/* t with 3 degrees of freedom has a standard deviation of sqrt(3). */
	if (model->heavy)
		return sigma * gsl_ran_tdist(rng, 3) / sqrt(3);
	return gsl_ran_gaussian_ziggurat(rng, sigma);
}

/* number: how many runs were before it. */
static void make_costs(const struct model *model, const struct effect *effect, gsl_rng *rng,
		       size_t number, double costs[MODEL_FUNCTIONS])
{
	double run = noise(model, rng, model->run) + model->drift * number, groups[MODEL_GROUPS];

	for (size_t i = 0; i < MODEL_GROUPS; i++)
		groups[i] = noise(model, rng, model->groups);
	if (model->layouts > 0 && gsl_rng_uniform(rng) < 0.5)
		groups[0] += model->layouts;
	for (size_t i = 0; i < MODEL_FUNCTIONS; i++) {
		double share = model_share(i);

		if (i == 0 && model->hot)
			share *= model->hot;
		if (effect && effect->function == i)
			share = share * (effect->factor ? effect->factor : 1) + effect->of_program;
		if (effect && effect->all)
			share *= effect->all;
		costs[i] =
			MODEL_PROGRAM_NS * share *
			exp(run + groups[i % MODEL_GROUPS] + noise(model, rng, model->functions));
	}
	if (model->outliers > 0 && gsl_rng_uniform(rng) < model->outliers) {
		costs[gsl_rng_uniform_int(rng, MODEL_FUNCTIONS)] *= 2;
		for (size_t i = 0; i < MODEL_FUNCTIONS; i++)
			costs[i] *= 1.3;
	}
}

static void draw_run(const struct model *model, const struct effect *effect, gsl_rng *rng,
		     struct gate_runs *runs, enum gate_side side, size_t pair, bool second)
{
	struct gate_run *run = &runs->runs[side][pair];
	double costs[MODEL_FUNCTIONS], sum = 0;
	double *x = runs->x[side] + pair;
	size_t stride = runs->n_pairs;

	make_costs(model, effect, rng, 2 * pair + second, costs);
	for (size_t row = 2 * MODEL_FUNCTIONS; row < MODEL_ROWS; row++)
		x[row * stride] = 0;
	/* Poisson counts of all are multinomial ones of a Poisson number. */
	for (size_t i = 0; i < MODEL_FUNCTIONS; i++) {
		double n = gsl_ran_poisson(rng, model->samples * costs[i] / MODEL_PROGRAM_NS);

		sum += costs[i];
		x[i * stride] = n;
		x[(MODEL_FUNCTIONS + i) * stride] = model->leaf_totals ? n : 0;
		x[(2 * MODEL_FUNCTIONS + i % MODEL_GROUPS) * stride] += n;
		x[MODEL_MAIN * stride] += n;
	}
	*run = (struct gate_run){
		.cpu_ns = sum, .operations = 1, .n_samples = x[MODEL_MAIN * stride]};
}

static void fill_tree(struct gate_runs *runs)
{
	for (size_t node = 0; node < NODES; node++) {
		struct gate_node *to = &runs->tree.data[node];

		to->base_ns = to->head_ns = 0;
		for (size_t pair = 0; node >= FUNCTIONS && pair < runs->n_pairs; pair++) {
			double at[GATE_SIDES];

			for (int side = 0; side < GATE_SIDES; side++) {
				const struct gate_run *run = &runs->runs[side][pair];
				size_t row = node - FUNCTIONS;

				at[side] = gate_run_cost(run) / run->n_samples / runs->n_pairs *
					   runs->x[side][row * runs->n_pairs + pair];
			}
			to->base_ns += at[GATE_BASE];
			to->head_ns += at[GATE_HEAD];
		}
	}
}

/* Of the pairs of each look half have the head first, which ones is drawn. */
static void draw_order(gsl_rng *rng, size_t n_pairs, bool *head_first)
{
	for (size_t pair = 0; pair < n_pairs; pair++)
		head_first[pair] = pair % LOOK_PAIRS < LOOK_PAIRS / 2;
	for (size_t pair = 0; pair < n_pairs; pair += LOOK_PAIRS)
		gsl_ran_shuffle(rng, &head_first[pair],
				n_pairs - pair < LOOK_PAIRS ? n_pairs - pair : LOOK_PAIRS,
				sizeof(*head_first));
}

int model_draw(const struct model *model, const struct effect *effect, gsl_rng *rng,
	       struct gate_runs *runs, size_t first)
{
	bool head_first[runs->n_pairs];

	memset(head_first, 0, sizeof(head_first));
	if (model->drift > 0)
		draw_order(rng, runs->n_pairs, head_first);
	for (size_t pair = first; pair < runs->n_pairs; pair++) {
		draw_run(model, NULL, rng, runs, GATE_BASE, pair, head_first[pair]);
		draw_run(model, effect, rng, runs, GATE_HEAD, pair, !head_first[pair]);
		if (!(runs->runs[GATE_BASE][pair].n_samples > 0 &&
		      runs->runs[GATE_HEAD][pair].n_samples > 0))
			return -EDOM;
	}
	fill_tree(runs);
	return 0;
}

void model_copy(struct gate_runs *to, const struct gate_runs *from)
{
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < from->n_pairs; pair++) {
			to->runs[side][pair] = from->runs[side][pair];
			for (size_t row = 0; row < from->n_rows; row++)
				to->x[side][row * to->n_pairs + pair] =
					from->x[side][row * from->n_pairs + pair];
		}
}
