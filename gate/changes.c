// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call tree of both sides comes in; out go the functions that came and
 * went. Of each, who calls it and at what cost is added up over the tree, and
 * those that came are held against those that went.
 */
#include "gate/changes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "gate/identity.h"
#include "gate/maxt.h"

/* Beyond so many levels what calls itself again is taken for a call of its own. */
enum { DEEPEST = 1000 };

/* Who calls it, as name << 32 | file, and what it costs from there. */
struct caller {
	uint64_t key;
	double ns;
};

/* A function that is on one side only. */
struct lone {
	uint32_t name, file; /* strings of the runs */
	enum gate_side side; /* the one that it is on */
	double ns;
	VEC(struct caller) callers;
	bool taken;
};

struct lones {
	struct lone *data;
	size_t n, cap;
};

struct changes {
	const struct gate_runs *runs;
	double (*total)[GATE_SIDES]; /* by node: ns with all that is called */
	struct idmap functions;	     /* name << 32 | file -> mask of the sides that have it */
	struct idmap lone_of;	     /* likewise -> number in lones */
	struct lones lones;
};

static void changes_deinit(struct changes *changes)
{
	free(changes->total);
	idmap_deinit(&changes->functions);
	idmap_deinit(&changes->lone_of);
	vec_each(&changes->lones, lone)
		vec_deinit(&lone->callers);
	vec_deinit(&changes->lones);
}

static uint64_t key_of(const struct gate_node *node)
{
	return (uint64_t)node->name << 32 | node->file;
}

static const char *name_of(const struct changes *changes, const struct lone *lone)
{
	return strings_get(&changes->runs->strings, lone->name);
}

static int add_totals(struct changes *changes)
{
	const struct gate_node *nodes = changes->runs->tree.data;
	size_t n = changes->runs->tree.n;

	changes->total = calloc(n, sizeof(*changes->total));
	if (!changes->total)
		return -ENOMEM;
	for (size_t i = n; i-- > 0;) {
		double *total = changes->total[i];

		total[GATE_BASE] += nodes[i].base_ns;
		total[GATE_HEAD] += nodes[i].head_ns;
		for (int side = 0; i && side < GATE_SIDES; side++)
			changes->total[nodes[i].parent][side] += total[side];
	}
	return 0;
}

static int list_functions(struct changes *changes)
{
	const struct gate_node *nodes = changes->runs->tree.data;
	int err = 0;

	for (size_t i = 1; !err && i < changes->runs->tree.n; i++) {
		uint32_t sides = 0, known = 0;

		idmap_find(&changes->functions, key_of(&nodes[i]), &known);
		for (int side = 0; side < GATE_SIDES; side++)
			sides |= (uint32_t)(changes->total[i][side] > 0) << side;
		if ((known | sides) != known)
			err = idmap_put(&changes->functions, key_of(&nodes[i]), known | sides);
	}
	return err;
}

/* Callers are those of the outermost of frames of one name, so that what recurs is called once. */
static bool is_outermost(const struct changes *changes, uint32_t node)
{
	const struct gate_node *nodes = changes->runs->tree.data;
	uint64_t key = key_of(&nodes[node]);
	int level = 0;

	for (node = nodes[node].parent; node && level < DEEPEST; node = nodes[node].parent, level++)
		if (key_of(&nodes[node]) == key)
			return false;
	return true;
}

static int add_caller(struct lone *lone, uint64_t key, double ns)
{
	vec_each(&lone->callers, caller) {
		if (caller->key != key)
			continue;
		caller->ns += ns;
		return 0;
	}
	return vec_push(&lone->callers, (struct caller){ key, ns });
}

/* A node of a function that only one side has. */
static int add_node(struct changes *changes, uint32_t i, enum gate_side side)
{
	const struct gate_node *node = &changes->runs->tree.data[i];
	struct lone new = { .name = node->name, .file = node->file, .side = side };
	struct lone *lone;
	uint32_t number = changes->lones.n;
	int err = 0;

	if (!idmap_find(&changes->lone_of, key_of(node), &number)) {
		err = vec_push(&changes->lones, new);
		if (!err)
			err = idmap_put(&changes->lone_of, key_of(node), number);
	}
	if (err || !is_outermost(changes, i))
		return err;
	lone = &changes->lones.data[number];
	lone->ns += changes->total[i][side];
	return add_caller(lone, key_of(&changes->runs->tree.data[node->parent]),
			  changes->total[i][side]);
}

