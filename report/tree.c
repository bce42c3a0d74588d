// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out go the call tree, and where it is asked for
 * the table of functions. How it is made is in tree_private.h.
 */
#include "report/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/tree_private.h"

static void builder_deinit(struct tree_builder *builder)
{
	vec_deinit(&builder->steps);
	vec_deinit(&builder->first_step);
	vec_deinit(&builder->items);
	vec_deinit(&builder->text);
	free(builder->sample_items);
	free(builder->item_nodes);
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
	if (!err && builder->sample_items) {
		builder->item_nodes = malloc(builder->items.n * sizeof(*builder->item_nodes));
		err = builder->item_nodes ? 0 : -ENOMEM;
	}
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

static uint32_t node_of_item(const struct tree_builder *builder, uint32_t item)
{
	while (builder->item_nodes[item] & TREE_JOINED)
		item = builder->item_nodes[item] & ~TREE_JOINED;
	return builder->item_nodes[item];
}

int tree_init_nodes(struct tree *tree, const struct profile *profile,
		    const struct report_options *options, uint32_t value, uint32_t *nodes)
{
	guard(builder_deinit) struct tree_builder builder = {
		.tree = tree,
		.profile = profile,
		.options = options,
	};
	size_t n = profile->samples.n;
	int err;

	memset(tree, 0, sizeof(*tree));
	builder.sample_items = malloc((n + 1) * sizeof(*builder.sample_items));
	if (!builder.sample_items)
		return -ENOMEM;
	memset(builder.sample_items, 0xff, n * sizeof(*builder.sample_items));
	err = build(&builder, NULL, value, 0);
	if (err) {
		tree_deinit(tree);
		return err;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t item = builder.sample_items[i];

		nodes[i] = item == UINT32_MAX ? TREE_NO_NODE : node_of_item(&builder, item);
	}
	return 0;
}

void tree_source(const struct profile *profile, const struct tree_node *node, uint32_t *ret_file,
		 uint32_t *ret_line)
{
	const struct profile_frame *frame;

	*ret_file = *ret_line = 0;
	if (!node->frame || node->several_files)
		return;
	frame = &profile->frames.data[node->frame - 1];
	*ret_file = profile->functions.data[frame->function].file;
	if (!node->several_lines)
		*ret_line = frame->line;
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
