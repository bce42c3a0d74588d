// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trees of both sides come in, each as tree.c makes it; out goes one tree
 * with the nodes of both, and the table of functions made from it. Children
 * are sorted in both, so that they are merged as two lists.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/profile.h"

enum { NONE = UINT32_MAX }; /* no such node on that side */

struct joiner {
	struct diff_tree *to;
	struct tree from[DIFF_SIDES];
	uint32_t *labels[DIFF_SIDES];	   /* by label in from: in to; 0: not yet */
	VEC(struct {
		uint32_t nodes[DIFF_SIDES];
	}) pairs; /* by node of to: the node in from */
};

static void joiner_deinit(struct joiner *joiner)
{
	for (int side = 0; side < DIFF_SIDES; side++) {
		tree_deinit(&joiner->from[side]);
		free(joiner->labels[side]);
	}
	vec_deinit(&joiner->pairs);
}

static int copy_label(struct joiner *joiner, int side, uint32_t label, uint32_t *ret)
{
	const struct strings *labels = &joiner->from[side].labels;
	uint32_t *known = &joiner->labels[side][label];
	int err = 0;

	if (!*known) {
		err = strings_intern(&joiner->to->tree.labels, strings_get(labels, label),
				     strings_length(labels, label), known);
		++*known; /* so that 0 is none */
	}
	*ret = *known - 1;
	return err;
}

/* What one side knows of a node, beside what is known already. */
static void add_side(struct tree_node *node, struct diff_node *sides, int side,
		     const struct tree_node *from, bool is_first)
{
	sides->self[side] = from->self;
	sides->total[side] = from->total;
	node->is_function |= from->is_function;
	if (is_first || from->kind < node->kind)
		node->kind = from->kind;
	if (is_first)
		node->module = from->module;
	node->several_modules |= from->several_modules || node->module != from->module;
	if (node->several_modules)
		node->module = 0;
}

/* Adds the node that stands for one on either side, or on both. */
static int join(struct joiner *joiner, uint32_t parent, const uint32_t nodes[DIFF_SIDES],
		uint32_t *ret)
{
	struct diff_tree *to = joiner->to;
	struct tree_node node = {.parent = parent};
	struct diff_node sides = {};
	bool is_first = true;
	int err = 0;

	for (int side = 0; !err && side < DIFF_SIDES; side++) {
		if (nodes[side] == NONE)
			continue;
		add_side(&node, &sides, side, &joiner->from[side].nodes.data[nodes[side]],
			 is_first);
		err = copy_label(joiner, side,
				 joiner->from[side].nodes.data[nodes[side]].label, &node.label);
		is_first = false;
	}
	*ret = to->tree.nodes.n;
	if (*ret)
		node.depth = to->tree.nodes.data[parent].depth + 1;
	if (node.depth > to->tree.depth)
		to->tree.depth = node.depth;
	if (!err)
		err = vec_push(&to->tree.nodes, node);
	if (!err)
		err = vec_push(&to->sides, sides);
	if (!err)
		err = vec_reserve(&joiner->pairs, joiner->pairs.n + 1);
	if (!err)
		memcpy(joiner->pairs.data[joiner->pairs.n++].nodes, nodes,
		       sizeof(joiner->pairs.data->nodes));
	return err;
}

static int compare(const struct joiner *joiner, const uint32_t heads[DIFF_SIDES])
{
	const struct strings *a = &joiner->from[0].labels, *b = &joiner->from[1].labels;
	uint32_t x, y;
	size_t x_n, y_n;
	int order;

	if (!heads[0] || !heads[1])
		return !heads[0] - !heads[1];
	x = joiner->from[0].nodes.data[heads[0]].label;
	y = joiner->from[1].nodes.data[heads[1]].label;
	x_n = strings_length(a, x);
	y_n = strings_length(b, y);
	order = memcmp(strings_get(a, x), strings_get(b, y), x_n < y_n ? x_n : y_n);
	return order ?: (x_n > y_n) - (x_n < y_n);
}

