// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out go the call tree, and the table of
 * functions made from it. Each distinct stack is placed in the tree once for
 * each root it is seen under (process, thread, note), so that the cost grows
 * with stacks plus samples and not with samples times depth. Nothing recurses.
 */
#include "report/tree.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/format.h"
#include "report/profile.h"

/* Twice what a reader admits. One location of many inlined frames at the end of every stack, or
 * one stack under many threads, would come to more than fits into memory. */
enum { MAX_NODES = 1 << 25 };

/* What one frame of a location becomes: made once, used for every stack that holds it. */
struct step {
	uint32_t label;
	uint32_t module;
	uint8_t kind;
};

struct builder {
	struct tree *tree;
	const struct profile *profile;
	const struct report_options *options;
	VEC(struct step) steps;	  /* of all locations, each outermost first */
	VEC(uint32_t) first_step; /* by location, and one more at the end */
	struct idmap children;	  /* parent << 32 | label -> node */
	struct idmap roots;	  /* thread << 32 | unwind result -> node its stacks start from */
	struct idmap placed;	  /* root node << 32 | stack -> node */
	VEC(uint32_t) path;	  /* stacks still to be placed, innermost first */
	VEC(char) text;		  /* a label being made */
};

static void builder_deinit(struct builder *builder)
{
	vec_deinit(&builder->steps);
	vec_deinit(&builder->first_step);
	idmap_deinit(&builder->children);
	idmap_deinit(&builder->roots);
	idmap_deinit(&builder->placed);
	vec_deinit(&builder->path);
	vec_deinit(&builder->text);
}

/* Labels. */

static int text_add(struct builder *builder, const char *bytes, size_t n)
{
	return vec_append(&builder->text, bytes, n);
}

static int text_intern(struct builder *builder, uint32_t *ret)
{
	int err = strings_intern(&builder->tree->labels, builder->text.data ?: "", builder->text.n,
				 ret);

	builder->text.n = 0;
	return err;
}

static void base_name(const struct strings *strings, uint32_t number, const char **ret,
		      size_t *ret_n)
{
	const char *path = strings_get(strings, number);
	size_t n = strings_length(strings, number);
	const char *slash = memrchr(path, '/', n);

	*ret = slash ? slash + 1 : path;
	*ret_n = n - (*ret - path);
}

/* "[libc.so.6+0x1234]"; "[kernel+0x12]" for the module "[kernel]". */
static int label_unresolved(struct builder *builder, const struct profile_location *location,
			    uint32_t *ret)
{
	const struct profile *profile = builder->profile;
	char offset[32];
	const char *name;
	size_t n;
	int err;

	base_name(&profile->strings, profile->modules.data[location->module].path, &name, &n);
	if (n >= 2 && name[0] == '[' && name[n - 1] == ']') {
		name++;
		n -= 2;
	}
	snprintf(offset, sizeof(offset), "%s0x%llx]", n ? "+" : "",
		 (unsigned long long)location->offset);
	err = text_add(builder, "[", 1);
	if (!err)
		err = text_add(builder, name, n);
	if (!err)
		err = text_add(builder, offset, strlen(offset));
	return err ?: text_intern(builder, ret);
}

static int label_function(struct builder *builder, const struct profile_frame *frame, uint32_t *ret)
{
	const struct strings *strings = &builder->profile->strings;
	const struct profile_function *function =
		&builder->profile->functions.data[frame->function];
	char line[16];
	const char *file;
	size_t n;
	int err;

	err = text_add(builder, strings_get(strings, function->name),
		       strings_length(strings, function->name));
	base_name(strings, function->file, &file, &n);
	if (!err && builder->options->lines && n && frame->line) {
		snprintf(line, sizeof(line), ":%u", frame->line);
		err = text_add(builder, " ", 1);
		if (!err)
			err = text_add(builder, file, n);
		if (!err)
			err = text_add(builder, line, strlen(line));
	}
	return err ?: text_intern(builder, ret);
}

/* Folded files know no modules; what they may know is the annotation at a name's end. */
static enum frame_kind kind_by_name(const char *name, size_t n)
{
	if (!strcmp(name, "[kernel]") || !strcmp(name, "[user]") || !strncmp(name, "[below ", 7))
		return FRAME_NOTE;
	if (n >= 4 && name[n - 4] == '_' && name[n - 3] == '[' && name[n - 1] == ']') {
		switch (name[n - 2]) {
		case 'k':
			return FRAME_KERNEL;
		case 'i':
			return FRAME_INLINED;
		case 'j':
			return FRAME_JIT;
		case 'w':
			return FRAME_WAKER;
		}
	}
	return FRAME_USER;
}

static enum frame_kind kind_of(const struct builder *builder, const struct step *step, bool inlined)
{
	const struct strings *labels = &builder->tree->labels;

