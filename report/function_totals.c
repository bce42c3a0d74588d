// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call tree comes in; out goes one row for each function with its self and
 * total values. A function is in a stack once, however often it recurs there:
 * its total counts only where it is entered and not yet active.
 */
#include "report/tree.h"

#include <errno.h>
#include <stdlib.h>

static void merge(struct function_total *item, const struct tree_node *node)
{
	if (node->kind < item->kind)
		item->kind = node->kind;
	if (node->several_modules || node->module != item->module) {
		item->several_modules = true;
		item->module = 0;
	}
}

int function_totals_begin(struct function_totals *totals, size_t n_labels)
{
	*totals = (struct function_totals){};
	totals->row_of_label = calloc(n_labels, sizeof(*totals->row_of_label));
	return totals->row_of_label ? 0 : -ENOMEM;
}

static int find_row(struct function_totals *totals, const struct tree_node *node, uint32_t *ret)
{
	uint32_t *row = &totals->row_of_label[node->label];
	struct function_total item = {
		.label = node->label,
		.module = node->module,
		.kind = node->kind,
		.several_modules = node->several_modules,
	};
	int err;

	if (*row) {
		*ret = *row - 1;
		merge(&totals->items.data[*ret], node);
		return 0;
	}
	err = vec_push(&totals->items, item);
	if (err)
		return err;
	*row = totals->items.n;
	*ret = *row - 1;
	return 0;
}

int function_totals_enter(struct function_totals *totals, const struct tree_node *node)
{
	struct function_total *item;
	uint32_t row;
	int err;

	if (!node->is_function)
		return 0;
	err = find_row(totals, node, &row);
	if (err)
		return err;
	item = &totals->items.data[row];
	item->self += node->self;
	if (!item->n_active++)
		item->total += node->total;
	return 0;
}

void function_totals_leave(struct function_totals *totals, const struct tree_node *node)
{
	if (node->is_function)
		totals->items.data[totals->row_of_label[node->label] - 1].n_active--;
}

static int compare_items(const void *a, const void *b, void *ctx)
{
	const struct function_total *x = a, *y = b;

	if (x->self != y->self)
		return x->self > y->self ? -1 : 1;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return tree_compare_labels(ctx, x->label, y->label);
}

void function_totals_sort(struct function_totals *totals, const struct tree *tree)
{
	free(totals->row_of_label);
	totals->row_of_label = NULL;
	if (totals->items.n)
		qsort_r(totals->items.data, totals->items.n, sizeof(*totals->items.data),
			compare_items, (void *)tree);
}

static int add_up(struct function_totals *totals, const struct tree *tree)
{
	const struct tree_node *nodes = tree->nodes.data;
	uint32_t node = 0;

	for (;;) {
		int err = function_totals_enter(totals, &nodes[node]);

		if (err)
			return err;
		if (nodes[node].first_child) {
			node = nodes[node].first_child;
			continue;
		}
		for (; node && !nodes[node].next_sibling; node = nodes[node].parent)
			function_totals_leave(totals, &nodes[node]);
		if (!node)
			return 0;
		function_totals_leave(totals, &nodes[node]);
		node = nodes[node].next_sibling;
	}
}

int function_totals_init(struct function_totals *totals, const struct tree *tree)
{
	int err = function_totals_begin(totals, tree->labels.items.n);

	if (!err)
		err = add_up(totals, tree);
	if (err)
		function_totals_deinit(totals);
	else
		function_totals_sort(totals, tree);
	return err;
}

void function_totals_deinit(struct function_totals *totals)
{
	free(totals->row_of_label);
	totals->row_of_label = NULL;
	vec_deinit(&totals->items);
}
