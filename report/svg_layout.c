// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A call tree comes in; out goes the place of every box that is wide enough to
 * be seen, ordered by row. Children stand side by side from their parent's
 * left edge on, in the order of their labels.
 */
#include "report/svg.h"

#include <stdlib.h>
#include <string.h>

#include "report/profile.h"

enum {
	MAX_BOXES = 5000, /* and two a row; where there are more, the share is raised */
	MAX_ROWS = 20000,
};

static void layout_free(struct svg_layout *layout)
{
	free(layout->left);
	free(layout->width);
	free(layout->order);
	free(layout->row_start);
}

void svg_layout_deinit(struct svg_layout *layout)
{
	layout_free(layout);
	memset(layout, 0, sizeof(*layout));
}

/* Places the children of a node that is drawn. A profile that was subtracted from another can
 * have children wider than their parent, or of less than nothing: those are cut off. */
static void place_children(struct svg_layout *layout, const struct tree *tree, uint32_t parent)
{
	const struct tree_node *nodes = tree->nodes.data;
	int64_t left = layout->left[parent];
	int64_t end = left + layout->width[parent];
	int64_t least = nodes[0].total / layout->least_share;

	if (nodes[parent].depth + 1 >= MAX_ROWS)
		return;
	for (uint32_t i = nodes[parent].first_child; i; i = nodes[i].next_sibling) {
		int64_t width = nodes[i].total < end - left ? nodes[i].total : end - left;

		if (width <= 0)
			continue;
		if (width >= least) {
			layout->left[i] = left;
			layout->width[i] = width;
		}
		left += width;
	}
}

static void place(struct svg_layout *layout, const struct tree *tree)
{
	memset(layout->width, 0, tree->nodes.n * sizeof(*layout->width));
	layout->left[0] = 0;
	layout->width[0] = tree->nodes.data[0].total > 0 ? tree->nodes.data[0].total : 0;
	layout->n_boxes = 0;
	layout->n_rows = 0;
	layout->pruned = tree->nodes.data[0].total;
	/* Parents stand before their children. */
	for (uint32_t i = 0; i < tree->nodes.n; i++) {
		if (!layout->width[i])
			continue;
		layout->n_boxes++;
		layout->pruned -= tree->nodes.data[i].self;
		if (tree->nodes.data[i].depth >= layout->n_rows)
			layout->n_rows = tree->nodes.data[i].depth + 1;
		place_children(layout, tree, i);
	}
	layout->n_pruned = tree->nodes.n + tree->n_forgotten - layout->n_boxes;
}

/* A counting sort by depth of what a walk in order of siblings meets from left to right. */
static int sort(struct svg_layout *layout, const struct tree *tree)
{
	const struct tree_node *nodes = tree->nodes.data;
	uint32_t node = 0;

	layout->order = calloc(layout->n_boxes + 1, sizeof(*layout->order));
	layout->row_start = calloc(layout->n_rows + 2, sizeof(*layout->row_start));
	if (!layout->order || !layout->row_start)
		return -ENOMEM;
	for (uint32_t i = 0; i < tree->nodes.n; i++)
		if (layout->width[i])
			layout->row_start[nodes[i].depth + 2]++;
	for (uint32_t row = 1; row < layout->n_rows; row++)
		layout->row_start[row + 1] += layout->row_start[row];
	do {
		if (layout->width[node])
			layout->order[layout->row_start[nodes[node].depth + 1]++] = node;
		node = tree_next(tree, node);
	} while (node);
	return 0;
}

int svg_layout_init(struct svg_layout *layout, const struct tree *tree)
{
	int err;

	memset(layout, 0, sizeof(*layout));
	layout->left = calloc(tree->nodes.n, sizeof(*layout->left));
	layout->width = calloc(tree->nodes.n, sizeof(*layout->width));
	if (!layout->left || !layout->width) {
		svg_layout_deinit(layout);
		return -ENOMEM;
	}
	for (layout->least_share = SVG_LEAST_SHARE;;
	     layout->least_share -= layout->least_share / 4) {
		place(layout, tree);
		if (layout->n_boxes <= MAX_BOXES + 2 * layout->n_rows || layout->least_share <= 10)
			break;
	}
	err = sort(layout, tree);
	if (err)
		svg_layout_deinit(layout);
	return err;
}
