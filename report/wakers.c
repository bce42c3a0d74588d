// SPDX-License-Identifier: GPL-2.0-or-later
/* The frames that stand for no code. See wakers.h. */
#include "report/wakers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "base/vec.h"
#include "report/profile.h"

int wakers_intern_name(struct profile *profile, const char *name, uint32_t *ret)
{
	struct profile_function function = {};
	struct profile_frame frame = {};
	int err = profile_intern(profile, name, &function.name);

	if (!err)
		err = profile_intern_function(profile, &function, &frame.function);
	return err ? err : profile_intern_location(profile, 0, 0, &frame, 1, ret);
}

bool wakers_is_mark(const struct profile *profile, uint32_t number)
{
	const struct profile_location *location = &profile->locations.data[number];
	const struct profile_frame *frame = &profile->frames.data[location->first_frame];

	return !location->module && location->n_frames == 1 &&
	       !strcmp(strings_get(&profile->strings,
				   profile->functions.data[frame->function].name),
		       WAKERS_MARK);
}

uint8_t *wakers_find_unnamed(const struct profile *profile)
{
	uint8_t *unnamed = calloc(profile->locations.n, 1);

	for (size_t i = 0; unnamed && i < profile->locations.n; i++)
		unnamed[i] = !profile->locations.data[i].n_frames;
	return unnamed;
}

int wakers_find_waiters(const struct profile *profile, uint32_t **ret)
{
	uint32_t *waiters = calloc(profile->stacks.n, sizeof(*waiters));

	*ret = waiters;
	if (!waiters)
		return -ENOMEM;
	for (size_t i = 1; i < profile->stacks.n; i++) {
		const struct profile_stack *stack = &profile->stacks.data[i];
		uint32_t outer = waiters[stack->parent];
		bool marked = outer != stack->parent;

		if (!marked && wakers_is_mark(profile, stack->location))
			waiters[i] = stack->parent;
		else
			waiters[i] = marked ? outer : i;
	}
	return 0;
}

struct turn {
	struct profile *profile;
	const uint8_t *chosen;              /* by location; NULL: all of them */
	struct idmap turned;                /* location -> the same upside down */
	VEC(uint8_t) past;                  /* of each stack: the mark is in it */
	VEC(struct profile_frame) frames;   /* of one location */
};

static void turn_deinit(struct turn *turn)
{
	idmap_deinit(&turn->turned);
	vec_deinit(&turn->past);
	vec_deinit(&turn->frames);
}

static int turn_location(struct turn *turn, uint32_t number, uint32_t *ret)
{
	struct profile *profile = turn->profile;
	const struct profile_location location = profile->locations.data[number];
	int err = 0;

	*ret = number;
	if (location.n_frames < 2 || (turn->chosen && !turn->chosen[number]) ||
	    idmap_find(&turn->turned, number, ret))
		return 0;
	turn->frames.n = 0;
	for (uint32_t i = location.n_frames; !err && i > 0; i--)
		err = vec_push(&turn->frames, profile->frames.data[location.first_frame + i - 1]);
	if (!err)
		err = profile_intern_location(profile, location.module, location.offset,
					      turn->frames.data, turn->frames.n, ret);
	return err ? err : idmap_put(&turn->turned, number, *ret);
}

/* A stack's outer part comes before it. Two stacks that were different stay so. */
int wakers_turn(struct profile *profile, const uint8_t *chosen)
{
	guard(turn_deinit) struct turn turn = { .profile = profile, .chosen = chosen };
	int err = 0;

	for (size_t i = 0; !err && i < profile->stacks.n; i++) {
		struct profile_stack *stack = &profile->stacks.data[i];
		bool past = i && turn.past.data[stack->parent];

		if (past)
			err = turn_location(&turn, stack->location, &stack->location);
		else if (i)
			past = wakers_is_mark(profile, stack->location);
		if (!err)
			err = vec_push(&turn.past, past);
	}
	return err;
}
