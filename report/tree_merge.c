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

/* Where an item stands that an equal one of the same node joins. */
struct joint {
	uint32_t node; /* how many nodes there had been before the node */
	uint32_t item;
};

struct merger {
	struct tree_builder *builder;
	struct tree *tree;
	struct function_totals *totals;
	uint32_t *labels;      /* in their order: the labels of the ranks that steps have now */
	struct joint *joints;  /* by step; NULL if there are no inlined frames */
	VEC(uint64_t) sorting; /* rank << 32 | item */
	int64_t least;
};

static void merger_deinit(struct merger *merger)
{
	free(merger->labels);
	free(merger->joints);
	vec_deinit(&merger->sorting);
}

static int compare_labels(const void *a, const void *b, void *ctx)
{
	return tree_compare_labels(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* The labels of steps become ranks, so that items are sorted with few looks at memory. */
static int rank_labels(struct merger *merger)
{
	size_t n = merger->tree->labels.items.n;
	guard_free uint32_t *ranks = malloc(n * sizeof(*ranks));
	bool inlines = false;

	merger->labels = malloc(n * sizeof(*merger->labels));
	if (!ranks || !merger->labels)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		merger->labels[i] = i;
	qsort_r(merger->labels, n, sizeof(*merger->labels), compare_labels, merger->tree);
	for (size_t i = 0; i < n; i++)
		ranks[merger->labels[i]] = i;
	vec_each(&merger->builder->steps, step) {
		step->label = ranks[step->label];
		inlines |= !step->is_last;
	}
	if (!inlines)
		return 0;
	merger->joints = calloc(merger->builder->steps.n, sizeof(*merger->joints));
	return merger->joints ? 0 : -ENOMEM;
}

static const struct tree_step *item_step(const struct tree_builder *builder, uint32_t item)
{
	return &builder->steps.data[builder->items.data[item].step];
}

static int add_sorting(struct merger *merger, uint32_t item)
{
	uint64_t rank = item_step(merger->builder, item)->label;

	return vec_push(&merger->sorting, rank << 32 | item);
}

/* Gathers what is called from the items of a list: the next step of those that have one, else
 * their children. What remains of the node's total is its own. */
static int gather(struct merger *merger, uint32_t node, uint32_t first, int64_t *self)
{
	struct tree_item *items = merger->builder->items.data;
	int err = 0;

	merger->sorting.n = 0;
	for (uint32_t i = first, next; !err && i != UINT32_MAX; i = next) {
		next = items[i].next;
		if (!item_step(merger->builder, i)->is_last) {
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

/*
 * Items of one node that have come to the same step of the same location go on
 * as one: else thousands of stacks that end in one location would go through
 * each of its inlined frames, every one of them. True if this one has joined
 * another, whose children its own become.
 */
static bool join(struct merger *merger, uint32_t number)
{
	struct tree_builder *builder = merger->builder;
	struct tree_item *items = builder->items.data;
	struct tree_item *item = &items[number];
	uint32_t node = merger->tree->nodes.n + merger->tree->n_forgotten;
	struct joint *joint;

	if (builder->steps.data[item->step].is_last)
		return false;
	joint = &merger->joints[item->step];
	if (joint->node != node) {
		*joint = (struct joint){node, number};
		return false;
	}
	items[joint->item].total += item->total;
	for (uint32_t i = item->first, next; i; i = next) {
		next = items[i].next;
		items[i].next = items[joint->item].first;
		items[joint->item].first = i;
	}
	if (builder->item_nodes)
		builder->item_nodes[number] = TREE_JOINED | joint->item;
	return true;
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
static void node_add(struct merger *merger, struct tree_node *node, uint32_t number)
{
	const struct tree_builder *builder = merger->builder;
	struct tree_item *item = &builder->items.data[number];
	const struct tree_step *step = &builder->steps.data[item->step];
	bool is_first = node->first_child == UINT32_MAX;

	node->total += item->total;
	if (join(merger, number))
		return;
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
	node->is_function |= !step->is_named;
	item->next = node->first_child;
	node->first_child = number;
}

static int compare_sorting(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Most nodes have few children, mostly in order. */
static void sort(uint64_t *sorting, size_t n)
{
	enum { FEW = 16 };

	if (n > FEW) {
		qsort(sorting, n, sizeof(*sorting), compare_sorting);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t item = sorting[i];
		size_t at = i;

		for (; at && sorting[at - 1] > item; at--)
			sorting[at] = sorting[at - 1];
		sorting[at] = item;
	}
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
	sort(sorting, n);
	opened->first_child = tree->nodes.n;
	if (depth > tree->depth)
		tree->depth = depth;
	for (size_t i = 0; !err && i < n;) {
		uint64_t rank = sorting[i] >> 32;
		struct tree_node node = {
			.parent = parent,
			.label = merger->labels[rank],
			.depth = depth,
			.first_child = UINT32_MAX,
		};

		for (; i < n && sorting[i] >> 32 == rank; i++)
			node_add(merger, &node, sorting[i]);
		if (tree->nodes.data[parent].kind == FRAME_WAKER && node.kind != FRAME_WAIT)
			node.kind = FRAME_WAKER;
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
	root.label = merger.labels[item_step(builder, 0)->label];
	node_add(&merger, &root, 0);
	err = vec_push(&builder->tree->nodes, root);
	return err ?: walk(&merger);
}
