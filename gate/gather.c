// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts of all runs come in by name and place; out go rows and a tree by
 * function, once it is known which functions of both sides are the same.
 */
#include "gate/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/gather_private.h"
#include "gate/maxt.h"

/* A row may have its share in the first pairs alone, which are looked at first. */
#define LEAST_SHARE (GATE_LEAST_SHARE / 2)

void gate_gather_destroy(struct gate_gather *gather)
{
	if (!gather)
		return;
	for (int side = 0; side < GATE_SIDES; side++) {
		for (size_t i = 0; gather->counts[side] && i < gather->n_pairs; i++)
			vec_deinit(&gather->counts[side][i]);
		free(gather->counts[side]);
		free(gather->runs[side]);
		vec_deinit(&gather->trees[side].nodes);
		idmap_deinit(&gather->trees[side].children);
	}
	gate_identities_deinit(&gather->identities);
	free(gather);
}

static void destroy_gather(struct gate_gather **gather)
{
	gate_gather_destroy(*gather);
}

int gate_gather_create(size_t n_pairs, enum gate_measure measure, struct gate_gather **ret)
{
	guard(destroy_gather) struct gate_gather *gather = calloc(1, sizeof(*gather));
	int err;

	if (!gather)
		return -ENOMEM;
	gather->n_pairs = n_pairs;
	gather->measure = measure;
	err = gate_identities_init(&gather->identities);
	for (int side = 0; !err && side < GATE_SIDES; side++) {
		gather->runs[side] = calloc(n_pairs + 1, sizeof(*gather->runs[side]));
		gather->counts[side] = calloc(n_pairs + 1, sizeof(*gather->counts[side]));
		if (!gather->runs[side] || !gather->counts[side])
			return -ENOMEM;
		err = vec_push(&gather->trees[side].nodes, (struct gather_node){});
	}
	if (!err)
		*ret = take_ptr(gather);
	return err;
}

int gate_gather_add(struct gate_gather *gather, enum gate_side side, size_t pair,
		    const struct gate_run *run, const struct profile *profile)
{
	struct gate_run *here = &gather->runs[side][pair];

	*here = *run;
	return profile ? gather_profile(gather, side, profile, here, &gather->counts[side][pair])
		       : 0;
}

/* Rows. */

struct finishing {
	struct gate_gather *gather;
	struct gate_runs *runs;
	double *self, *total; /* by function: samples of all runs */
	bool *is_sampled[GATE_SIDES]; /* by function: it has samples on that side */
	double n_samples;
	uint32_t *self_row, *total_row; /* by function: 1 + number; 0: none */
	uint32_t *name, *file;		/* by function: strings of runs; 0 not yet */
};

static void finishing_deinit(struct finishing *all)
{
	free(all->self);
	free(all->total);
	free(all->is_sampled[GATE_BASE]);
	free(all->is_sampled[GATE_HEAD]);
	free(all->self_row);
	free(all->total_row);
	free(all->name);
	free(all->file);
}

static const char *function_name(const struct gate_gather *gather, uint32_t function)
{
	return strings_get(&gather->identities.strings,
			   gather->identities.functions.data[function].name);
}

/* Where it is now, else where it was. */
static const char *function_file(const struct gate_gather *gather, uint32_t function)
{
	const struct gate_function *item = &gather->identities.functions.data[function];

	return strings_get(&gather->identities.strings,
			   item->place[item->is_there[GATE_HEAD] ? GATE_HEAD : GATE_BASE]);
}

static uint32_t function_of(const struct gate_gather *gather, uint32_t item)
{
	return gather->identities.items.data[item].function;
}

static int make_room(struct finishing *all)
{
	size_t n = all->gather->identities.functions.n + 1;

	all->self = calloc(n, sizeof(*all->self));
	all->total = calloc(n, sizeof(*all->total));
	for (int side = 0; side < GATE_SIDES; side++)
		all->is_sampled[side] = calloc(n, sizeof(bool));
	all->self_row = calloc(n, sizeof(*all->self_row));
	all->total_row = calloc(n, sizeof(*all->total_row));
	all->name = calloc(n, sizeof(*all->name));
	all->file = calloc(n, sizeof(*all->file));
	return all->self && all->total && all->is_sampled[GATE_BASE] &&
			       all->is_sampled[GATE_HEAD] && all->self_row && all->total_row &&
			       all->name && all->file ? 0 : -ENOMEM;
}

static void pool(struct finishing *all)
{
	struct gate_gather *gather = all->gather;

	for (int side = 0; side < GATE_SIDES; side++) {
		for (size_t i = 0; i < gather->n_pairs; i++) {
			all->n_samples += gather->runs[side][i].n_samples;
			vec_each(&gather->counts[side][i], count) {
				all->self[function_of(gather, count->item)] += count->self;
				all->total[function_of(gather, count->item)] += count->total;
				all->is_sampled[side][function_of(gather, count->item)] = true;
			}
		}
	}
}

/* What came or went has nothing to be compared with: that it costs more than nothing is no finding.
 * Its callers are on both sides, and what it costs them is theirs. So a name that changed accuses
 * nobody, and neither does a part that became a function. Who waits on one side only is on both
 * where it runs on both, as main() does. */
static bool is_on_both_sides(const struct finishing *all, uint32_t function)
{
	const bool *is_there = all->gather->identities.functions.data[function].is_there;

	if (all->gather->measure == GATE_WAITING)
		return is_there[GATE_BASE] && is_there[GATE_HEAD];
	return all->is_sampled[GATE_BASE][function] && all->is_sampled[GATE_HEAD][function];
}

