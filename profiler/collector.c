// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Orders a batch, resolves what is new in it, and adds up. A stack is looked
 * up under (ID, process, epoch), so that the same addresses are resolved anew
 * after a mapping has changed, and only then.
 */
#include "profiler/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_ADDRESS_NODES = 4000000, /* 96 MB with their index */
	MAX_STACKS = 8000000,        /* of the profile */
	MAX_ORPHANS = 65536,
};

int collector_init(struct collector *collector, const struct collector_options *options,
		   struct profile *profile, struct timeline *timeline,
		   struct symbolizer *symbolizer)
{
	memset(collector, 0, sizeof(*collector));
	collector->options = options;
	collector->profile = profile;
	collector->timeline = timeline;
	locations_init(&collector->locations, profile, timeline->modules, symbolizer);
	addresses_init(&collector->addresses, MAX_ADDRESS_NODES);
	return 0;
}

void collector_deinit(struct collector *collector)
{
	locations_deinit(&collector->locations);
	addresses_deinit(&collector->addresses);
	idmap_deinit(&collector->user_stacks);
	idmap_deinit(&collector->whole_stacks);
	idmap_deinit(&collector->threads);
	vec_deinit(&collector->batch);
	vec_deinit(&collector->orphans);
	side_events_deinit(&collector->events);
}

struct side_events *collector_events(struct collector *collector)
{
	return &collector->events;
}

static int record_remap(struct collector *collector, const struct checked_remap *remap)
{
	struct side_event event = {
		.kind = SIDE_REMAP,
		.pid = remap->pid,
		.time_ns = remap->time_ns,
		.start = remap->old_start,
		.end = remap->old_start + remap->old_size,
	};

	return vec_push(&collector->events.items, event);
}

int collector_record(void *ctx, const void *data, size_t size)
{
	struct collector *collector = ctx;
	struct checked_record record;
	int err;

	if (wire_check(data, size, &record)) {
		collector->counts.bad++;
		return 0;
	}
	switch (record.type) {
	case WIRE_SAMPLE:
		return vec_push(&collector->batch, record.sample);
	case WIRE_REMAP:
		return record_remap(collector, &record.remap);
	default:
		err = addresses_add(&collector->addresses, record.stack.id, record.stack.addresses,
				    record.stack.n);
		/* Its samples will be counted as they come. */
		return err == -ENOSPC ? 0 : err;
	}
}

/* A stack's locations from its outermost frame to its leaf, on top of a stack. */
static int push_addresses(struct collector *collector, const struct process *process, uint64_t id,
			  uint32_t *stack)
{
	uint64_t addresses[WIRE_MAX_USER_FRAMES];
	uint32_t n = addresses_get(&collector->addresses, id, addresses, WIRE_MAX_USER_FRAMES);
	uint32_t location;
	int err = n ? 0 : -ENOENT;

	while (!err && n-- > 0) {
		if (process)
			err = locations_user(&collector->locations, process, addresses[n], n > 0,
					     &location);
		else
			err = locations_kernel(&collector->locations, addresses[n], n > 0,
					       &location);
		if (!err)
			err = profile_intern_stack(collector->profile, *stack, location, stack);
	}
	return err;
}

static int user_stack(struct collector *collector, const struct process *process, uint64_t id,
		      uint32_t *ret)
{
	uint64_t key = hash_pair(id, (uint64_t)process->serial << 32 | process->epoch);
	int err;

	*ret = 0;
	if (idmap_find(&collector->user_stacks, key, ret))
		return 0;
	err = push_addresses(collector, process, id, ret);
	return err ? err : idmap_put(&collector->user_stacks, key, *ret);
}

static int kernel_part(struct collector *collector, uint64_t id, uint32_t *stack)
{
	uint64_t key = hash_pair(id, *stack);
	int err;

	if (idmap_find(&collector->whole_stacks, key, stack))
		return 0;
	err = push_addresses(collector, NULL, id, stack);
	return err ? err : idmap_put(&collector->whole_stacks, key, *stack);
}

static int push_half(struct collector *collector, enum module_kind kind, const char *name,
		     uint32_t *stack)
{
	uint32_t location;
	int err = locations_half(&collector->locations, kind, name, &location);

	return err ? err : profile_intern_stack(collector->profile, *stack, location, stack);
}

/* 0; -ENOENT while the record of one of the stacks is missing (unless last). */
static int sample_stack(struct collector *collector, const struct checked_sample *sample,
			const struct process *process, bool last, enum unwind_result *result,
			uint32_t *ret)
{
	int err = 0;

	*ret = 0;
	if (sample->user_id)
		err = user_stack(collector, process, sample->user_id, ret);
	else if (sample->result == UNWIND_OMITTED)
		err = push_half(collector, MODULE_USER, "[user]", ret);
	if (err == -ENOENT && last) {
		*result = UNWIND_LOST;
		err = 0;
	}
	if (err || !sample->in_kernel)
		return err;
	if (sample->kernel_id)
		err = kernel_part(collector, sample->kernel_id, ret);
	if (!sample->kernel_id || (err == -ENOENT && last))
		err = push_half(collector, MODULE_KERNEL, "[kernel]", ret);
	return err;
}

