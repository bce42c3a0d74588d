// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples come in; out go the stacks that they need, under the root that each
 * is seen under: its process, thread or note. The cost grows with stacks plus
 * samples and not with samples times depth. Nothing recurses.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/tree_private.h"
#include "report/wait_class.h"

struct placer {
	struct tree_builder *builder;
	struct idmap named; /* parent << 32 | label -> item */
	struct idmap roots; /* thread << 32 | root_sort() -> item its stacks start from */
	VEC(uint32_t) last; /* by item of a root: 1 + a sample under it, 0 if there is none */
	uint32_t *before;   /* by sample: 1 + the one before it under the same root */
	uint32_t *item_of;  /* by stack, under the root at hand where it is >= first_item */
	uint32_t first_item;
	VEC(uint32_t) path; /* stacks still to be placed, innermost first */
};

static void placer_deinit(struct placer *placer)
{
	idmap_deinit(&placer->named);
	idmap_deinit(&placer->roots);
	vec_deinit(&placer->last);
	free(placer->before);
	free(placer->item_of);
	vec_deinit(&placer->path);
}

static int add_item(struct tree_builder *builder, uint32_t parent, uint32_t step, uint32_t *ret)
{
	struct tree_item item = {.parent = parent, .step = step};

	if (builder->items.n >= TREE_MAX)
		return -E2BIG;
	*ret = builder->items.n;
	return vec_push(&builder->items, item);
}

/* Goes on to the item of the text's name. */
static int enter_named(struct placer *placer, enum frame_kind kind, uint32_t *item)
{
	struct tree_builder *builder = placer->builder;
	struct tree_step step = {
		.kind = kind,
		.is_last = true,
		.is_named = kind != FRAME_WAIT,
	};
	int err = tree_text_intern(builder, &step.label);
	uint64_t key = (uint64_t)*item << 32 | step.label;

	if (err || idmap_find(&placer->named, key, item))
		return err;
	err = vec_push(&builder->steps, step);
	if (!err)
		err = add_item(builder, *item, builder->steps.n - 1, item);
	return err ?: idmap_put(&placer->named, key, *item);
}

/* "NAME" or "NAME (ID)". */
static int text_add_task(struct tree_builder *builder, uint32_t name, bool with_id, int32_t id)
{
	const struct strings *strings = &builder->profile->strings;
	char text[24];
	int err;

	err = tree_text_add(builder, strings_get(strings, name), strings_length(strings, name));
	if (err || !with_id)
		return err;
	snprintf(text, sizeof(text), "%s(%d)", name ? " " : "", id);
	return tree_text_add(builder, text, strlen(text));
}

/* Idle waits are seen as two frames, "[idle]" and what they waited for. Then to wait for a CPU is
 * not idle. */
static bool is_collapsed(const struct tree_builder *builder, const struct profile_sample *sample)
{
	return (sample->flags & (SAMPLE_IDLE | SAMPLE_RUNQUEUE)) == SAMPLE_IDLE &&
	       !builder->options->show_idle;
}

static int enter_text(struct placer *placer, enum frame_kind kind, const char *text, uint32_t *item)
{
	int err = tree_text_add(placer->builder, text, strlen(text));

	return err ?: enter_named(placer, kind, item);
}

static int enter_idle(struct placer *placer, enum wait_class class, uint32_t *item)
{
	char name[WAIT_FRAME_NAME];
	int err = enter_text(placer, FRAME_WAIT, "[idle]", item);

	wait_class_frame_name(class, false, name);
	return err ?: enter_text(placer, FRAME_WAIT, name, item);
}

/* What decides beside the thread how a stack begins: the unwind result, or the class of an idle
 * wait. */
static uint32_t root_sort(const struct tree_builder *builder, const struct profile_sample *sample)
{
	return is_collapsed(builder, sample) ? UNWIND_N + sample->wait_class : sample->unwind;
}

/* The item that the stacks of a thread with this unwind result start from. Kernel threads that
 * have nothing to do are many, and each by itself is of no interest unless asked for. */
static int find_root(struct placer *placer, const struct profile_sample *sample, uint32_t *ret)
{
	struct tree_builder *builder = placer->builder;
	const struct profile_thread *thread = &builder->profile->threads.data[sample->thread];
	uint64_t key = (uint64_t)sample->thread << 32 | root_sort(builder, sample);
	bool per_pid = builder->options->per_pid && thread->pid;
	bool collapsed = is_collapsed(builder, sample);
	bool merged = collapsed && sample->wait_class == WAIT_KERNEL && !per_pid &&
		      !builder->options->threads;
	int err = 0;

	if (idmap_find(&placer->roots, key, ret))
		return 0;
	*ret = 0;
	if (merged) {
		err = enter_text(placer, FRAME_ROOT, "[kernel threads]", ret);
	} else if (thread->process || per_pid) {
		err = text_add_task(builder, thread->process, per_pid, thread->pid);
		if (!err)
			err = enter_named(placer, FRAME_ROOT, ret);
	}
	if (!err && builder->options->threads && thread->tid) {
		err = text_add_task(builder, thread->comm, true, thread->tid);
		if (!err)
			err = enter_named(placer, FRAME_ROOT, ret);
	}
	if (!err && collapsed) {
		err = enter_idle(placer, sample->wait_class, ret);
	} else if (!err && unwind_result_is_incomplete(sample->unwind)) {
		const char *reason = unwind_result_name(sample->unwind);

		err = tree_text_add(builder, "[incomplete: ", 13);
		if (!err)
			err = tree_text_add(builder, reason, strlen(reason));
		if (!err)
			err = enter_text(placer, FRAME_NOTE, "]", ret);
	}
	return err ?: idmap_put(&placer->roots, key, *ret);
}

