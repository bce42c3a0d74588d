// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Works on all samples of a profile at once: puts them in an order that does
 * not depend on the numbers things happened to get, and makes time slices
 * wider. Sorting is by radix, so that the cost is linear in the samples.
 */
#include "report/profile_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* One stable pass of a radix sort: the numbers in `from`, by a digit of their keys, to `to`. */
static void radix_pass(const uint32_t *keys, unsigned shift, const uint32_t *from, uint32_t *to,
		       size_t n)
{
	uint32_t starts[DIGITS] = {};
	uint32_t next = 0;

	for (size_t i = 0; i < n; i++)
		starts[keys[i] >> shift & (DIGITS - 1)]++;
	for (unsigned digit = 0; digit < DIGITS; digit++) {
		uint32_t count = starts[digit];

		starts[digit] = next;
		next += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[keys[from[i]] >> shift & (DIGITS - 1)]++] = from[i];
}

/* order and spare change places with each pass; keys[i] belongs to number i. */
static void radix_sort(const uint32_t *keys, uint32_t **order, uint32_t **spare, size_t n)
{
	uint32_t max = 0;

	for (size_t i = 0; i < n; i++)
		max = keys[i] > max ? keys[i] : max;
	for (unsigned shift = 0; shift < 32 && max >> shift; shift += DIGIT_BITS) {
		uint32_t *sorted = *spare;

		radix_pass(keys, shift, *order, sorted, n);
		*spare = *order;
		*order = sorted;
	}
}

/* Moves sample order[i] to place i, in place, by following the cycles. Uses order up. */
static void profile_permute(struct profile *profile, uint32_t *order)
{
	struct profile_sample *samples = profile->samples.data;
	size_t width = profile->n_values;
	int64_t *values = profile->values.data;
	uint64_t *longest = profile->longest_ns.n ? profile->longest_ns.data : NULL;

	for (size_t i = 0; i < profile->samples.n; i++) {
		struct profile_sample sample = samples[i];
		uint64_t longest_ns = longest ? longest[i] : 0;
		int64_t kept[PROFILE_MAX_VALUES];
		size_t to = i;

		if (order[i] == i)
			continue;
		memcpy(kept, values + i * width, width * sizeof(*values));
		while (order[to] != i) {
			size_t from = order[to];

			samples[to] = samples[from];
			if (longest)
				longest[to] = longest[from];
			memcpy(values + to * width, values + from * width, width * sizeof(*values));
			order[to] = to;
			to = from;
		}
		samples[to] = sample;
		if (longest)
			longest[to] = longest_ns;
		memcpy(values + to * width, kept, width * sizeof(*values));
		order[to] = to;
	}
}

/* By number of a stack, a thread, a wait: its place by content. NULL: by number. */
struct ranks {
	uint32_t *stacks, *threads, *waits;
};

static void ranks_deinit(struct ranks *ranks)
{
	free(ranks->stacks);
	free(ranks->threads);
	free(ranks->waits);
}

/* Sorts samples by stack, thread, unwind, wait, what they are else, and slice. */
static int profile_sort(struct profile *profile, const struct ranks *ranks)
{
	size_t n = profile->samples.n;
	guard_free uint32_t *keys = calloc(n + 1, sizeof(*keys));
	guard_free uint32_t *order = malloc((n + 1) * sizeof(*order));
	guard_free uint32_t *spare = malloc((n + 1) * sizeof(*spare));
	const struct profile_sample *samples = profile->samples.data;

	if (!keys || !order || !spare)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		order[i] = i;
		keys[i] = samples[i].slice;
	}
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = profile_sample_kind(&samples[i]) & 0xffffff;
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = ranks->waits ? ranks->waits[samples[i].wait] : samples[i].wait;
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = samples[i].unwind;
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = ranks->threads ? ranks->threads[samples[i].thread] : samples[i].thread;
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = ranks->stacks ? ranks->stacks[samples[i].stack] : samples[i].stack;
	radix_sort(keys, &order, &spare, n);
	profile_permute(profile, order);
	return 0;
}

/* Of sorted samples: ret[k] is how many are left when slices are 2^k times as wide. */
static void profile_count_widened(const struct profile *profile, size_t ret[33])
{
	size_t merged[33] = {};
	size_t left = profile->samples.n;

	for (size_t i = 1; i < profile->samples.n; i++) {
		const struct profile_sample *a = &profile->samples.data[i - 1];
		const struct profile_sample *b = &profile->samples.data[i];

		if (profile_samples_differ_in_time_only(a, b) && a->slice != b->slice)
			merged[32 - __builtin_clz(a->slice ^ b->slice)]++;
	}
	for (unsigned k = 0; k <= 32; k++) {
		left -= merged[k];
		ret[k] = left;
	}
}