	if (inlined)
		return FRAME_INLINED;
	switch (builder->profile->modules.data[step->module].kind) {
	case MODULE_KERNEL:
	case MODULE_BPF:
		return FRAME_KERNEL;
	case MODULE_JIT:
		return FRAME_JIT;
	case MODULE_NONE:
		return kind_by_name(strings_get(labels, step->label),
				    strings_length(labels, step->label));
	case MODULE_USER:
	case MODULE_VDSO:
		break;
	}
	return FRAME_USER;
}

static int add_step(struct builder *builder, const struct profile_location *location,
		    const struct profile_frame *frame, bool inlined)
{
	const struct profile *profile = builder->profile;
	struct step step = {.module = location->module};
	int err;

	/* A function without a name tells less than its address does. */
	if (!frame || !profile->functions.data[frame->function].name)
		err = label_unresolved(builder, location, &step.label);
	else
		err = label_function(builder, frame, &step.label);
	if (err)
		return err;
	step.kind = kind_of(builder, &step, inlined);
	return vec_push(&builder->steps, step);
}

static int make_steps(struct builder *builder)
{
	const struct profile *profile = builder->profile;
	int err = 0;

	for (size_t k = 0; k < profile->locations.n; k++) {
		const struct profile_location *location = &profile->locations.data[k];
		const struct profile_frame *frames = NULL;
		uint32_t n = location->n_frames;

		err = vec_push(&builder->first_step, builder->steps.n);
		if (n)
			frames = &profile->frames.data[location->first_frame];
		/* Innermost first there, outermost first here; the outermost is the real one. */
		if (!err && !n)
			err = add_step(builder, location, NULL, false);
		for (uint32_t i = n; !err && i > 0; i--) {
			err = add_step(builder, location, &frames[i - 1], i < n);
			if (builder->options->no_inlines)
				break;
		}
		if (err)
			return err;
	}
	return vec_push(&builder->first_step, builder->steps.n);
}

/* Nodes. */

/*
 * Goes to the child with the step's label, made if it is new. Frames of one
 * label are one box even if they are of different sorts: it is then shown as
 * the plainer kind, and claims no module that is true for a part of it only.
 */
static int enter_child(struct builder *builder, uint32_t parent, const struct step *step,
		       bool is_function, uint32_t *ret)
{
	struct tree *tree = builder->tree;
	uint64_t key = (uint64_t)parent << 32 | step->label;
	struct tree_node node = {
		.parent = parent,
		.label = step->label,
		.kind = step->kind,
		.is_function = is_function,
		.module = step->module,
	};
	int err;

	if (idmap_find(&builder->children, key, ret)) {
		struct tree_node *old = &tree->nodes.data[*ret];

		if (step->kind < old->kind)
			old->kind = step->kind;
		if (step->module != old->module) {
			old->several_modules = true;
			old->module = 0;
		}
		old->is_function |= is_function;
		return 0;
	}
	if (tree->nodes.n >= MAX_NODES)
		return -E2BIG;
	node.depth = tree->nodes.data[parent].depth + 1;
	if (node.depth > tree->depth)
		tree->depth = node.depth;
	*ret = tree->nodes.n;
	err = vec_push(&tree->nodes, node);
	return err ?: idmap_put(&builder->children, key, *ret);
}

static int enter_named(struct builder *builder, enum frame_kind kind, uint32_t *node)
{
	struct step step = {.kind = kind};
	int err = text_intern(builder, &step.label);

	return err ?: enter_child(builder, *node, &step, false, node);
}

/* "NAME" or "NAME (ID)". */
static int text_add_task(struct builder *builder, uint32_t name, bool with_id, int32_t id)
{
	const struct strings *strings = &builder->profile->strings;
	char text[24];
	int err;

	err = text_add(builder, strings_get(strings, name), strings_length(strings, name));
	if (err || !with_id)
		return err;
	snprintf(text, sizeof(text), "%s(%d)", name ? " " : "", id);
	return text_add(builder, text, strlen(text));
}

/* The node that the stacks of a thread with this unwind result start from. */
static int find_root(struct builder *builder, const struct profile_sample *sample, uint32_t *ret)
{
	const struct profile_thread *thread = &builder->profile->threads.data[sample->thread];
	uint64_t key = (uint64_t)sample->thread << 32 | sample->unwind;
	bool per_pid = builder->options->per_pid && thread->pid;
	int err = 0;

	if (idmap_find(&builder->roots, key, ret))
		return 0;
	*ret = 0;
	if (thread->process || per_pid) {
		err = text_add_task(builder, thread->process, per_pid, thread->pid);
		if (!err)
			err = enter_named(builder, FRAME_ROOT, ret);
	}
	if (!err && builder->options->threads && thread->tid) {
		err = text_add_task(builder, thread->comm, true, thread->tid);
		if (!err)
			err = enter_named(builder, FRAME_ROOT, ret);
	}
	if (!err && unwind_result_is_incomplete(sample->unwind)) {
		const char *reason = unwind_result_name(sample->unwind);

		err = text_add(builder, "[incomplete: ", 13);
		if (!err)
			err = text_add(builder, reason, strlen(reason));
		if (!err)
			err = text_add(builder, "]", 1);
		if (!err)
			err = enter_named(builder, FRAME_NOTE, ret);
	}
	return err ?: idmap_put(&builder->roots, key, *ret);
}