static int64_t value_of(const struct profile *profile, size_t sample, uint32_t value)
{
	return profile->values.data[sample * profile->n_values + value];
}

/* Lists the samples of each root, the first one first. */
static int group_samples(struct placer *placer, uint32_t value)
{
	const struct profile *profile = placer->builder->profile;
	uint32_t root;
	int err = 0;

	for (size_t i = profile->samples.n; !err && i > 0; i--) {
		if (!value_of(profile, i - 1, value))
			continue;
		err = find_root(placer, &profile->samples.data[i - 1], &root);
		while (!err && placer->last.n <= root)
			err = vec_push(&placer->last, 0);
		if (err)
			break;
		placer->before[i - 1] = placer->last.data[root];
		placer->last.data[root] = i;
	}
	return err;
}

/* Walks outwards to what is already placed, then places the rest inwards again. */
static int place_stack(struct placer *placer, uint32_t root, uint32_t stack, uint32_t *ret)
{
	struct tree_builder *builder = placer->builder;
	const struct profile_stack *stacks = builder->profile->stacks.data;
	int err = 0;

	placer->path.n = 0;
	for (; stack && placer->item_of[stack] < placer->first_item; stack = stacks[stack].parent) {
		err = vec_push(&placer->path, stack);
		if (err)
			return err;
	}
	*ret = stack ? placer->item_of[stack] : root;
	for (size_t i = placer->path.n; !err && i > 0; i--) {
		stack = placer->path.data[i - 1];
		err = add_item(builder, *ret, builder->first_step.data[stacks[stack].location],
			       ret);
		placer->item_of[stack] = *ret;
	}
	return err;
}

static int place_samples(struct placer *placer, uint32_t root, uint32_t value)
{
	struct tree_builder *builder = placer->builder;
	const struct profile *profile = builder->profile;
	uint32_t item;
	int err = 0;

	placer->first_item = builder->items.n;
	for (uint32_t i = placer->last.data[root]; !err && i; i = placer->before[i - 1]) {
		const struct profile_sample *sample = &profile->samples.data[i - 1];

		err = place_stack(placer, root, is_collapsed(builder, sample) ? 0 : sample->stack,
				  &item);
		if (!err)
			builder->items.data[item].total += value_of(profile, i - 1, value);
		if (!err && builder->sample_items)
			builder->sample_items[i - 1] = item;
	}
	return err;
}

/* The samples are under one root: one pass over the stacks makes all items, in the order in which
 * the stacks came to be, and no way outwards is walked. */
static int place_all(struct placer *placer, uint32_t root, uint32_t value)
{
	struct tree_builder *builder = placer->builder;
	const struct profile *profile = builder->profile;
	const struct profile_stack *stacks = profile->stacks.data;
	uint32_t *item_of = placer->item_of;
	int err = 0;

	/* Collapsed ones have a root of their own, which is nobody else's. */
	if (is_collapsed(builder, &profile->samples.data[placer->last.data[root] - 1]))
		return place_samples(placer, root, value);
	for (size_t i = 0; i < profile->samples.n; i++)
		if (value_of(profile, i, value))
			item_of[profile->samples.data[i].stack] = true;
	for (size_t i = profile->stacks.n - 1; i > 0; i--)
		if (item_of[i])
			item_of[stacks[i].parent] = true;
	item_of[0] = root;
	for (size_t i = 1; !err && i < profile->stacks.n; i++)
		if (item_of[i])
			err = add_item(builder, item_of[stacks[i].parent],
				       builder->first_step.data[stacks[i].location], &item_of[i]);
	for (size_t i = 0; !err && i < profile->samples.n; i++) {
		uint32_t item = item_of[profile->samples.data[i].stack];

		if (!value_of(profile, i, value))
			continue;
		builder->items.data[item].total += value_of(profile, i, value);
		if (builder->sample_items)
			builder->sample_items[i] = item;
	}
	return err;
}

static int place_each(struct placer *placer, uint32_t value)
{
	uint32_t n_roots = 0;
	uint32_t root = 0;
	int err = 0;

	for (size_t i = 0; i < placer->last.n; i++) {
		if (!placer->last.data[i])
			continue;
		n_roots++;
		root = i;
	}
	if (n_roots == 1)
		return place_all(placer, root, value);
	for (size_t i = 0; !err && i < placer->last.n; i++)
		err = place_samples(placer, i, value);
	return err;
}

/* Sums totals, and lists the children of each item in the order of their numbers. */
static void link_items(struct tree_builder *builder)
{
	struct tree_item *items = builder->items.data;

	for (size_t i = builder->items.n - 1; i > 0; i--) {
		struct tree_item *parent = &items[items[i].parent];

		parent->total += items[i].total;
		items[i].next = parent->first;
		parent->first = i;
	}
}

int tree_items_make(struct tree_builder *builder, uint32_t value)
{
	guard(placer_deinit) struct placer placer = {.builder = builder};
	const struct profile *profile = builder->profile;
	struct tree_step root = {.kind = FRAME_ROOT, .is_last = true, .is_named = true};
	uint32_t item;
	int err;

	placer.before = malloc((profile->samples.n + 1) * sizeof(*placer.before));
	placer.item_of = calloc(profile->stacks.n, sizeof(*placer.item_of));
	if (!placer.before || !placer.item_of)
		return -ENOMEM;
	err = strings_intern_cstr(&builder->tree->labels, "all", &root.label);
	if (!err)
		err = vec_push(&builder->steps, root);
	if (!err)
		err = add_item(builder, 0, builder->steps.n - 1, &item);
	if (!err && value < profile->n_values)
		err = group_samples(&placer, value);
	if (!err)
		err = place_each(&placer, value);
	if (!err)
		link_items(builder);
	return err;
}
