// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples in, a row for each class of waits in each place of the code out: the
 * program's function that waited and its caller, as wait_code.h finds them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/diff.h"
#include "report/profile.h"
#include "report/value.h"
#include "report/wait_code.h"
#include "report/waits.h"

struct collect {
	const struct profile *profile;
	struct waits_places *places;
	struct waits_columns columns;
	struct wait_codes codes;
	struct idmap stacks; /* stack -> number in found */
	VEC(struct wait_code) found;
	struct idmap known; /* hash of what tells places apart -> number */
	struct idmap named; /* place << 32 | process -> 0: has been counted */
};

static void collect_deinit(struct collect *collect)
{
	wait_codes_deinit(&collect->codes);
	idmap_deinit(&collect->stacks);
	vec_deinit(&collect->found);
	idmap_deinit(&collect->known);
	idmap_deinit(&collect->named);
}

/* Stacks of who ended waits have the class at their end, behind the mark. */
static bool is_turned(const struct collect *collect, uint32_t stack)
{
	return collect->codes.waiters[stack] != stack &&
	       wait_class_is_frame(collect->profile, collect->profile->stacks.data[stack].location);
}

static int find_code(struct collect *collect, uint32_t stack, struct wait_code *ret)
{
	uint32_t number;
	int err;

	if (idmap_find(&collect->stacks, stack, &number)) {
		*ret = collect->found.data[number];
		return 0;
	}
	wait_codes_find(&collect->codes, stack, ret);
	collect->places->is_of_wakers |= is_turned(collect, stack);
	number = collect->found.n;
	err = vec_push(&collect->found, *ret);
	return err ?: idmap_put(&collect->stacks, stack, number);
}

/* Kernel threads that do the same are many, each under a name of its own. */
static int find_place(struct collect *collect, const struct waits_phase *phase,
		      const struct wait_code *code, uint32_t process, uint32_t *ret)
{
	uint32_t kind = (uint32_t)phase->class << 1 | phase->idle;
	uint64_t key = hash_pair((uint64_t)code->function << 32 | code->caller,
				 (uint64_t)(code->is_kernel ? 0 : process) << 32 | kind << 1 |
					 code->is_kernel);
	struct waits_place place = {
		.class = phase->class,
		.idle = phase->idle,
		.function = code->function,
		.caller = code->caller,
		.process = process,
	};
	int err;

	if (idmap_find(&collect->known, key, ret))
		return 0;
	*ret = collect->places->items.n;
	err = vec_push(&collect->places->items, place);
	return err ?: idmap_put(&collect->known, key, *ret);
}

static int compare_names(const struct strings *strings, uint32_t a, uint32_t b)
{
	return a == b ? 0 : strcmp(strings_get(strings, a), strings_get(strings, b));
}

/* Of many the first by name stands for them, in whatever order they come. */
static int count_process(struct collect *collect, uint32_t number, uint32_t process)
{
	struct waits_place *place = &collect->places->items.data[number];
	uint64_t key = (uint64_t)number << 32 | process;
	uint32_t known;

	if (idmap_find(&collect->named, key, &known))
		return 0;
	place->n_processes++;
	if (compare_names(&collect->profile->strings, process, place->process) < 0)
		place->process = process;
	return idmap_put(&collect->named, key, 0);
}

/* A program's thread has no stack of its own, either, before it has run, in execve and in exit. */
static bool is_kernel_thread(const struct profile *profile, const struct profile_sample *sample)
{
	const struct profile_location *outermost;
	uint32_t at = sample->stack, function;

	if (sample->unwind != UNWIND_KERNEL_ONLY || sample->wait_class == WAIT_FIRST_RUN || !at)
		return false;
	while (profile->stacks.data[at].parent)
		at = profile->stacks.data[at].parent;
	outermost = &profile->locations.data[profile->stacks.data[at].location];
	if (!outermost->n_frames)
		return false;
	function = profile->frames.data[outermost->first_frame + outermost->n_frames - 1].function;
	return strstr(strings_get(&profile->strings, profile->functions.data[function].name),
		      "ret_from_fork") != NULL;
}

static int add_sample(struct collect *collect, size_t i)
{
	const struct profile_sample *sample = &collect->profile->samples.data[i];
	uint32_t process = collect->profile->threads.data[sample->thread].process, number;
	struct waits_phase phase;
	struct waits_place *place;
	struct wait_code code = {};
	int err = find_code(collect, sample->stack, &code);

	waits_phase_init(&phase, collect->profile, &collect->columns, i);
	/* That has nothing to do with where it was just then, nor with what is known of that. */
	if (wait_class_is_queued(phase.class))
		code = (struct wait_code){.is_kernel = is_kernel_thread(collect->profile, sample)};
	if (!err)
		err = find_place(collect, &phase, &code, process, &number);
	if (!err)
		err = count_process(collect, number, process);
	if (err)
		return err;
	place = &collect->places->items.data[number];
	place->total_ns += phase.ns;
	if (phase.queued)
		place->runqueue_ns += phase.ns;
	if (!phase.measured)
		return 0;
	place->n += phase.n;
	place->measured_ns += phase.ns;
	if (phase.longest_ns > place->longest_ns)
		place->longest_ns = phase.longest_ns;
	return 0;
}

static int compare_places(const void *a, const void *b, void *ctx)
{
	const struct waits_place *x = a, *y = b;
	int order;

	if (x->idle != y->idle)
		return x->idle - y->idle;
	if (x->total_ns != y->total_ns)
		return x->total_ns < y->total_ns ? 1 : -1;
	order = (int)x->class - (int)y->class;
	order = order ?: compare_names(ctx, x->function, y->function);
	order = order ?: compare_names(ctx, x->caller, y->caller);
	return order ?: compare_names(ctx, x->process, y->process);
}

static void sort_places(struct waits_places *places, const struct profile *profile)
{
	uint32_t process = places->items.n ? places->items.data[0].process : 0;

	if (places->items.n)
		qsort_r(places->items.data, places->items.n, sizeof(*places->items.data),
			compare_places, (void *)&profile->strings);
	vec_each(&places->items, place) {
		places->has_processes |= place->process != process || place->n_processes > 1;
		if (place->idle)
			continue;
		places->n_busy++;
		places->busy_ns += place->total_ns;
	}
}

int waits_places_init(struct waits_places *places, const struct profile *profile)
{
	guard(collect_deinit) struct collect collect = {.profile = profile, .places = places};
	int err;

	*places = (struct waits_places){};
	if (diff_is(profile) || !value_has_waits(profile))
		return 0;
	waits_columns_init(&collect.columns, profile);
	err = wait_codes_init(&collect.codes, profile);
	for (size_t i = 0; !err && i < profile->samples.n; i++)
		if (profile->samples.data[i].wait_class)
			err = add_sample(&collect, i);
	if (!err)
		sort_places(places, profile);
	return err;
}

void waits_places_deinit(struct waits_places *places)
{
	vec_deinit(&places->items);
}

const char *waits_places_title(const struct waits_places *places)
{
	return places->is_of_wakers ? "top waits, by who ended them" : "top waits";
}
