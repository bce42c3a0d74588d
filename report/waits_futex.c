// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples in, a row for each futex out: by process and address, with the code
 * that waited and the code that ended the waits, which is the innermost
 * function of each that is not about waiting itself.
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
#include "report/wakers.h"

/* Time blocked on one futex in one function. */
struct place {
	uint32_t futex; /* number in items */
	uint32_t function;
	bool is_waker;
	uint64_t ns;
};

struct finder {
	const struct profile *profile;
	struct waits_futexes *futexes;
	struct idmap items;	/* hash of process and address -> number */
	struct idmap known;	/* place -> number in places */
	VEC(struct place) places;
	uint8_t *plumbing; /* by function: 0 not known, 1 no, 2 yes */
	uint32_t blocked, waits;
};

static void finder_deinit(struct finder *finder)
{
	idmap_deinit(&finder->items);
	idmap_deinit(&finder->known);
	vec_deinit(&finder->places);
	free(finder->plumbing);
}

/* What is there to wait and to wake, or has no name. */
static bool is_plumbing(struct finder *finder, uint32_t function)
{
	const struct strings *strings = &finder->profile->strings;
	uint32_t name = finder->profile->functions.data[function].name;
	const char *text = strings_get(strings, name);
	uint8_t *known = &finder->plumbing[function];

	if (!*known)
		*known = 1 + (!*text || *text == '[' ||
			      wait_code_is_plumbing(text, strings_length(strings, name)));
	return *known == 2;
}

/* What one looks at, from a stack on outwards: the innermost function of a program, 0 for none. */
static uint32_t find_waiter(struct finder *finder, uint32_t stack)
{
	const struct profile *profile = finder->profile;

	for (; stack; stack = profile->stacks.data[stack].parent) {
		const struct profile_location *location =
			&profile->locations.data[profile->stacks.data[stack].location];
		enum module_kind kind = profile->modules.data[location->module].kind;

		if (kind != MODULE_USER && kind != MODULE_JIT)
			continue;
		for (uint32_t i = 0; i < location->n_frames; i++) {
			uint32_t function =
				profile->frames.data[location->first_frame + i].function;

			if (!is_plumbing(finder, function))
				return function;
		}
	}
	return 0;
}

/* A waker's stack lies upside down within the mark: its leaf is next to it. Returns the mark. */
static uint32_t find_waker(struct finder *finder, uint32_t stack, uint32_t *ret_function)
{
	const struct profile *profile = finder->profile;
	uint32_t function = 0;

	for (uint32_t at = stack; at; at = profile->stacks.data[at].parent) {
		uint32_t number = profile->stacks.data[at].location;
		const struct profile_location *location = &profile->locations.data[number];
		enum module_kind kind = profile->modules.data[location->module].kind;

		if (wakers_is_mark(profile, number)) {
			*ret_function = function;
			return at;
		}
		if (kind != MODULE_USER && kind != MODULE_JIT)
			continue;
		/* The last one that is met is the innermost: what was inlined is upside down, too. */
		for (uint32_t i = 0; i < location->n_frames; i++) {
			uint32_t other =
				profile->frames.data[location->first_frame + i].function;

			if (!is_plumbing(finder, other))
				function = other;
		}
	}
	return 0;
}

static int add_place(struct finder *finder, uint32_t futex, uint32_t function, bool is_waker,
		     uint64_t ns)
{
	uint64_t key = ((uint64_t)futex << 32 | function) << 1 | is_waker;
	uint32_t number;
	int err = 0;

	if (!function)
		return 0;
	if (!idmap_find(&finder->known, key, &number)) {
		number = finder->places.n;
		err = vec_push(&finder->places, (struct place){futex, function, is_waker, 0});
		if (!err)
			err = idmap_put(&finder->known, key, number);
	}
	if (!err)
		finder->places.data[number].ns += ns;
	return err;
}

/* Stacks of who ended waits (wakeups.h) have the class at their end, behind the mark. */
static bool is_turned(const struct profile *profile, uint32_t stack, uint32_t mark)
{
	return mark && wait_class_is_frame(profile, profile->stacks.data[stack].location);
}

/* Whose wait it was: in a stack of wakeups that is the name behind the mark. */
static void find_process(const struct finder *finder, const struct profile_sample *sample,
			 uint32_t mark, struct waits_futex *ret)
{
	const struct profile *profile = finder->profile;
	const struct profile_thread *thread = &profile->threads.data[sample->thread];
	const struct profile_location *location;
	uint32_t below = sample->stack;

	if (!is_turned(profile, sample->stack, mark)) {
		ret->process = thread->process;
		ret->pid = thread->pid;
		return;
	}
	while (profile->stacks.data[below].parent != mark)
		below = profile->stacks.data[below].parent;
	location = &profile->locations.data[profile->stacks.data[below].location];
	ret->process =
		profile->functions.data[profile->frames.data[location->first_frame].function].name;
}

