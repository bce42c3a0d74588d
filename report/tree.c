// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out go the call tree, and where it is asked for
 * the table of functions. How it is made is in tree_private.h.
 */
#include "report/tree.h"

#include <string.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/tree_private.h"

static void builder_deinit(struct tree_builder *builder)
{
	vec_deinit(&builder->steps);
	vec_deinit(&builder->first_step);
	vec_deinit(&builder->named);
	vec_deinit(&builder->items);
	vec_deinit(&builder->text);
}

/* The least total of a node that keeps what is below it. */
static int64_t least_total(const struct tree_builder *builder, uint32_t value, int64_t least_share)
{
	int64_t whole = builder->items.data[0].total;

	/* Below less than nothing there may be much. */
	if (!least_share || value >= builder->profile->n_values || whole < 0 ||
	    builder->profile->totals[value] != (uint64_t)whole)
		return INT64_MIN;
	return whole / least_share;
}

static int build(struct tree_builder *builder, struct function_totals *totals, uint32_t value,
		 int64_t least_share)
{
	int err = strings_init(&builder->tree->labels);

	if (!err)
		err = tree_steps_make(builder);
	if (!err)
		err = tree_items_make(builder, value);
	if (!err && totals)
		err = function_totals_begin(totals, builder->tree->labels.items.n);
	if (!err)
		err = tree_merge(builder, least_total(builder, value, least_share), totals);
	if (!err && totals)
		function_totals_sort(totals, builder->tree);
	return err;
}

int tree_init_visible(struct tree *tree, struct function_totals *totals,
		      const struct profile *profile, const struct report_options *options,
		      uint32_t value, int64_t least_share)
{
	guard(builder_deinit) struct tree_builder builder = {
		.tree = tree,
		.profile = profile,
		.options = options,
	};
	int err;

	memset(tree, 0, sizeof(*tree));
	err = build(&builder, totals, value, least_share);
	if (err) {
		tree_deinit(tree);
		if (totals)
			function_totals_deinit(totals);
	}
	return err;
}

int tree_init(struct tree *tree, const struct profile *profile,
	      const struct report_options *options, uint32_t value)
{
	return tree_init_visible(tree, NULL, profile, options, value, 0);
}

void tree_deinit(struct tree *tree)
{
	strings_deinit(&tree->labels);
	vec_deinit(&tree->nodes);
}

int tree_compare_labels(const struct tree *tree, uint32_t a, uint32_t b)
{
	size_t a_n = strings_length(&tree->labels, a), b_n = strings_length(&tree->labels, b);
	int order = memcmp(strings_get(&tree->labels, a), strings_get(&tree->labels, b),
			   a_n < b_n ? a_n : b_n);

	return order ?: (a_n > b_n) - (a_n < b_n);
}

uint32_t tree_next(const struct tree *tree, uint32_t node)
{
	const struct tree_node *nodes = tree->nodes.data;

	if (nodes[node].first_child)
		return nodes[node].first_child;
	while (node && !nodes[node].next_sibling)
		node = nodes[node].parent;
	return nodes[node].next_sibling;
}
