// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks turned round: a chain of who waited, the mark and who ended it becomes
 * one of who ended what.
 */
#include "report/wakeups.h"

#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/profile.h"
#include "report/refine_copy.h"
#include "report/wait_class.h"
#include "report/wakers.h"

/* What the stack of a waiting thread became. */
struct turned {
	uint32_t stack, thread;
};

struct turner {
	struct refine_copy copy;
	struct idmap known; /* stack << 32 | thread -> place in turned */
	VEC(struct turned) turned;
	VEC(struct profile_frame) frames; /* of a location */
};

static void turner_deinit(struct turner *turner)
{
	refine_copy_deinit(&turner->copy);
	idmap_deinit(&turner->known);
	vec_deinit(&turner->turned);
	vec_deinit(&turner->frames);
}

/* A name of the profile that is read, as a frame of its own in the other. */
static int push_name(struct turner *turner, uint32_t name, uint32_t *stack)
{
	const struct profile *from = turner->copy.from;
	uint32_t location;
	int err = wakers_intern_name(turner->copy.to, strings_get(&from->strings, name), &location);

	return err ?: profile_intern_stack(turner->copy.to, *stack, location, stack);
}

/* What was inlined is upside down within the mark, as the stack is. */
static int turn_location(struct turner *turner, uint32_t number, uint32_t *ret)
{
	const struct profile *from = turner->copy.from;
	const struct profile_location *location = &from->locations.data[number];
	uint32_t module;
	int err = 0;

	if (location->n_frames < 2)
		return refine_copy_location(&turner->copy, number, ret);
	turner->frames.n = 0;
	for (uint32_t i = location->n_frames; !err && i > 0; i--) {
		struct profile_frame frame = from->frames.data[location->first_frame + i - 1];

		err = refine_copy_function(&turner->copy, frame.function, &frame.function);
		if (!err)
			err = vec_push(&turner->frames, frame);
	}
	if (!err)
		err = refine_copy_module(&turner->copy, location->module, &module);
	return err
		       ?: profile_intern_location(turner->copy.to, module, location->offset,
						  turner->frames.data, turner->frames.n, ret);
}

/* Who is at the leaf: the comm behind the waker's stack. Where that is an interrupt's there is
 * none. */
static int make_thread(struct turner *turner, uint32_t *at, uint32_t *ret)
{
	const struct profile *from = turner->copy.from;
	const struct profile_location *location =
		&from->locations.data[from->stacks.data[*at].location];
	struct profile_thread thread = {};
	uint32_t function;
	int err;

	*ret = 0;
	if (location->module || location->n_frames != 1)
		return 0;
	function = from->frames.data[location->first_frame].function;
	err = profile_intern(turner->copy.to,
			     strings_get(&from->strings, from->functions.data[function].name),
			     &thread.process);
	thread.comm = thread.process;
	*at = from->stacks.data[*at].parent;
	return err ?: profile_intern_thread(turner->copy.to, &thread, ret);
}

static int turn(struct turner *turner, const struct profile_sample *sample, struct turned *ret)
{
	const struct profile *from = turner->copy.from;
	uint32_t at = sample->stack, location;
	const struct profile_thread *waiter = &from->threads.data[sample->thread];
	int err = make_thread(turner, &at, &ret->thread);

	ret->stack = 0;
	/* From the waker's root to its leaf, the mark, and the frame of the wait's class. */
	for (bool marked = false; !err && at && !marked; at = from->stacks.data[at].parent) {
		uint32_t number = from->stacks.data[at].location;

		marked = wakers_is_mark(from, number);
		err = turn_location(turner, number, &location);
		if (!err)
			err = profile_intern_stack(turner->copy.to, ret->stack, location,
						   &ret->stack);
	}
	if (!err && waiter->process)
		err = push_name(turner, waiter->process, &ret->stack);
	if (!err && waiter->comm && waiter->comm != waiter->process)
		err = push_name(turner, waiter->comm, &ret->stack);
	if (err || !wait_class_is_frame(from, from->stacks.data[at].location))
		return err;
	err = refine_copy_location(&turner->copy, from->stacks.data[at].location, &location);
	return err ?: profile_intern_stack(turner->copy.to, ret->stack, location, &ret->stack);
}

static bool has_mark(const struct profile *profile, uint32_t stack)
{
	for (; stack; stack = profile->stacks.data[stack].parent)
		if (wakers_is_mark(profile, profile->stacks.data[stack].location))
			return true;
	return false;
}

static int turn_sample(struct turner *turner, size_t i)
{
	const struct profile *from = turner->copy.from;
	const struct profile_sample *sample = &from->samples.data[i];
	uint64_t key = (uint64_t)sample->stack << 32 | sample->thread;
	struct turned turned;
	uint32_t number;
	int err = 0;

	if (!has_mark(from, sample->stack))
		return 0;
	if (!idmap_find(&turner->known, key, &number)) {
		err = turn(turner, sample, &turned);
		number = turner->turned.n;
		if (!err)
			err = vec_push(&turner->turned, turned);
		if (!err)
			err = idmap_put(&turner->known, key, number);
	}
	if (err)
		return err;
	turned = turner->turned.data[number];
	return refine_copy_sample_as(&turner->copy, i, turned.stack, turned.thread);
}

int wakeups_make(const struct profile *profile, struct profile *ret)
{
	guard(turner_deinit) struct turner turner = {};
	int err = refine_copy_init(&turner.copy, profile, ret);

	for (size_t i = 0; !err && i < profile->samples.n; i++)
		err = turn_sample(&turner, i);
	return err ?: profile_finish(ret);
}
