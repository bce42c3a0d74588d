// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Weights are summed from the leaves to the root; how large a stack must be
 * follows from how many there are of each size; the samples of those that are
 * smaller move outwards to what is left of them.
 */
#include "report/embedded_cut.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/profile.h"
#include "report/refine_copy.h"

enum {
	WHOLE_BITS = 40,			 /* the whole of one value weighs 2^40 */
	SIZE_BITS = 3,				 /* sizes are told apart by an eighth */
	N_SIZES = (WHOLE_BITS + 5) << SIZE_BITS, /* of up to PROFILE_MAX_VALUES wholes */
};

struct cutter {
	struct refine_copy copy;
	uint64_t *weights;   /* by stack */
	uint64_t least;
	uint32_t other; /* the location that cut stacks end in */
};

static void cutter_deinit(struct cutter *cutter)
{
	refine_copy_deinit(&cutter->copy);
	free(cutter->weights);
}

static uint64_t sample_weight(const struct profile *profile, size_t sample)
{
	const int64_t *values = profile->values.data + sample * profile->n_values;
	uint64_t weight = 0;

	for (uint32_t i = 0; i < profile->n_values; i++) {
		uint64_t value = values[i] < 0 ? -(uint64_t)values[i] : (uint64_t)values[i];

		if (profile->totals[i])
			weight += ((unsigned __int128)value << WHOLE_BITS) / profile->totals[i];
	}
	return weight;
}

static int sum_weights(struct cutter *cutter)
{
	const struct profile *from = cutter->copy.from;

	cutter->weights = calloc(from->stacks.n, sizeof(*cutter->weights));
	if (!cutter->weights)
		return -ENOMEM;
	for (size_t i = 0; i < from->samples.n; i++)
		cutter->weights[from->samples.data[i].stack] += sample_weight(from, i);
	for (size_t i = from->stacks.n - 1; i > 0; i--)
		cutter->weights[from->stacks.data[i].parent] += cutter->weights[i];
	return 0;
}

/* Sizes double with each 8 numbers; size_weight() is the least weight of a size. */
static uint32_t size_of(uint64_t weight)
{
	unsigned shift;

	if (weight < 1 << SIZE_BITS)
		return weight;
	shift = 63 - __builtin_clzll(weight) - SIZE_BITS;
	return ((shift + 1) << SIZE_BITS) + ((weight >> shift) & ((1 << SIZE_BITS) - 1));
}

static uint64_t size_weight(uint32_t size)
{
	unsigned shift = size >> SIZE_BITS;
	uint64_t low = size & ((1 << SIZE_BITS) - 1);

	return shift ? (low | 1 << SIZE_BITS) << (shift - 1) : low;
}

static void find_least(struct cutter *cutter, uint32_t max_stacks)
{
	uint32_t counts[N_SIZES] = {};
	uint32_t size = N_SIZES;
	uint64_t n = 0;

	for (size_t i = 1; i < cutter->copy.from->stacks.n; i++)
		counts[size_of(cutter->weights[i])]++;
	while (size > 1 && n + counts[size - 1] <= max_stacks)
		n += counts[--size];
	cutter->least = size_weight(size);
}

static int make_other(struct cutter *cutter)
{
	const struct profile *from = cutter->copy.from;
	/* Above 100 % nothing stays: so it is with one recursion of millions of frames. */
	double share = (double)cutter->least / ((uint64_t)from->n_values << WHOLE_BITS);
	double percent = share < 1 ? 100 * share : 100;
	int decimals = percent < 10 ? 1 - (int)floor(log10(percent)) : 0; /* two digits */
	struct profile_function function = {};
	struct profile_frame frame = {};
	uint64_t n_cut = 0;
	char text[160];
	int err;

	for (size_t i = 1; i < from->stacks.n; i++)
		n_cut += cutter->weights[i] < cutter->least;
	snprintf(text, sizeof(text),
		 EMBEDDED_CUT_COMMENT
		 "stacks end where they are below %.*f%% of the whole; %llu of "
		 "%zu frames are not in this file; -o FILE.pb.gz keeps all",
		 decimals, percent, (unsigned long long)n_cut, from->stacks.n - 1);
	err = profile_add_comment(cutter->copy.to, text);
	snprintf(text, sizeof(text), "[below %.*f%%]", decimals, percent);
	if (!err)
		err = profile_intern(cutter->copy.to, text, &function.name);
	if (!err)
		err = profile_intern_function(cutter->copy.to, &function, &frame.function);
	return err ? err
		   : profile_intern_location(cutter->copy.to, 0, 0, &frame, 1, &cutter->other);
}

static int copy_stack(struct cutter *cutter, uint32_t number)
{
	const struct profile_stack *stack = &cutter->copy.from->stacks.data[number];
	uint32_t *to = &cutter->copy.stacks[number];
	uint32_t location = cutter->other;
	int err = 0;

	*to = cutter->copy.stacks[stack->parent];
	/* Its caller was cut already, or nothing was sampled here. */
	if ((stack->parent && cutter->weights[stack->parent] < cutter->least) ||
	    !cutter->weights[number])
		return 0;
	if (cutter->weights[number] >= cutter->least)
		err = refine_copy_location(&cutter->copy, stack->location, &location);
	return err ? err : profile_intern_stack(cutter->copy.to, *to, location, to);
}

int embedded_cut(const struct profile *profile, uint32_t max_stacks, struct profile *ret)
{
	guard(cutter_deinit) struct cutter cutter = {};
	int err = refine_copy_init(&cutter.copy, profile, ret);

	if (!err)
		err = sum_weights(&cutter);
	if (err)
		return err;
	find_least(&cutter, max_stacks);
	err = make_other(&cutter);
	for (size_t i = 1; !err && i < profile->stacks.n; i++)
		err = copy_stack(&cutter, i);
	for (size_t i = 0; !err && i < profile->samples.n; i++)
		err = refine_copy_sample(&cutter.copy, i);
	return err ? err : profile_finish(ret);
}