static int enter_location(struct builder *builder, uint32_t location, uint32_t *node)
{
	uint32_t end = builder->first_step.data[location + 1];
	int err = 0;

	for (uint32_t i = builder->first_step.data[location]; !err && i < end; i++)
		err = enter_child(builder, *node, &builder->steps.data[i], true, node);
	return err;
}

/* Walks outwards to what is already placed, then places the rest inwards again. */
static int place_stack(struct builder *builder, uint32_t root, uint32_t stack, uint32_t *ret)
{
	uint64_t key = (uint64_t)root << 32;
	int err = 0;

	*ret = root;
	builder->path.n = 0;
	for (; stack && !idmap_find(&builder->placed, key | stack, ret);
	     stack = builder->profile->stacks.data[stack].parent) {
		err = vec_push(&builder->path, stack);
		if (err)
			return err;
	}
	for (size_t i = builder->path.n; !err && i > 0; i--) {
		stack = builder->path.data[i - 1];
		err = enter_location(builder, builder->profile->stacks.data[stack].location, ret);
		if (!err)
			err = idmap_put(&builder->placed, key | stack, *ret);
	}
	return err;
}

static int add_samples(struct builder *builder, uint32_t value)
{
	const struct profile *profile = builder->profile;

	for (size_t i = 0; i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];
		int64_t weight = profile->values.data[i * profile->n_values + value];
		uint32_t node;
		int err;

		if (!weight)
			continue;
		err = find_root(builder, sample, &node);
		if (!err)
			err = place_stack(builder, node, sample->stack, &node);
		if (err)
			return err;
		builder->tree->nodes.data[node].self += weight;
	}
	return 0;
}

/* Order. */

static int compare_labels(const void *a, const void *b, void *ctx)
{
	return tree_compare_labels(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

/*
 * Sorts every node's children by label without comparing siblings: labels are
 * sorted once, nodes are grouped by label, and the groups are then put at the
 * front of their parents' lists from the last label to the first.
 */
static int link_children(struct tree *tree)
{
	size_t n_labels = tree->labels.items.n;
	guard_free uint32_t *sorted = malloc(n_labels * sizeof(*sorted));
	guard_free uint32_t *first = calloc(n_labels, sizeof(*first));	  /* node of a label */
	guard_free uint32_t *next = calloc(tree->nodes.n, sizeof(*next)); /* of the same label */

	if (!sorted || !first || !next)
		return -ENOMEM;
	for (uint32_t i = 1; i < tree->nodes.n; i++) {
		next[i] = first[tree->nodes.data[i].label];
		first[tree->nodes.data[i].label] = i;
	}
	for (size_t i = 0; i < n_labels; i++)
		sorted[i] = i;
	qsort_r(sorted, n_labels, sizeof(*sorted), compare_labels, tree);
	for (size_t i = n_labels; i > 0; i--) {
		for (uint32_t node = first[sorted[i - 1]]; node; node = next[node]) {
			struct tree_node *parent = &tree->nodes.data[tree->nodes.data[node].parent];

			tree->nodes.data[node].next_sibling = parent->first_child;
			parent->first_child = node;
		}
	}
	return 0;
}

static void sum_totals(struct tree *tree)
{
	for (size_t i = tree->nodes.n; i > 0; i--) {
		struct tree_node *node = &tree->nodes.data[i - 1];
		struct tree_node *parent = &tree->nodes.data[node->parent];

		node->total += node->self;
		if (node != parent)
			parent->total += node->total;
	}
}

static int build(struct builder *builder, uint32_t value)
{
	struct tree_node root = {.kind = FRAME_ROOT};
	int err;

	err = strings_intern_cstr(&builder->tree->labels, "all", &root.label);
	if (!err)
		err = vec_push(&builder->tree->nodes, root);
	if (!err)
		err = make_steps(builder);
	if (!err && value < builder->profile->n_values)
		err = add_samples(builder, value);
	if (err)
		return err;
	sum_totals(builder->tree);
	return link_children(builder->tree);
}

int tree_init(struct tree *tree, const struct profile *profile,
	      const struct report_options *options, uint32_t value)
{
	guard(builder_deinit) struct builder builder = {
		.tree = tree,
		.profile = profile,
		.options = options,
	};
	int err;

	memset(tree, 0, sizeof(*tree));
	err = strings_init(&tree->labels);
	if (!err)
		err = build(&builder, value);
	if (err)
		tree_deinit(tree);
	return err;
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