static bool is_enough(const struct finishing *all, uint32_t function, double samples)
{
	return is_on_both_sides(all, function) && samples >= GATE_LEAST_SAMPLES &&
	       samples >= LEAST_SHARE * all->n_samples;
}

/* Blind to the side: nothing here knows which side has the samples. */
static uint32_t choose_rows(struct finishing *all, gate_gather_wanted wanted, void *ctx)
{
	const struct gate_gather *gather = all->gather;
	uint32_t n_rows = 0;

	for (uint32_t i = 0; i < gather->identities.functions.n; i++) {
		if (!gather->identities.functions.data[i].is_named)
			continue;
		if (is_enough(all, i, all->total[i]) ||
		    (wanted && wanted(ctx, function_name(gather, i))))
			all->total_row[i] = ++n_rows;
		if (is_enough(all, i, all->self[i]) && all->self[i] < all->total[i])
			all->self_row[i] = ++n_rows;
	}
	return n_rows;
}

static int name_row(struct finishing *all, uint32_t row, uint32_t function, bool total)
{
	if (!row)
		return 0;
	all->runs->rows[row - 1].function = function;
	all->runs->rows[row - 1].total = total;
	all->runs->rows[row - 1].is_leaf = all->self[function] >= all->total[function];
	return gate_runs_name(all->runs, row - 1, function_name(all->gather, function),
			      function_file(all->gather, function));
}

static int name_rows(struct finishing *all)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < all->gather->identities.functions.n; i++)
		err = name_row(all, all->total_row[i], i, true) ?:
			      name_row(all, all->self_row[i], i, false);
	return err;
}

static void fill_rows(struct finishing *all)
{
	struct gate_gather *gather = all->gather;
	size_t n_pairs = gather->n_pairs;

	for (int side = 0; side < GATE_SIDES; side++) {
		double *x = all->runs->x[side];

		for (size_t i = 0; i < n_pairs; i++) {
			all->runs->runs[side][i] = gather->runs[side][i];
			vec_each(&gather->counts[side][i], count) {
				uint32_t function = function_of(gather, count->item);
				uint32_t total = all->total_row[function];
				uint32_t self = all->self_row[function];

				if (total)
					x[(total - 1) * n_pairs + i] += count->total;
				if (self)
					x[(self - 1) * n_pairs + i] += count->self;
			}
		}
	}
}

/* The tree. */

static int name_function(struct finishing *all, uint32_t function, struct gate_node *node)
{
	int err = 0;

	if (!all->name[function])
		err = strings_intern_cstr(&all->runs->strings, function_name(all->gather, function),
					  &all->name[function]);
	if (!err && !all->file[function])
		err = strings_intern_cstr(&all->runs->strings, function_file(all->gather, function),
					  &all->file[function]);
	node->name = all->name[function];
	node->file = all->file[function];
	return err;
}

static int enter_node(struct finishing *all, struct idmap *children, uint32_t parent,
		      uint32_t function, uint32_t *ret)
{
	struct gate_node node = { .parent = parent };
	uint64_t key = (uint64_t)parent << 32 | function;
	int err;

	if (idmap_find(children, key, ret))
		return 0;
	*ret = all->runs->tree.n;
	err = name_function(all, function, &node) ?: vec_push(&all->runs->tree, node);
	return err ?: idmap_put(children, key, *ret);
}

/* Unpaired sides may have different numbers of runs. */
static size_t count_runs(const struct gate_gather *gather, enum gate_side side)
{
	size_t n = 0;

	for (size_t i = 0; i < gather->n_pairs; i++)
		n += gather->runs[side][i].n_samples > 0;
	return n;
}

static int merge_tree(struct finishing *all, struct idmap *children, enum gate_side side)
{
	const struct gather_tree *tree = &all->gather->trees[side];
	size_t n_runs = count_runs(all->gather, side);
	guard_free uint32_t *there = calloc(tree->nodes.n, sizeof(*there));
	int err = there ? 0 : -ENOMEM;

	for (size_t i = 1; !err && i < tree->nodes.n; i++) {
		const struct gather_node *node = &tree->nodes.data[i];
		double ns = node->ns / n_runs;

		err = enter_node(all, children, there[node->parent],
				 function_of(all->gather, node->item), &there[i]);
		if (err)
			break;
		if (side == GATE_BASE)
			all->runs->tree.data[there[i]].base_ns += ns;
		else
			all->runs->tree.data[there[i]].head_ns += ns;
	}
	return err;
}

static int make_tree(struct finishing *all)
{
	guard(idmap_deinit) struct idmap children = {};
	int err = vec_push(&all->runs->tree, (struct gate_node){});

	for (int side = 0; !err && side < GATE_SIDES; side++)
		err = merge_tree(all, &children, side);
	return err;
}

int gate_gather_finish(struct gate_gather *gather, gate_gather_wanted wanted, void *ctx,
		       struct gate_runs *ret)
{
	guard(finishing_deinit) struct finishing all = { .gather = gather, .runs = ret };
	int err = gate_identities_match(&gather->identities);

	if (!err)
		err = make_room(&all);
	if (err) {
		*ret = (struct gate_runs){};
		return err;
	}
	pool(&all);
	err = gate_runs_init(ret, gather->n_pairs, choose_rows(&all, wanted, ctx));
	if (!err)
		err = name_rows(&all);
	if (err)
		return err;
	fill_rows(&all);
	return make_tree(&all);
}