static int profile_reindex(struct profile *profile)
{
	struct hashindex *index = &profile->sample_index;

	if (index->cap)
		memset(index->slots, 0, index->cap * sizeof(*index->slots));
	index->n = 0;
	for (size_t i = 0; i < profile->samples.n; i++) {
		int err = hashindex_add(index, profile_sample_hash(&profile->samples.data[i]), i);

		if (err)
			return err;
	}
	return 0;
}

/* Widens the slices of sorted samples by 2^shift and merges neighbours. */
static void profile_merge_sorted(struct profile *profile, unsigned shift)
{
	struct profile_sample *samples = profile->samples.data;
	int64_t *values = profile->values.data;
	uint64_t *longest = profile->longest_ns.n ? profile->longest_ns.data : NULL;
	size_t width = profile->n_values;
	size_t n = 0;

	for (size_t i = 0; i < profile->samples.n; i++) {
		struct profile_sample sample = samples[i];

		sample.slice = (uint64_t)sample.slice >> shift;
		if (n && profile_samples_differ_in_time_only(&samples[n - 1], &sample) &&
		    samples[n - 1].slice == sample.slice) {
			for (size_t v = 0; v < width; v++)
				values[(n - 1) * width + v] += values[i * width + v];
			if (longest && longest[i] > longest[n - 1])
				longest[n - 1] = longest[i];
			continue;
		}
		samples[n] = sample;
		if (longest)
			longest[n] = longest[i];
		memmove(values + n * width, values + i * width, width * sizeof(*values));
		n++;
	}
	profile->samples.n = n;
	profile->values.n = n * width;
	profile->longest_ns.n = longest ? n : 0;
	profile->slice_ns <<= shift;
}

static int profile_merge(struct profile *profile, unsigned shift)
{
	profile_merge_sorted(profile, shift);
	return profile_reindex(profile);
}

void profile_merge_equal(struct profile *profile)
{
	profile_merge_sorted(profile, 0);
}

/* No shift may push a set bit out of slice_ns. */
static unsigned profile_max_shift(const struct profile *profile)
{
	unsigned room = profile->slice_ns ? __builtin_clzll(profile->slice_ns) : 0;

	return room < 32 ? room : 32;
}

int profile_widen_slices(struct profile *profile)
{
	int err;

	if (!profile_max_shift(profile))
		return 0;
	err = profile_sort(profile, &(struct ranks){});
	return err ? err : profile_merge(profile, 1);
}

int profile_shrink(struct profile *profile)
{
	unsigned max_shift = profile_max_shift(profile);
	size_t left[33];
	unsigned shift = 0;
	size_t target;
	int err;

	err = profile_sort(profile, &(struct ranks){});
	if (err)
		return err;
	profile_count_widened(profile, left);
	target = left[max_shift] + left[max_shift] / 4;
	if (target < profile->max_samples / 2)
		target = profile->max_samples / 2;
	while (shift < max_shift && left[shift] > target)
		shift++;
	err = profile_merge(profile, shift);
	if (err)
		return err;
	/* At least half of the places must be free now, or this would be called too often. */
	if (profile->samples.n > profile->max_samples / 2)
		profile->max_samples =
			profile->samples.n < UINT32_MAX / 2 ? profile->samples.n * 2 : UINT32_MAX;
	return 0;
}

int profile_merge_samples(struct profile *profile)
{
	int err = profile_sort(profile, &(struct ranks){});

	return err ? err : profile_merge(profile, 0);
}

/* All slices become one: time is not known for some of the samples. */
static int profile_forget_times(struct profile *profile)
{
	int err;

	for (size_t i = 0; i < profile->samples.n; i++)
		profile->samples.data[i].slice = 0;
	err = profile_sort(profile, &(struct ranks){});
	if (!err)
		err = profile_merge(profile, 0);
	profile->slice_ns = 0;
	return err;
}

/* Moves the start of a profile back, so that an earlier input can be added. */
static int profile_start_earlier(struct profile *profile, uint64_t ns)
{
	uint64_t slices;
	uint32_t max = 0;
	int err;

	vec_each(&profile->samples, sample)
		max = sample->slice > max ? sample->slice : max;
	for (;;) {
		slices = ns / profile->slice_ns + !!(ns % profile->slice_ns);
		if (slices < UINT32_MAX - max || !profile_max_shift(profile))
			break;
		err = profile_widen_slices(profile);
		if (err)
			return err;
		max /= 2;
	}
	if (slices * profile->slice_ns >= profile->time_ns)
		return 0; /* before 1970: no time to believe */
	vec_each(&profile->samples, sample)
		sample->slice += slices;
	profile->time_ns -= slices * profile->slice_ns;
	return profile_reindex(profile);
}

