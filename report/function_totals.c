// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call tree comes in; out goes one row for each function with its self and
 * total values. A function is in a stack once, however often it recurs there:
 * its total counts only where it is entered and not yet active.
 */
#include "report/tree.h"

#include <string.h>

#include "base/guard.h"

static void merge(struct function_total *item, const struct tree_node *node)
{
	if (node->kind < item->kind)
		item->kind = node->kind;
	if (node->several_modules || node->module != item->module) {
		item->several_modules = true;
		item->module = 0;
	}
}

/* row[node] becomes the number of the node's function; rows are added as they are met. */
static int find_rows(struct function_totals *totals, const struct tree *tree, uint32_t *row)
{
	guard_free uint32_t *row_of_label = calloc(tree->labels.items.n, sizeof(*row_of_label));

	if (!row_of_label)
		return -ENOMEM;
	for (size_t i = 0; i < tree->nodes.n; i++) {
		const struct tree_node *node = &tree->nodes.data[i];
		struct function_total item = {
			.label = node->label,
			.module = node->module,
			.kind = node->kind,
			.several_modules = node->several_modules,
		};
		int err;

		row[i] = UINT32_MAX;
		if (!node->is_function)
			continue;
		if (row_of_label[node->label]) {
			row[i] = row_of_label[node->label] - 1;
			merge(&totals->items.data[row[i]], node);
			continue;
		}
		row[i] = totals->items.n;
		row_of_label[node->label] = row[i] + 1;
		err = vec_push(&totals->items, item);
		if (err)
			return err;
	}
	return 0;
}

static void enter(struct function_totals *totals, uint32_t *active, const struct tree_node *node,
		  uint32_t row)
{
	struct function_total *item;

	if (row == UINT32_MAX)
		return;
	item = &totals->items.data[row];
	item->self += node->self;
	if (!active[row]++)
		item->total += node->total;
}

static void leave(uint32_t *active, uint32_t row)
{
	if (row != UINT32_MAX)
		active[row]--;
}

static void add_up(struct function_totals *totals, const struct tree *tree, const uint32_t *row,
		   uint32_t *active)
{
	const struct tree_node *nodes = tree->nodes.data;
	uint32_t node = 0;

	for (;;) {
		enter(totals, active, &nodes[node], row[node]);
		if (nodes[node].first_child) {
			node = nodes[node].first_child;
			continue;
		}
		for (; node && !nodes[node].next_sibling; node = nodes[node].parent)
			leave(active, row[node]);
		if (!node)
			return;
		leave(active, row[node]);
		node = nodes[node].next_sibling;
	}
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

static int build(struct function_totals *totals, const struct tree *tree)
{
	guard_free uint32_t *row = malloc(tree->nodes.n * sizeof(*row));
	guard_free uint32_t *active = NULL;
	int err;

	if (!row)
		return -ENOMEM;
	err = find_rows(totals, tree, row);
	if (err || !totals->items.n)
		return err;
	active = calloc(totals->items.n, sizeof(*active));
	if (!active)
		return -ENOMEM;
	add_up(totals, tree, row, active);
	qsort_r(totals->items.data, totals->items.n, sizeof(*totals->items.data), compare_items,
		(void *)tree);
	return 0;
}

int function_totals_init(struct function_totals *totals, const struct tree *tree)
{
	int err;

	memset(totals, 0, sizeof(*totals));
	err = build(totals, tree);
	if (err)
		function_totals_deinit(totals);
	return err;
}

void function_totals_deinit(struct function_totals *totals)
{
	vec_deinit(&totals->items);
}
