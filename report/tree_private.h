/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a tree is made, for the files tree*.c; everyone else includes tree.h.
 * Locations become steps (tree_steps.c), samples become items, one for each
 * stack under each root it is seen under (tree_items.c), and items with the
 * same labels under the same parent become nodes (tree_merge.c).
 */
#ifndef FLAMETAP_REPORT_TREE_PRIVATE_H
#define FLAMETAP_REPORT_TREE_PRIVATE_H

#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"
#include "report/tree.h"

/* What one frame of a location becomes: made once, used for every stack that holds it. Those of
 * one location stand next to each other, outermost first. */
struct tree_step {
	uint32_t label; /* while merging: its rank in the order of labels */
	uint32_t module;
	uint32_t frame; /* number in profile.frames + 1; 0 if none */
	uint8_t kind;
	bool is_last : 1; /* innermost of its location */
	bool is_named : 1; /* a process, a thread, a note: no function */
};

/*
 * One stack under one root, or a part of a root's name: a node of the tree of numbers that the
 * tree of labels is made from. Parents stand before their children, and item 0 is the root. There
 * is one for each stack of the profile, millions: so they are small.
 */
struct tree_item {
	uint32_t parent;
	uint32_t step;	      /* the first of its location; while merging, the one it has come to */
	uint32_t first, next; /* of those called from it; of the same caller, or of the same node */
	int64_t total;	      /* of itself alone until all are there */
};

struct tree_builder {
	struct tree *tree;
	const struct profile *profile;
	const struct report_options *options;
	VEC(struct tree_step) steps; /* of all locations; then processes, threads, notes */
	VEC(uint32_t) first_step;    /* by location */
	VEC(struct tree_item) items;
	VEC(char) text; /* a label being made */
	/* Where it is asked which node a sample ends in: the item of each sample, and the node that
	 * each item ends in (or TREE_JOINED | an item that ends in the same). Else NULL. */
	uint32_t *sample_items, *item_nodes;
};

#define TREE_JOINED (UINT32_C(1) << 31)

/* The most nodes and items that are made. It is twice what a reader admits: one location of many
 * inlined frames at the end of every stack, or one stack under many threads, would come to more
 * than fits into memory. */
enum { TREE_MAX = 1 << 25 };

/* Labels are put together piece by piece. All return 0 or a negative errno. */
int tree_text_add(struct tree_builder *builder, const char *bytes, size_t n);
int tree_text_intern(struct tree_builder *builder, uint32_t *ret);

int tree_steps_make(struct tree_builder *builder);
/* The items of all samples that have some of this value, and the sums of their totals. */
int tree_items_make(struct tree_builder *builder, uint32_t value);
/* The nodes; those that have less than `least` do not keep theirs. Adds to totals where given. */
int tree_merge(struct tree_builder *builder, int64_t least, struct function_totals *totals);

#endif