int profile_add_input(struct profile *profile, uint64_t time_ns, uint64_t duration_ns,
		      uint64_t slice_ns, uint64_t *ret_offset_ns)
{
	int err = 0;

	*ret_offset_ns = 0;
	if (!profile->samples.n) {
		profile->time_ns = time_ns;
		profile->duration_ns = duration_ns;
		profile->slice_ns = slice_ns;
		return 0;
	}
	if (__builtin_add_overflow(profile->duration_ns, duration_ns, &profile->duration_ns))
		profile->duration_ns = UINT64_MAX;
	if (!profile->slice_ns || !slice_ns)
		return profile->slice_ns ? profile_forget_times(profile) : 0;
	while (!err && profile->slice_ns < slice_ns && profile_max_shift(profile))
		err = profile_widen_slices(profile);
	if (err || !profile->time_ns || !time_ns)
		return err;
	if (time_ns < profile->time_ns)
		err = profile_start_earlier(profile, profile->time_ns - time_ns);
	if (!err && time_ns > profile->time_ns)
		*ret_offset_ns = time_ns - profile->time_ns;
	return err;
}

/*
 * A hash of the content of each thing, made of the hashes of its parts. Order
 * by hash is an order by content that costs no comparing of names; what little
 * chance there is of two hashes being equal leaves their order to the numbers.
 */
struct hashes {
	uint64_t *strings, *modules, *functions, *locations, *threads, *waits;
};

static void hashes_deinit(struct hashes *hashes)
{
	free(hashes->strings);
	free(hashes->modules);
	free(hashes->functions);
	free(hashes->locations);
	free(hashes->threads);
	free(hashes->waits);
}

static int hashes_alloc(struct hashes *hashes, const struct profile *profile)
{
	hashes->strings = calloc(profile->strings.items.n, sizeof(uint64_t));
	hashes->modules = calloc(profile->modules.n, sizeof(uint64_t));
	hashes->functions = calloc(profile->functions.n, sizeof(uint64_t));
	hashes->locations = calloc(profile->locations.n, sizeof(uint64_t));
	hashes->threads = calloc(profile->threads.n, sizeof(uint64_t));
	hashes->waits = calloc(profile->waits.n, sizeof(uint64_t));
	return hashes->strings && hashes->modules && hashes->functions && hashes->locations &&
			       hashes->threads && hashes->waits
		       ? 0
		       : -ENOMEM;
}

static uint64_t hash_location(const struct hashes *hashes, const struct profile *profile,
			      const struct profile_location *location)
{
	uint64_t hash = hash_pair(hashes->modules[location->module], location->offset);

	for (uint32_t i = 0; i < location->n_frames; i++) {
		const struct profile_frame *frame =
			&profile->frames.data[location->first_frame + i];

		hash = hash_pair(hash, hashes->functions[frame->function] + frame->line);
	}
	return hash;
}

/* Number 0 of each table, "none", keeps the hash 0, and so comes first. */
static void hashes_fill(struct hashes *hashes, const struct profile *profile)
{
	const uint64_t *strings = hashes->strings;

	for (size_t i = 1; i < profile->strings.items.n; i++)
		hashes->strings[i] = hash_bytes(strings_get(&profile->strings, i),
						strings_length(&profile->strings, i));
	for (size_t i = 1; i < profile->modules.n; i++) {
		const struct profile_module *module = &profile->modules.data[i];

		hashes->modules[i] =
			hash_pair(strings[module->path] + module->kind, strings[module->build_id]);
	}
	for (size_t i = 1; i < profile->functions.n; i++) {
		const struct profile_function *function = &profile->functions.data[i];

		hashes->functions[i] = hash_pair(
			hash_pair(strings[function->name], strings[function->system_name]),
			strings[function->file] + function->start_line);
	}
	for (size_t i = 1; i < profile->locations.n; i++)
		hashes->locations[i] = hash_location(hashes, profile, &profile->locations.data[i]);
	for (size_t i = 1; i < profile->threads.n; i++) {
		const struct profile_thread *thread = &profile->threads.data[i];

		hashes->threads[i] =
			hash_pair(hash_pair(strings[thread->process], strings[thread->comm]),
				  (uint64_t)(uint32_t)thread->pid << 32 | (uint32_t)thread->tid);
	}
	for (size_t i = 1; i < profile->waits.n; i++) {
		const struct profile_wait *wait = &profile->waits.data[i];

		hashes->waits[i] = hash_pair(hash_pair(strings[wait->state], strings[wait->syscall]),
					     wait->object);
	}
}