static int list_lones(struct changes *changes)
{
	const struct gate_node *nodes = changes->runs->tree.data;
	int err = 0;

	for (size_t i = 1; !err && i < changes->runs->tree.n; i++) {
		uint32_t sides = 0;

		idmap_find(&changes->functions, key_of(&nodes[i]), &sides);
		if (sides == 1 << GATE_BASE || sides == 1 << GATE_HEAD)
			err = add_node(changes, i, sides == 1 << GATE_BASE ? GATE_BASE : GATE_HEAD);
	}
	return err;
}

/* Fewer samples on the side where it is could be none on the other by chance. */
static bool is_enough(const struct changes *changes, const struct lone *lone)
{
	const struct gate_runs *runs = changes->runs;
	double samples[GATE_SIDES] = {}, all, of_it;

	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t i = 0; i < runs->n_pairs; i++)
			samples[side] += runs->runs[side][i].n_samples;
	all = samples[GATE_BASE] + samples[GATE_HEAD];
	of_it = samples[lone->side] * lone->ns / changes->total[0][lone->side];
	return of_it >= GATE_LEAST_SAMPLES && of_it >= GATE_LEAST_SHARE * all &&
	       strcmp(name_of(changes, lone), GATE_UNNAMED) != 0;
}

static void keep_large(struct changes *changes)
{
	struct lones *lones = &changes->lones;
	size_t n = 0;

	vec_each(lones, lone) {
		if (is_enough(changes, lone))
			lones->data[n++] = *lone;
		else
			vec_deinit(&lone->callers);
	}
	lones->n = n;
}

static int compare_lones(const void *a_, const void *b_, void *ctx)
{
	const struct lone *a = a_, *b = b_;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return strcmp(name_of(ctx, a), name_of(ctx, b));
}

static double callers_in_common(const struct lone *a, const struct lone *b)
{
	double sum_a = 0, sum_b = 0, common = 0;

	vec_each(&a->callers, caller)
		sum_a += caller->ns;
	vec_each(&b->callers, caller)
		sum_b += caller->ns;
	if (!(sum_a > 0 && sum_b > 0))
		return 0;
	vec_each(&a->callers, of_a)
		vec_each(&b->callers, of_b)
			if (of_a->key == of_b->key)
				common += fmin(of_a->ns / sum_a, of_b->ns / sum_b);
	return common;
}

static bool may_be_renamed(const struct lone *from, const struct lone *to)
{
	double more = fmax(from->ns, to->ns), less = fmin(from->ns, to->ns);

	return from->side == GATE_BASE && to->side == GATE_HEAD && !from->taken && !to->taken &&
	       less > 0 && more / less <= GATE_RENAME_COST;
}

/* The dearest first; of those that may be it the one with most callers in common, then the one
 * whose cost is nearest. */
static int guess_rename(struct changes *changes, struct lone *from, struct gate_result *result)
{
	struct lone *best = NULL;
	double most = GATE_RENAME_CALLERS;
	struct gate_rename rename;

	vec_each(&changes->lones, to) {
		double common = may_be_renamed(from, to) ? callers_in_common(from, to) : 0;

		if (common < most || (best && common == most &&
				      fabs(to->ns - from->ns) >= fabs(best->ns - from->ns)))
			continue;
		best = to;
		most = common;
	}
	if (!best)
		return 0;
	from->taken = best->taken = true;
	rename = (struct gate_rename){
		.from = gate_result_copy(result, name_of(changes, from)),
		.to = gate_result_copy(result, name_of(changes, best)),
		.base_ns = from->ns,
		.head_ns = best->ns,
	};
	if (!rename.from || !rename.to)
		return -ENOMEM;
	return vec_push(&result->renames, rename);
}

static int tell(const struct changes *changes, struct gate_result *result)
{
	int err = 0;

	vec_each(&changes->lones, lone) {
		const char *name = gate_result_copy(result, name_of(changes, lone));

		if (!name)
			return -ENOMEM;
		if (!err && lone->side == GATE_BASE)
			err = vec_push(&result->vanished, name);
		else if (!err)
			err = vec_push(&result->new_functions, name);
	}
	return err;
}

int gate_changes_find(const struct gate_runs *runs, struct gate_result *result)
{
	guard(changes_deinit) struct changes changes = { .runs = runs };
	struct lones *lones = &changes.lones;
	int err;

	if (!runs->tree.n)
		return 0;
	err = add_totals(&changes);
	if (!err)
		err = list_functions(&changes);
	if (!err)
		err = list_lones(&changes);
	if (err)
		return err;
	keep_large(&changes);
	if (lones->n)
		qsort_r(lones->data, lones->n, sizeof(*lones->data), compare_lones, &changes);
	err = tell(&changes, result);
	for (size_t i = 0; !err && i < lones->n; i++)
		if (lones->data[i].side == GATE_BASE)
			err = guess_rename(&changes, &lones->data[i], result);
	return err;
}