/* The children of a node, in the order of their labels; 0 ends a list. */
static int join_children(struct joiner *joiner, uint32_t parent)
{
	uint32_t heads[DIFF_SIDES] = {}, last = 0;
	int err = 0;

	for (int side = 0; side < DIFF_SIDES; side++) {
		uint32_t node = joiner->pairs.data[parent].nodes[side];

		if (node != NONE)
			heads[side] = joiner->from[side].nodes.data[node].first_child;
	}
	while (!err && (heads[0] || heads[1])) {
		int order = compare(joiner, heads);
		bool of_side[DIFF_SIDES] = {order <= 0, order >= 0};
		uint32_t nodes[DIFF_SIDES], child;

		for (int side = 0; side < DIFF_SIDES; side++) {
			nodes[side] = of_side[side] ? heads[side] : NONE;
			if (of_side[side])
				heads[side] = joiner->from[side].nodes.data[heads[side]].next_sibling;
		}
		err = join(joiner, parent, nodes, &child);
		if (err)
			return err;
		if (last)
			joiner->to->tree.nodes.data[last].next_sibling = child;
		else
			joiner->to->tree.nodes.data[parent].first_child = child;
		last = child;
	}
	return err;
}

/* Half of what both sides would be wide alone; self, and from it the totals, so that boxes add
 * up. */
static void set_widths(struct diff_tree *tree, const struct diff *diff)
{
	struct tree_node *nodes = tree->tree.nodes.data;
	const struct diff_node *sides = tree->sides.data;
	double whole = 0, factors[DIFF_SIDES];

	for (int side = 0; side < DIFF_SIDES; side++)
		whole += sides[0].total[side] / diff->scales[side];
	for (int side = 0; side < DIFF_SIDES; side++)
		factors[side] = whole > 0 ? DIFF_WHOLE / whole / diff->scales[side] : 0;
	for (size_t i = tree->tree.nodes.n; i > 0; i--) {
		struct tree_node *node = &nodes[i - 1];

		node->self = llrint(sides[i - 1].self[DIFF_BASE] * factors[DIFF_BASE] +
				    sides[i - 1].self[DIFF_NEW] * factors[DIFF_NEW]);
		node->total += node->self;
		if (i > 1)
			nodes[node->parent].total += node->total;
	}
}

static int build(struct joiner *joiner, const struct profile *profile,
		 const struct report_options *options)
{
	static const uint32_t roots[DIFF_SIDES];
	uint32_t root;
	int err = 0;

	for (int side = 0; !err && side < DIFF_SIDES; side++) {
		err = tree_init(&joiner->from[side], profile, options, side);
		if (err)
			break;
		joiner->labels[side] = calloc(joiner->from[side].labels.items.n, sizeof(uint32_t));
		if (!joiner->labels[side])
			err = -ENOMEM;
	}
	if (!err)
		err = join(joiner, 0, roots, &root);
	for (size_t i = 0; !err && i < joiner->to->tree.nodes.n; i++)
		err = join_children(joiner, i);
	return err;
}

int diff_tree_init(struct diff_tree *tree, const struct diff *diff, const struct profile *profile,
		   const struct report_options *options)
{
	guard(joiner_deinit) struct joiner joiner = {.to = tree};
	int err;

	memset(tree, 0, sizeof(*tree));
	err = strings_init(&tree->tree.labels);
	if (!err)
		err = build(&joiner, profile, options);
	if (err)
		diff_tree_deinit(tree);
	else
		set_widths(tree, diff);
	return err;
}

void diff_tree_deinit(struct diff_tree *tree)
{
	tree_deinit(&tree->tree);
	vec_deinit(&tree->sides);
}

/* Functions. */

/* The totals of one side are worked out as those of any tree, and put beside the others. */
static int add_totals(struct diff_functions *functions, struct diff_tree *tree, int side,
		      const uint32_t *row_of_label)
{
	guard(function_totals_deinit) struct function_totals totals = {};
	struct tree_node *nodes = tree->tree.nodes.data;
	int err;

	for (size_t i = 0; i < tree->tree.nodes.n; i++) {
		nodes[i].self = tree->sides.data[i].self[side];
		nodes[i].total = tree->sides.data[i].total[side];
	}
	err = function_totals_init(&totals, &tree->tree);
	vec_each(&totals.items, item) {
		struct diff_node *sides = &functions->items.data[row_of_label[item->label]].sides;

		sides->self[side] = item->self;
		sides->total[side] = item->total;
	}
	return err;
}