static int find_futex(struct finder *finder, const struct waits_futex *futex, uint32_t *ret)
{
	uint64_t key = hash_pair(futex->address,
				 (uint64_t)(uint32_t)futex->pid << 32 | futex->process);
	int err;

	if (idmap_find(&finder->items, key, ret))
		return 0;
	*ret = finder->futexes->items.n;
	err = vec_push(&finder->futexes->items, *futex);
	return err ?: idmap_put(&finder->items, key, *ret);
}

static int add_sample(struct finder *finder, size_t i)
{
	const struct profile *profile = finder->profile;
	const struct profile_sample *sample = &profile->samples.data[i];
	const int64_t *values = &profile->values.data[i * profile->n_values];
	uint64_t ns = values[finder->blocked] > 0 ? values[finder->blocked] : 0;
	uint32_t number, waker = 0, waiter, mark = find_waker(finder, sample->stack, &waker);
	struct waits_futex futex = {.address = profile->waits.data[sample->wait].object}, *item;
	int err;

	waiter = find_waiter(finder, mark ?: sample->stack);
	if (is_turned(profile, sample->stack, mark)) {
		waker = waiter;
		waiter = 0;
	}
	find_process(finder, sample, mark, &futex);
	err = find_futex(finder, &futex, &number);
	if (err)
		return err;
	item = &finder->futexes->items.data[number];
	/* A lock is what a futex is if anything says so. */
	if (!item->class || sample->wait_class < item->class)
		item->class = sample->wait_class;
	item->n += values[finder->waits] > 0 ? values[finder->waits] : 0;
	item->blocked_ns += ns;
	if (profile_longest_ns(profile, i) > item->longest_ns)
		item->longest_ns = profile_longest_ns(profile, i);
	err = add_place(finder, number, waker, true, ns);
	return err ?: add_place(finder, number, waiter, false, ns);
}

/* Of each futex the functions with most time; of two that are equal, that of the lower name. */
static void choose_places(struct finder *finder)
{
	const struct profile *profile = finder->profile;
	size_t n = finder->futexes->items.n;
	guard_free uint64_t *most = calloc(2 * n + 1, sizeof(*most));

	for (size_t i = 0; most && i < finder->places.n; i++) {
		const struct place *place = &finder->places.data[i];
		struct waits_futex *item = &finder->futexes->items.data[place->futex];
		uint32_t *chosen = place->is_waker ? &item->waker : &item->waiter;
		uint64_t *best = &most[2 * place->futex + place->is_waker];
		const char *name = strings_get(&profile->strings,
					       profile->functions.data[place->function].name);

		if (!*chosen || place->ns > *best ||
		    (place->ns == *best &&
		     strcmp(name, strings_get(&profile->strings,
					      profile->functions.data[*chosen].name)) < 0)) {
			*chosen = place->function;
			*best = place->ns;
		}
	}
}

static int compare_futexes(const void *a, const void *b)
{
	const struct waits_futex *x = a, *y = b;

	if (x->blocked_ns != y->blocked_ns)
		return x->blocked_ns < y->blocked_ns ? 1 : -1;
	return (x->address > y->address) - (x->address < y->address);
}

int waits_futexes_init(struct waits_futexes *futexes, const struct profile *profile)
{
	guard(finder_deinit) struct finder finder = {
		.profile = profile,
		.futexes = futexes,
		.blocked = value_find(profile, "blocked"),
		.waits = value_find(profile, "waits"),
	};
	int err = 0;

	*futexes = (struct waits_futexes){};
	if (diff_is(profile) || finder.blocked >= profile->n_values ||
	    finder.waits >= profile->n_values)
		return 0;
	finder.plumbing = calloc(profile->functions.n, 1);
	if (!finder.plumbing)
		return -ENOMEM;
	for (size_t i = 0; !err && i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];

		if (sample->wait_class && !(sample->flags & (SAMPLE_RUNQUEUE | SAMPLE_IDLE)) &&
		    profile->waits.data[sample->wait].object)
			err = add_sample(&finder, i);
	}
	if (err)
		return err;
	choose_places(&finder);
	if (futexes->items.n)
		qsort(futexes->items.data, futexes->items.n, sizeof(*futexes->items.data),
		      compare_futexes);
	return 0;
}

void waits_futexes_deinit(struct waits_futexes *futexes)
{
	vec_deinit(&futexes->items);
}
