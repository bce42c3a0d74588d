// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks are put into a tree by function; weights are summed from the leaves
 * to the root; each stack keeps the part of it that is large enough.
 */
#include "report/refine_share.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/diff.h"
#include "report/profile.h"
#include "report/refine_copy.h"

/* Of a difference, either side can be large enough. */
struct share_node {
	uint32_t parent;
	uint64_t weights[DIFF_SIDES];
};

struct sharer {
	struct refine_copy copy;
	uint32_t values[DIFF_SIDES]; /* that are looked at */
	int n_values;
	double least[DIFF_SIDES];
	uint32_t other; /* location in to: "[below 1%]" */
	VEC(struct share_node) nodes; /* parents before children; [0] is the root */
	struct idmap children;	      /* parent << 32 | function -> node */
	uint32_t *node_of;	      /* by stack: of its innermost frame */
	VEC(struct profile_frame) frames;
};

static void sharer_deinit(struct sharer *sharer)
{
	refine_copy_deinit(&sharer->copy);
	vec_deinit(&sharer->nodes);
	idmap_deinit(&sharer->children);
	free(sharer->node_of);
	vec_deinit(&sharer->frames);
}

static int enter(struct sharer *sharer, uint32_t function, uint32_t *node)
{
	uint64_t key = (uint64_t)*node << 32 | function;
	struct share_node new = { .parent = *node };
	int err;

	if (idmap_find(&sharer->children, key, node))
		return 0;
	*node = sharer->nodes.n;
	err = vec_push(&sharer->nodes, new);
	return err ? err : idmap_put(&sharer->children, key, *node);
}

/* What is not resolved is its own function, beyond the numbers of the others. */
static uint32_t function_of_address(const struct profile *profile, uint32_t location)
{
	return profile->functions.n + location;
}

static int place_stacks(struct sharer *sharer)
{
	const struct profile *from = sharer->copy.from;
	int err = vec_push(&sharer->nodes, (struct share_node){});

	sharer->node_of = calloc(from->stacks.n, sizeof(uint32_t));
	if (!sharer->node_of)
		return -ENOMEM;
	for (size_t i = 1; !err && i < from->stacks.n; i++) {
		const struct profile_stack *stack = &from->stacks.data[i];
		const struct profile_location *location = &from->locations.data[stack->location];
		uint32_t node = sharer->node_of[stack->parent];

		if (!location->n_frames)
			err = enter(sharer, function_of_address(from, stack->location), &node);
		for (uint32_t k = location->n_frames; !err && k > 0; k--)
			err = enter(sharer,
				    from->frames.data[location->first_frame + k - 1].function,
				    &node);
		sharer->node_of[i] = node;
	}
	return err;
}

static void sum(struct sharer *sharer, int k)
{
	const struct profile *from = sharer->copy.from;

	for (size_t i = 0; i < from->samples.n; i++) {
		int64_t value = from->values.data[i * from->n_values + sharer->values[k]];

		sharer->nodes.data[sharer->node_of[from->samples.data[i].stack]].weights[k] +=
			value < 0 ? -(uint64_t)value : (uint64_t)value;
	}
	for (size_t i = sharer->nodes.n; i > 1; i--)
		sharer->nodes.data[sharer->nodes.data[i - 1].parent].weights[k] +=
			sharer->nodes.data[i - 1].weights[k];
}

static void choose_values(struct sharer *sharer, double percent)
{
	const struct profile *from = sharer->copy.from;

	sharer->n_values = diff_is(from) ? DIFF_SIDES : from->n_values ? 1 : 0;
	for (int k = 0; k < sharer->n_values; k++) {
		sharer->values[k] = sharer->n_values == 1 ? from->default_value : (uint32_t)k;
		sharer->least[k] = percent * from->totals[sharer->values[k]] / 100;
		sum(sharer, k);
	}
}

static bool is_small(const struct sharer *sharer, uint32_t node)
{
	bool small = node && sharer->n_values;

	for (int k = 0; k < sharer->n_values; k++)
		small &= sharer->nodes.data[node].weights[k] < sharer->least[k];
	return small;
}

/* The frames of a location that are large enough, innermost first; true if that is not all. */
static int keep_frames(struct sharer *sharer, const struct profile_location *location,
		       uint32_t node, bool *ret_cut)
{
	const struct profile *from = sharer->copy.from;
	int err = 0;

	sharer->frames.n = 0;
	*ret_cut = false;
	for (uint32_t k = 0; !err && k < location->n_frames; k++) {
		struct profile_frame frame = from->frames.data[location->first_frame + k];

		if (is_small(sharer, node)) {
			*ret_cut = true;
		} else {
			err = refine_copy_function(&sharer->copy, frame.function, &frame.function);
			if (!err)
				err = vec_push(&sharer->frames, frame);
		}
		node = sharer->nodes.data[node].parent;
	}
	if (!location->n_frames)
		*ret_cut = is_small(sharer, node);
	return err;
}

static int push(struct sharer *sharer, uint32_t stack, uint32_t location)
{
	uint32_t *to = &sharer->copy.stacks[stack];

	return profile_intern_stack(sharer->copy.to, *to, location, to);
}

static int copy_stack(struct sharer *sharer, uint32_t number)
{
	const struct profile *from = sharer->copy.from;
	const struct profile_stack *stack = &from->stacks.data[number];
	const struct profile_location *location = &from->locations.data[stack->location];
	uint32_t module, copied;
	bool cut;
	int err;

	sharer->copy.stacks[number] = sharer->copy.stacks[stack->parent];
	/* Its caller was cut already. */
	if (is_small(sharer, sharer->node_of[stack->parent]))
		return 0;
	err = keep_frames(sharer, location, sharer->node_of[number], &cut);
	if (!err && (sharer->frames.n || !cut)) {
		err = refine_copy_module(&sharer->copy, location->module, &module);
		if (!err)
			err = profile_intern_location(sharer->copy.to, module, location->offset,
						      sharer->frames.data, sharer->frames.n,
						      &copied);
		if (!err)
			err = push(sharer, number, copied);
	}
	return err || !cut ? err : push(sharer, number, sharer->other);
}

static int make_other(struct sharer *sharer, double percent)
{
	struct profile_function function = {};
	struct profile_frame frame = {};
	char name[64];
	int err;

	snprintf(name, sizeof(name), "[below %g%%]", percent);
	err = profile_intern(sharer->copy.to, name, &function.name);
	if (!err)
		err = profile_intern_function(sharer->copy.to, &function, &frame.function);
	return err ? err : profile_intern_location(sharer->copy.to, 0, 0, &frame, 1,
						   &sharer->other);
}

int refine_small_shares(const struct profile *profile, double percent, struct profile *ret)
{
	guard(sharer_deinit) struct sharer sharer = {};
	int err = refine_copy_init(&sharer.copy, profile, ret);

	if (!err)
		err = make_other(&sharer, percent);
	if (!err)
		err = place_stacks(&sharer);
	if (err)
		return err;
	choose_values(&sharer, percent);
	for (size_t i = 1; !err && i < profile->stacks.n; i++)
		err = copy_stack(&sharer, i);
	for (size_t i = 0; !err && i < profile->samples.n; i++)
		err = refine_copy_sample(&sharer.copy, i);
	return err ? err : profile_finish(ret);
}