struct order {
	const struct diff_functions *functions;
	const struct tree *tree;
	bool by_total;
};

static const struct diff_change *change_of(const struct order *order, const struct diff_function *f)
{
	return order->by_total ? &f->total : &f->self;
}

static int compare_functions(const void *a, const void *b, void *ctx)
{
	const struct order *order = ctx;
	const struct diff_function *x = &order->functions->items.data[*(const uint32_t *)a];
	const struct diff_function *y = &order->functions->items.data[*(const uint32_t *)b];
	const struct diff_change *p = change_of(order, x), *q = change_of(order, y);
	bool p_told = p->verdict != DIFF_TOO_FEW, q_told = q->verdict != DIFF_TOO_FEW;
	double p_size = fabs(p->change), q_size = fabs(q->change);

	if (p_told != q_told)
		return p_told ? -1 : 1;
	if (p_size != q_size)
		return p_size > q_size ? -1 : 1;
	/* Of two that only call each other, the one that works itself. */
	p_size = fabs(x->self.change);
	q_size = fabs(y->self.change);
	if (p_size != q_size)
		return p_size > q_size ? -1 : 1;
	return tree_compare_labels(order->tree, x->function.label, y->function.label);
}

static int sort(struct diff_functions *functions, const struct tree *tree, bool by_total)
{
	struct order order = {functions, tree, by_total};
	int err = 0;

	for (size_t i = 0; !err && i < functions->items.n; i++)
		err = by_total ? vec_push(&functions->by_total, i) : vec_push(&functions->by_self, i);
	if (!err && functions->items.n)
		qsort_r(by_total ? functions->by_total.data : functions->by_self.data,
			functions->items.n, sizeof(uint32_t), compare_functions, &order);
	return err;
}

/* The rows, with the widths for totals, and where the row of a label is. */
static int make_rows(struct diff_functions *functions, const struct diff_tree *tree,
		     uint32_t *row_of_label)
{
	guard(function_totals_deinit) struct function_totals totals = {};
	int err = function_totals_init(&totals, &tree->tree);

	for (size_t i = 0; !err && i < totals.items.n; i++) {
		struct diff_function row = {.function = totals.items.data[i]};

		row_of_label[row.function.label] = i;
		err = vec_push(&functions->items, row);
	}
	return err;
}

static int make_functions(struct diff_functions *functions, const struct diff *diff,
			  struct diff_tree *tree)
{
	guard_free uint32_t *row_of_label = calloc(tree->tree.labels.items.n, sizeof(uint32_t));
	int err = row_of_label ? make_rows(functions, tree, row_of_label) : -ENOMEM;

	for (int side = 0; !err && side < DIFF_SIDES; side++)
		err = add_totals(functions, tree, side, row_of_label);
	for (size_t i = 0; i < tree->tree.nodes.n; i++)
		tree->tree.nodes.data[i].self = tree->tree.nodes.data[i].total = 0;
	set_widths(tree, diff);
	vec_each(&functions->items, row) {
		const char *name = strings_get(&tree->tree.labels, row->function.label);

		diff_compare(diff, row->sides.self, &row->self);
		diff_compare(diff, row->sides.total, &row->total);
		diff_gate_judge(&diff->gate, name, false, &row->self);
		diff_gate_judge(&diff->gate, name, true, &row->total);
	}
	if (!err)
		err = sort(functions, &tree->tree, false);
	return err ?: sort(functions, &tree->tree, true);
}

int diff_functions_init(struct diff_functions *functions, const struct diff *diff,
			struct diff_tree *tree)
{
	int err;

	memset(functions, 0, sizeof(*functions));
	err = make_functions(functions, diff, tree);
	if (err)
		diff_functions_deinit(functions);
	return err;
}

void diff_functions_deinit(struct diff_functions *functions)
{
	vec_deinit(&functions->items);
	vec_deinit(&functions->by_self);
	vec_deinit(&functions->by_total);
}
