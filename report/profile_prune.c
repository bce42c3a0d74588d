// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks are told to be light by their weights, callees included; those above
 * a limit are numbered anew in place, which works because a stack always stands
 * behind its outer part. What is below the limit becomes a note there.
 */
#include "report/profile_prune.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/profile_order.h"
#include "report/wakers.h"

enum {
	BUCKET_BITS = 3, /* weights are told apart by an eighth of an octave */
	BUCKETS = 64 << BUCKET_BITS,
};

static const uint64_t OF_WAKER = 1ULL << 63; /* beside a weight: those add up to less */

struct pruner {
	struct profile *profile;
	uint64_t *weights; /* by stack, what it calls included */
	uint32_t *numbers; /* by old number: the new one */
	uint32_t mark, note;
	size_t n_of_wakers;
};

static void pruner_deinit(struct pruner *pruner)
{
	free(pruner->weights);
	free(pruner->numbers);
}

static uint64_t sample_weight(const struct profile *profile, size_t sample)
{
	int64_t value = profile->values.data[sample * profile->n_values + profile->default_value];

	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* Of stacks before those that stand on them, and of the others after them. */
static int weigh(struct pruner *pruner)
{
	const struct profile *profile = pruner->profile;
	const struct profile_stack *stacks = profile->stacks.data;
	size_t n = profile->stacks.n;

	free(pruner->weights);
	pruner->weights = calloc(n, sizeof(*pruner->weights));
	if (!pruner->weights)
		return -ENOMEM;
	for (size_t i = 0; i < profile->samples.n; i++)
		pruner->weights[profile->samples.data[i].stack] += sample_weight(profile, i);
	for (size_t i = n - 1; i > 0; i--)
		pruner->weights[stacks[i].parent] += pruner->weights[i];
	pruner->n_of_wakers = 0;
	for (size_t i = 1; i < n; i++) {
		uint32_t parent = stacks[i].parent;

		if (!(pruner->weights[parent] & OF_WAKER) &&
		    (!parent || stacks[parent].location != pruner->mark))
			continue;
		pruner->weights[i] |= OF_WAKER;
		pruner->n_of_wakers++;
	}
	return 0;
}

/* Light ones in a low one. A weight is at most the highest of its bucket. */
static unsigned bucket_of(uint64_t weight)
{
	unsigned octave;

	if (weight < 1 << BUCKET_BITS)
		return weight;
	octave = 63 - __builtin_clzll(weight) - BUCKET_BITS;
	return ((octave + 1) << BUCKET_BITS) + (weight >> octave & ((1 << BUCKET_BITS) - 1));
}

/* The lowest bucket from which on there are at most so many stacks. wakers: of theirs alone. */
static unsigned choose_limit(const struct pruner *pruner, bool wakers, size_t most)
{
	size_t counts[BUCKETS] = {}, n = 0;
	unsigned limit = BUCKETS;

	for (size_t i = 1; i < pruner->profile->stacks.n; i++)
		if (!wakers || pruner->weights[i] & OF_WAKER)
			counts[bucket_of(pruner->weights[i] & ~OF_WAKER)]++;
	while (limit && n + counts[limit - 1] <= most)
		n += counts[--limit];
	return limit;
}

static bool is_kernel(const struct profile *profile, uint32_t location)
{
	return profile->modules.data[profile->locations.data[location].module].kind ==
	       MODULE_KERNEL;
}

/* What a stack becomes. The weight of the one with number 0 is nothing's. */
static struct profile_stack stack_after(const struct pruner *pruner, size_t i, unsigned limit,
					bool wakers, bool *ret_gone)
{
	const struct profile *profile = pruner->profile;
	struct profile_stack stack = profile->stacks.data[i];
	bool of_waker = pruner->weights[i] & OF_WAKER;
	bool spared = wakers ? !of_waker :
			       !of_waker && is_kernel(profile, stack.location);

	stack.parent = pruner->numbers[stack.parent];
	if (!spared && stack.location != pruner->mark &&
	    bucket_of(pruner->weights[i] & ~OF_WAKER) < limit)
		stack.location = pruner->note;
	/* One note stands for all that is missing. */
	*ret_gone = stack.location == pruner->note && stack.parent &&
		    profile->stacks.data[stack.parent].location == pruner->note;
	return stack;
}

/* Numbers stay or become smaller: the table can be written while it is read. */
static void renumber(struct pruner *pruner, unsigned limit, bool wakers)
{
	struct profile *profile = pruner->profile;
	struct stack_index *index = &profile->stack_index;
	size_t n = profile->stacks.n, left = 1;

	memset(index->slots, 0, index->cap * sizeof(*index->slots));
	index->n = 0;
	pruner->numbers[0] = 0;
	for (size_t i = 1; i < n; i++) {
		bool gone;
		struct profile_stack stack = stack_after(pruner, i, limit, wakers, &gone);

		if (gone)
			pruner->numbers[i] = stack.parent;
		else if (!stack_index_find_or_add(index, profile->stacks.data, &stack, left,
						  &pruner->numbers[i]))
			profile->stacks.data[left++] = stack;
	}
	profile->stacks.n = left;
	vec_each(&profile->samples, sample)
		sample->stack = pruner->numbers[sample->stack];
}

static int prune_wakers(struct pruner *pruner, size_t most_left)
{
	size_t n_others = pruner->profile->stacks.n - pruner->n_of_wakers;
	/* Notes need room, too. */
	size_t most = n_others < most_left ? (most_left - n_others) / 2 : 0;

	renumber(pruner, choose_limit(pruner, true, most), true);
	return weigh(pruner);
}

static int prune_all(struct pruner *pruner, size_t most_left)
{
	unsigned limit = 0, chosen;
	int err = 0;

	/* Kernel frames and marks stay: it may take more than one go. */
	while (!err && pruner->profile->stacks.n > most_left && limit < BUCKETS) {
		chosen = choose_limit(pruner, false, most_left / 2);
		limit = chosen > limit ? chosen : limit + (1 << BUCKET_BITS);
		renumber(pruner, limit, false);
		err = weigh(pruner);
	}
	return err;
}

int profile_prune(struct profile *profile, size_t most_left)
{
	guard(pruner_deinit) struct pruner pruner = { .profile = profile };
	int err = wakers_intern_name(profile, WAKERS_MARK, &pruner.mark);

	if (!err)
		err = wakers_intern_name(profile, PRUNE_NOTE, &pruner.note);
	if (err || profile->stacks.n <= most_left)
		return err;
	pruner.numbers = malloc(profile->stacks.n * sizeof(*pruner.numbers));
	if (!pruner.numbers)
		return -ENOMEM;
	err = weigh(&pruner);
	if (!err && pruner.n_of_wakers)
		err = prune_wakers(&pruner, most_left);
	/* Who waits is of more use than who ended it: a little more may stay of that. */
	if (!err && profile->stacks.n > most_left + most_left / 2)
		err = prune_all(&pruner, most_left);
	return err ? err : profile_merge_samples(profile);
}

/* The location that is nothing but a name; 0: there is none. */
static uint32_t find_name(const struct profile *profile, const char *name)
{
	for (size_t i = 1; i < profile->locations.n; i++) {
		const struct profile_location *location = &profile->locations.data[i];
		const struct profile_frame *frame = &profile->frames.data[location->first_frame];

		if (!location->module && location->n_frames == 1 &&
		    !strcmp(strings_get(&profile->strings,
					profile->functions.data[frame->function].name),
			    name))
			return i;
	}
	return 0;
}

uint32_t profile_prune_note(const struct profile *profile)
{
	return find_name(profile, PRUNE_NOTE);
}

void profile_prune_weights(const struct profile *profile, struct prune_weights *ret)
{
	const struct profile_stack *stacks = profile->stacks.data;
	uint32_t note = profile_prune_note(profile), mark = find_name(profile, WAKERS_MARK);

	*ret = (struct prune_weights){};
	for (size_t i = 0; note && i < profile->samples.n; i++) {
		bool after_note = false;

		for (uint32_t s = profile->samples.data[i].stack; s; s = stacks[s].parent) {
			if (mark && stacks[s].location == mark) {
				ret->wakers_cut += after_note ? sample_weight(profile, i) : 0;
				after_note = false;
			}
			after_note |= stacks[s].location == note;
		}
		ret->cut += after_note ? sample_weight(profile, i) : 0;
	}
}
