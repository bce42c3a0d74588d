// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Items in, nodes out: all the items that a node is made of are opened at
 * once, their children sorted by label, and each run of one label is a child of
 * the node. This is done along a walk through the tree, so that what is below
 * a node that is too small can be forgotten as soon as the walk has left it.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/tree_private.h"

struct merger {
	struct tree_builder *builder;
	struct tree *tree;
	struct function_totals *totals;
	uint32_t *rank;	       /* of a label, by the order of labels */
	VEC(uint64_t) sorting; /* rank << 32 | item */
	int64_t least;
};

static void merger_deinit(struct merger *merger)
{
	free(merger->rank);
	vec_deinit(&merger->sorting);
}

static int compare_labels(const void *a, const void *b, void *ctx)
{
	return tree_compare_labels(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

static int rank_labels(struct merger *merger)
{
	size_t n = merger->tree->labels.items.n;
	guard_free uint32_t *sorted = malloc(n * sizeof(*sorted));

	merger->rank = malloc(n * sizeof(*merger->rank));
	if (!sorted || !merger->rank)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = i;
	qsort_r(sorted, n, sizeof(*sorted), compare_labels, merger->tree);
	for (size_t i = 0; i < n; i++)
		merger->rank[sorted[i]] = i;
	return 0;
}

static const struct tree_step *item_steps(const struct tree_builder *builder,
					  const struct tree_item *item, uint32_t *ret_n)
{
	const uint32_t *first = builder->first_step.data;
	uint32_t location;

	if (item->what & TREE_NAMED) {
		*ret_n = 1;
		return &builder->named.data[item->what & ~TREE_NAMED];
	}
	location = builder->profile->stacks.data[item->what].location;
	*ret_n = first[location + 1] - first[location];
	return &builder->steps.data[first[location]];
}

static const struct tree_step *item_step(const struct tree_builder *builder,
					 const struct tree_item *item)
{
	uint32_t n;

	return item_steps(builder, item, &n) + item->step;
}

static int add_sorting(struct merger *merger, uint32_t number)
{
	const struct tree_builder *builder = merger->builder;
	uint32_t label = item_step(builder, &builder->items.data[number])->label;

	return vec_push(&merger->sorting, (uint64_t)merger->rank[label] << 32 | number);
}

/* Gathers what is called from the items of a list: the next step of those that have one, else
 * their children. What remains of the node's total is its own. */
static int gather(struct merger *merger, uint32_t node, uint32_t first, int64_t *self)
{
	struct tree_item *items = merger->builder->items.data;
	int err = 0;

	merger->sorting.n = 0;
	for (uint32_t i = first, next; !err && i != UINT32_MAX; i = next) {
		uint32_t n;

		next = items[i].next;
		item_steps(merger->builder, &items[i], &n);
		if (items[i].step + 1 < n) {
			*self -= items[i].total;
			items[i].step++;
			err = add_sorting(merger, i);
			continue;
		}
		if (merger->builder->item_nodes)
			merger->builder->item_nodes[i] = node;
		for (uint32_t k = items[i].first; !err && k; k = items[k].next) {
			*self -= items[k].total;
			err = add_sorting(merger, k);
		}
	}
	return err;
}

/* Frames of one label that are one box, but of different places in the source. */
static void node_add_source(const struct profile *profile, struct tree_node *node, uint32_t frame)
{
	const struct profile_frame *old, *new;

	if (node->frame == frame || !node->frame || !frame)
		return;
	old = &profile->frames.data[node->frame - 1];
	new = &profile->frames.data[frame - 1];
	if (old->line != new->line)
		node->several_lines = true;
	if (old->function != new->function && profile->functions.data[old->function].file !=
						      profile->functions.data[new->function].file)
		node->several_files = true;
}

/* Adds an item to a node, and to the list of those that it is made of. Frames of one label are
 * one box even if they are of different sorts: it is then shown as the plainer kind, and claims
 * no module that is true for a part of it only. */
static void node_add(const struct tree_builder *builder, struct tree_node *node, uint32_t number)
{
	struct tree_item *item = &builder->items.data[number];
	const struct tree_step *step = item_step(builder, item);
	bool is_first = node->first_child == UINT32_MAX;

	if (is_first || step->kind < node->kind)
		node->kind = step->kind;
	if (is_first) {
		node->module = step->module;
		node->frame = step->frame;
	}
	node_add_source(builder->profile, node, step->frame);
	node->several_modules |= node->module != step->module;
	if (node->several_modules)
		node->module = 0;
	node->is_function |= !(item->what & TREE_NAMED);
	node->total += item->total;
	item->next = node->first_child;
	node->first_child = number;
}

static int compare_sorting(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Until a node is opened, its first_child is the first of its items; UINT32_MAX ends that list. */
static int open_node(struct merger *merger, uint32_t parent)
{
	struct tree *tree = merger->tree;
	struct tree_node *opened = &tree->nodes.data[parent];
	uint32_t depth = opened->depth + 1;
	uint64_t *sorting;
	size_t n;
	int err;

	opened->self = opened->total;
	err = gather(merger, parent, opened->first_child, &opened->self);
	opened->first_child = 0;
	sorting = merger->sorting.data;
	n = merger->sorting.n;
	if (err || !n)
		return err;
	if (n > 1)
		qsort(sorting, n, sizeof(*sorting), compare_sorting);
	opened->first_child = tree->nodes.n;
	if (depth > tree->depth)
		tree->depth = depth;
	for (size_t i = 0; !err && i < n;) {
		const struct tree_item *item = &merger->builder->items.data[(uint32_t)sorting[i]];
		struct tree_node node = {
			.parent = parent,
			.label = item_step(merger->builder, item)->label,
			.depth = depth,
			.first_child = UINT32_MAX,
		};
		uint64_t rank = sorting[i] >> 32;

		for (; i < n && sorting[i] >> 32 == rank; i++)
			node_add(merger->builder, &node, sorting[i]);
		node.next_sibling = i < n ? tree->nodes.n + 1 : 0;
		if (tree->nodes.n + tree->n_forgotten >= TREE_MAX)
			return -E2BIG;
		err = vec_push(&tree->nodes, node);
	}
	return err;
}

static int enter_node(struct merger *merger, uint32_t number)
{
	int err = open_node(merger, number);

	if (err || !merger->totals)
		return err;
	return function_totals_enter(merger->totals, &merger->tree->nodes.data[number]);
}

/* Forgets what is below a node that is too small. */
static void leave_node(struct merger *merger, uint32_t number)
{
	struct tree_node *node = &merger->tree->nodes.data[number];

	if (merger->totals)
		function_totals_leave(merger->totals, node);
	if (node->total >= merger->least || !node->first_child)
		return;
	merger->tree->n_forgotten += merger->tree->nodes.n - node->first_child;
	merger->tree->nodes.n = node->first_child;
	node->first_child = 0;
}

static int walk(struct merger *merger)
{
	struct tree *tree = merger->tree;
	uint32_t at = 0;

	for (;;) {
		int err = enter_node(merger, at);

		if (err)
			return err;
		if (tree->nodes.data[at].first_child) {
			at = tree->nodes.data[at].first_child;
			continue;
		}
		while (at && !tree->nodes.data[at].next_sibling) {
			leave_node(merger, at);
			at = tree->nodes.data[at].parent;
		}
		leave_node(merger, at);
		if (!at)
			return 0;
		at = tree->nodes.data[at].next_sibling;
	}
}

int tree_merge(struct tree_builder *builder, int64_t least, struct function_totals *totals)
{
	guard(merger_deinit) struct merger merger = {
		.builder = builder,
		.tree = builder->tree,
		.totals = totals,
		.least = least,
	};
	struct tree_node root = {.first_child = UINT32_MAX};
	int err = rank_labels(&merger);

	if (err)
		return err;
	root.label = item_step(builder, builder->items.data)->label;
	node_add(builder, &root, 0);
	root.is_function = false;
	err = vec_push(&builder->tree->nodes, root);
	return err ?: walk(&merger);
}