static int sample_thread(struct collector *collector, const struct checked_sample *sample,
			 uint32_t *ret)
{
	struct profile_thread thread = { .pid = sample->pid, .tid = sample->tid };
	uint64_t key = hash_pair(hash_bytes(sample->process, WIRE_COMM),
				 hash_bytes(sample->comm, WIRE_COMM));
	int err;

	key = hash_pair(key, (uint64_t)sample->pid << 32 | (uint32_t)sample->tid);
	if (idmap_find(&collector->threads, key, ret))
		return 0;
	err = profile_intern(collector->profile, sample->process, &thread.process);
	if (!err)
		err = profile_intern(collector->profile, sample->comm, &thread.comm);
	if (!err)
		err = profile_intern_thread(collector->profile, &thread, ret);
	return err ? err : idmap_put(&collector->threads, key, *ret);
}

static void count_sample(struct collector *collector, const struct checked_sample *sample,
			 enum unwind_result result, int64_t value)
{
	struct collector_counts *counts = &collector->counts;

	counts->samples++;
	counts->results[result]++;
	counts->value += value;
	if (!counts->first_ns || sample->time_ns < counts->first_ns)
		counts->first_ns = sample->time_ns;
	if (sample->time_ns > counts->last_ns)
		counts->last_ns = sample->time_ns;
}

static int add_sample(struct collector *collector, const struct checked_sample *sample, bool last)
{
	const struct collector_options *options = collector->options;
	struct profile *profile = collector->profile;
	struct profile_sample item = {};
	int64_t values[2] = { 1, options->ns_per_sample ? options->ns_per_sample :
							  sample->weight };
	enum unwind_result result = sample->result;
	struct process *process;
	int err = timeline_process(collector->timeline, sample->pid, sample->start_ns,
				   sample->time_ns, &process);

	if (err)
		return err;
	if (profile->stacks.n >= MAX_STACKS) {
		/* Counted, and still in the sums: only where is not told any more. */
		collector->counts.stacks_full++;
		result = UNWIND_LOST;
	} else {
		err = sample_stack(collector, sample, process, last, &result, &item.stack);
	}
	if (!err)
		err = sample_thread(collector, sample, &item.thread);
	if (err)
		return err;
	item.unwind = result;
	if (profile->slice_ns && sample->time_ns > options->start_ns)
		item.slice = (sample->time_ns - options->start_ns) / profile->slice_ns;
	count_sample(collector, sample, result, values[1]);
	return profile_add_sample(profile, &item, values);
}

/* The stack of a sample may come after it: when its record found the ring full, the next
 * sample with that stack brings it. */
static int add_or_keep(struct collector *collector, const struct checked_sample *sample)
{
	int err = add_sample(collector, sample, false);

	if (err != -ENOENT)
		return err;
	if (collector->orphans.n < MAX_ORPHANS)
		return vec_push(&collector->orphans, *sample);
	return add_sample(collector, sample, true);
}

static int retry_orphans(struct collector *collector, bool last)
{
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < collector->orphans.n; i++) {
		const struct checked_sample *orphan = &collector->orphans.data[i];

		err = add_sample(collector, orphan, last);
		if (err == -ENOENT)
			collector->orphans.data[kept++] = *orphan;
		else if (err)
			return err;
	}
	collector->orphans.n = kept;
	return 0;
}

static int compare_samples(const void *a, const void *b)
{
	const struct checked_sample *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static int compare_events(const void *a, const void *b)
{
	const struct side_event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

/* Most batches are in order already but for a few neighbours from other CPUs. */
static void sort_batch(struct collector *collector)
{
	if (collector->batch.n)
		qsort(collector->batch.data, collector->batch.n, sizeof(*collector->batch.data),
		      compare_samples);
	if (collector->events.items.n)
		qsort(collector->events.items.data, collector->events.items.n,
		      sizeof(*collector->events.items.data), compare_events);
}

static int apply_events(struct collector *collector, size_t *next, uint64_t until_ns)
{
	int err = 0;

	while (!err && *next < collector->events.items.n &&
	       collector->events.items.data[*next].time_ns <= until_ns) {
		struct side_event *event = &collector->events.items.data[*next];

		err = timeline_apply(collector->timeline, event);
		side_event_deinit(event);
		*next += 1;
	}
	return err;
}

#define keep_from(v, first)                                                               \
	do {                                                                              \
		memmove((v)->data, (v)->data + (first), ((v)->n - (first)) * sizeof(*(v)->data)); \
		(v)->n -= (first);                                                        \
	} while (0)

int collector_apply(struct collector *collector, uint64_t until_ns)
{
	size_t n_events = 0, n_samples = 0;
	int err = 0;

	sort_batch(collector);
	while (!err && n_samples < collector->batch.n &&
	       collector->batch.data[n_samples].time_ns <= until_ns) {
		const struct checked_sample *sample = &collector->batch.data[n_samples];

		err = apply_events(collector, &n_events, sample->time_ns);
		if (!err)
			err = add_or_keep(collector, sample);
		n_samples++;
	}
	if (!err)
		err = apply_events(collector, &n_events, until_ns);
	if (n_samples)
		keep_from(&collector->batch, n_samples);
	if (n_events)
		keep_from(&collector->events.items, n_events);
	return err ? err : retry_orphans(collector, false);
}

int collector_finish(struct collector *collector)
{
	int err = collector_apply(collector, UINT64_MAX);

	return err ? err : retry_orphans(collector, true);
}