/* The place of each thing when they are sorted by hash. */
static int rank_by_hash(const uint64_t *hashes, size_t n, uint32_t **ret)
{
	guard_free uint32_t *keys = calloc(n, sizeof(*keys));
	guard_free uint32_t *order = malloc(n * sizeof(*order));
	guard_free uint32_t *spare = malloc(n * sizeof(*spare));

	if (!keys || !order || !spare)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		order[i] = i;
		keys[i] = hashes[i];
	}
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = hashes[i] >> 32;
	radix_sort(keys, &order, &spare, n);
	for (size_t i = 0; i < n; i++)
		keys[order[i]] = i;
	*ret = take_ptr(keys);
	return 0;
}

/* The stacks called from each, as lists: the first, and the next of the same caller. */
struct callees {
	uint32_t *first, *next;
	VEC(uint64_t) sorting; /* rank << 32 | stack */
};

static void callees_deinit(struct callees *callees)
{
	free(callees->first);
	free(callees->next);
	vec_deinit(&callees->sorting);
}

static int callees_init(struct callees *callees, const struct profile *profile)
{
	size_t n = profile->stacks.n;

	callees->first = calloc(n, sizeof(*callees->first));
	callees->next = calloc(n, sizeof(*callees->next));
	if (!callees->first || !callees->next)
		return -ENOMEM;
	for (size_t i = n - 1; i > 0; i--) {
		uint32_t parent = profile->stacks.data[i].parent;

		callees->next[i] = callees->first[parent];
		callees->first[parent] = i;
	}
	return 0;
}

static int compare_ranks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Puts those called from a stack in the order of their locations' ranks. */
static int callees_sort(struct callees *callees, const struct profile *profile,
			const uint32_t *location_rank, uint32_t caller)
{
	uint64_t *sorting;
	int err = 0;

	callees->sorting.n = 0;
	for (uint32_t i = callees->first[caller]; !err && i; i = callees->next[i]) {
		uint64_t rank = location_rank[profile->stacks.data[i].location];

		err = vec_push(&callees->sorting, rank << 32 | i);
	}
	if (err)
		return err;
	sorting = callees->sorting.data;
	qsort(sorting, callees->sorting.n, sizeof(*sorting), compare_ranks);
	callees->first[caller] = sorting[0];
	for (size_t i = 1; i < callees->sorting.n; i++)
		callees->next[(uint32_t)sorting[i - 1]] = sorting[i];
	callees->next[(uint32_t)sorting[callees->sorting.n - 1]] = 0;
	return 0;
}

/* Ranks stacks by the path from the root: the number in which a walk through the whole tree
 * meets them. Most have one callee, which needs no sorting. */
static int rank_stacks(const struct profile *profile, const uint32_t *location_rank, uint32_t **ret)
{
	guard(callees_deinit) struct callees callees = {};
	guard_free uint32_t *ranks = malloc(profile->stacks.n * sizeof(*ranks));
	int err = ranks ? callees_init(&callees, profile) : -ENOMEM;
	uint32_t next = 0;
	uint32_t at = 0;

	while (!err) {
		uint32_t callee = callees.first[at];

		ranks[at] = next++;
		if (callee && callees.next[callee])
			err = callees_sort(&callees, profile, location_rank, at);
		if (callee) {
			at = callees.first[at];
			continue;
		}
		while (at && !callees.next[at])
			at = profile->stacks.data[at].parent;
		if (!at)
			break;
		at = callees.next[at];
	}
	if (!err)
		*ret = take_ptr(ranks);
	return err;
}

int profile_order_samples(struct profile *profile)
{
	guard(hashes_deinit) struct hashes hashes = {};
	guard(ranks_deinit) struct ranks ranks = {};
	guard_free uint32_t *locations = NULL;
	int err = hashes_alloc(&hashes, profile);

	if (err)
		return err;
	hashes_fill(&hashes, profile);
	err = rank_by_hash(hashes.locations, profile->locations.n, &locations);
	if (!err)
		err = rank_by_hash(hashes.threads, profile->threads.n, &ranks.threads);
	if (!err)
		err = rank_by_hash(hashes.waits, profile->waits.n, &ranks.waits);
	if (!err)
		err = rank_stacks(profile, locations, &ranks.stacks);
	return err ? err : profile_sort(profile, &ranks);
}
