/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call tree: samples of a finished profile merged by name, the base of
 * every flame graph and of the folded file. A node is one frame under one
 * parent. Its label is exactly what a reader sees, so that "foo" called twice
 * from the same parent is one node however the lines of a file would sort.
 */
#ifndef FLAMETAP_REPORT_TREE_H
#define FLAMETAP_REPORT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strings.h"
#include "base/vec.h"

struct function_totals;
struct profile;
struct report_options;

enum frame_kind {
	FRAME_ROOT, /* the root, a process, a thread */
	FRAME_USER,
	FRAME_INLINED,
	FRAME_KERNEL,
	FRAME_JIT,
	FRAME_WAKER, /* "--", and what is within it: who ended the wait */
	FRAME_NOTE, /* [incomplete: ...], [kernel], [user] */
	FRAME_WAIT, /* [lock], [run queue], [idle]: see wait_class.h */
};

struct tree_node {
	uint32_t parent; /* number of the node; the root's is 0 itself */
	uint32_t label;  /* number in tree.labels */
	uint8_t kind;    /* enum frame_kind */
	bool is_function : 1; /* false: the root, a process, a thread, [incomplete: ...] */
	bool several_modules : 1; /* its frames are in several, and module is 0 */
	bool several_files : 1;	  /* its frames are in several source files ... */
	bool several_lines : 1;	  /* ... or on several lines of one */
	uint32_t module; /* number in profile.modules, 0 if none */
	uint32_t frame;	 /* number in profile.frames of the first, + 1; 0 if none */
	uint32_t first_child, next_sibling; /* 0: none; children sorted by label */
	uint32_t depth;  /* of the root: 0 */
	int64_t self;
	int64_t total;
};

#define TREE_NO_NODE UINT32_MAX

struct tree {
	struct strings labels;
	VEC(struct tree_node) nodes; /* parents before children; nodes.data[0] is the root */
	uint32_t depth;		     /* of the deepest node, forgotten or not */
	uint64_t n_forgotten;	     /* nodes that are not here: see tree_init_visible */
};

/*
 * Builds the tree of one of the profile's values (their number). Samples whose
 * value is 0 make no nodes. 0, -ENOMEM, or -E2BIG for more than 2^25 nodes.
 */
int tree_init(struct tree *tree, const struct profile *profile,
	      const struct report_options *options, uint32_t value);

/*
 * The same, but what is below a node of less than 1/least_share of the root is left out of the
 * tree, which is then small however many stacks there are. The table of functions, which counts
 * that too, is made with it. Where values are negative nothing is left out.
 */
int tree_init_visible(struct tree *tree, struct function_totals *totals,
		      const struct profile *profile, const struct report_options *options,
		      uint32_t value, int64_t least_share);
/* The same as tree_init, and nodes[i] becomes the node that sample i ends in; of a sample whose
 * value is 0 it is TREE_NO_NODE. */
int tree_init_nodes(struct tree *tree, const struct profile *profile,
		    const struct report_options *options, uint32_t value, uint32_t *nodes);
void tree_deinit(struct tree *tree);

/* Where a node's function is in the source: a string of the profile, 0 where that is not known or
 * there are several, and the line, 0 likewise. */
void tree_source(const struct profile *profile, const struct tree_node *node, uint32_t *ret_file,
		 uint32_t *ret_line);

/* The node after this one, a parent before its children; 0 after the last. For the whole
 * tree: for (n = 0; ...; n = tree_next(tree, n)) until it is 0 again. */
uint32_t tree_next(const struct tree *tree, uint32_t node);

/* Orders two labels by their bytes. */
int tree_compare_labels(const struct tree *tree, uint32_t a, uint32_t b);

/*
 * Self and total by function, a function counted once a stack however often it
 * recurs. A function is known by its label alone, as everywhere in the reports
 * (boxes, search, folded stacks) and in pprof, so that their numbers agree.
 */
struct function_total {
	uint32_t label;       /* number in the tree's labels */
	uint32_t module;      /* 0 if there is none, or if there are several */
	uint8_t kind;         /* the plainest of its nodes */
	bool several_modules; /* main, _start, what is inlined from headers */
	uint32_t n_active;    /* while the table is made: how often it is being entered */
	int64_t self;
	int64_t total;
};

struct function_totals {
	VEC(struct function_total) items; /* largest self first, then total, then by name */
	uint32_t *row_of_label; /* while it is made: row + 1 */
};

int function_totals_init(struct function_totals *totals, const struct tree *tree);
/* Makes the table along a walk: begin with the number of labels; enter each node before its
 * children and leave it after them; sort. 0 or a negative errno. */
int function_totals_begin(struct function_totals *totals, size_t n_labels);
int function_totals_enter(struct function_totals *totals, const struct tree_node *node);
void function_totals_leave(struct function_totals *totals, const struct tree_node *node);
void function_totals_sort(struct function_totals *totals, const struct tree *tree);
void function_totals_deinit(struct function_totals *totals);

#endif
