// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Orders a batch, applies mappings, samples and waits in the order of their
 * times, and adds up. Stacks are collector_stack.c's, waits collector_waits.c's.
 */
#include "profiler/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/collector_private.h"
#include "profiler/record_values.h"

enum {
	MAX_ADDRESS_NODES = 5800000, /* 160 MB with their index */
	MAX_STACK_IDS = 2900000,     /* 67 MB */
	MAX_REMEMBERED = 1400000,    /* of each kind: 34 MB */
	MAX_STACKS = 11700000,       /* of the profile: 228 MB with their index */
	MAX_ORPHANS = 65536,
	MAX_WAITING = 500000,        /* samples: 56 MB */
	MAX_WAITS = 150000,          /* 51 MB */
	COPY_LIFE_NS = 2000000000, /* a copy whose sample has not come by then */
	APPLY_AT_ONCE = 4096,        /* samples; 50 ms if each has a new stack of 64 frames */
};

int collector_init(struct collector *collector, const struct collector_options *options,
		   struct profile *profile, struct timeline *timeline)
{
	memset(collector, 0, sizeof(*collector));
	collector->options = options;
	collector->profile = profile;
	collector->timeline = timeline;
	locations_init(&collector->locations, profile, timeline->modules);
	addresses_init(&collector->addresses, MAX_ADDRESS_NODES, MAX_STACK_IDS);
	collector->max_remembered = MAX_REMEMBERED;
	collector->max_stacks = MAX_STACKS;
	return copy_unwinder_create(timeline->modules, &collector->unwinder);
}

static void batch_deinit(struct collector_batch *batch)
{
	/* Those before next_event were applied, and their paths released. */
	for (size_t i = batch->next_event; i < batch->events.items.n; i++)
		side_event_deinit(&batch->events.items.data[i]);
	vec_deinit(&batch->events.items);
	vec_deinit(&batch->samples);
	vec_deinit(&batch->waits);
}

void collector_forget(struct collector *collector)
{
	addresses_deinit(&collector->addresses);
	copies_deinit(&collector->copies);
	idmap_deinit(&collector->user_stacks);
	idmap_deinit(&collector->whole_stacks);
	idmap_deinit(&collector->threads);
	idmap_deinit(&collector->chains);
	vec_deinit(&collector->orphans);
	vec_deinit(&collector->waiting_orphans);
	batch_deinit(&collector->incoming);
	batch_deinit(&collector->batch);
}

void collector_deinit(struct collector *collector)
{
	collector_forget(collector);
	locations_deinit(&collector->locations);
	copy_unwinder_destroy(collector->unwinder);
}

struct side_events *collector_events(struct collector *collector)
{
	return &collector->incoming.events;
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

	return vec_push(&collector->incoming.events.items, event);
}

static int record_exec(struct collector *collector, const struct checked_exec *exec)
{
	struct side_event event = {
		.kind = SIDE_IMAGE,
		.pid = exec->pid,
		.time_ns = exec->time_ns,
		.image_start_ns = exec->start_ns,
		.exec_id = exec->exec_id,
	};

	if (exec->pid == collector->options->command && !collector->command_exec_id)
		collector->command_exec_id = exec->exec_id;
	return vec_push(&collector->incoming.events.items, event);
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
		collector->incoming.urgent |= record.sample.untabled;
		return vec_push(&collector->incoming.samples, record.sample);
	case WIRE_REMAP:
		return record_remap(collector, &record.remap);
	case WIRE_EXEC:
		collector->incoming.urgent = true;
		return record_exec(collector, &record.exec);
	case WIRE_COPY:
		return copies_begin(&collector->copies, &record.copy);
	case WIRE_PAGE:
		copies_add_page(&collector->copies, &record.page);
		return 0;
	default:
		err = addresses_add(&collector->addresses, record.stack.id, record.stack.addresses,
				    record.stack.n);
		/* Its samples will be counted as they come. */
		return err == -ENOSPC ? 0 : err;
	}
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

static int add_sample(struct collector *collector, struct checked_sample *sample, bool last)
{
	const struct collector_options *options = collector->options;
	struct profile *profile = collector->profile;
	struct profile_sample item = {};
	int64_t time = options->ns_per_sample ? options->ns_per_sample : sample->weight;
	int64_t values[PROFILE_MAX_VALUES] = {};
	int err = collector_place(collector, sample, false, last, &item);

	if (err)
		return err;
	record_values_sample(options->mode, time, values);
	count_sample(collector, sample, item.unwind, time);
	return profile_add_sample(profile, &item, values);
}

/* The stack of a sample may come after it: when its record found the ring full, the next
 * sample with that stack brings it. */
static int add_or_keep(struct collector *collector, struct checked_sample *sample)
{
	int err = add_sample(collector, sample, false);

	if (err != -ENOENT)
		return err;
	if (collector->orphans.n < MAX_ORPHANS)
		return vec_push(&collector->orphans, *sample);
	return add_sample(collector, sample, true);
}

/* A sample whose stack has not come by then goes without. */
static const uint64_t ORPHAN_LIFE_NS = 5000000000;

/* Its process may be forgotten soon, and must not come back for it. */
static bool is_given_up(const struct checked_sample *orphan, uint64_t until_ns)
{
	return until_ns != UINT64_MAX && orphan->time_ns + ORPHAN_LIFE_NS < until_ns;
}

static int retry_orphans(struct collector *collector, size_t known, bool last)
{
	uint64_t until_ns = collector->batch_until_ns;
	size_t kept = 0;
	int err = 0;

	if (!collector->orphans.n)
		return 0;
	if (!last && collector->n_stacks_tried == known &&
	    !is_given_up(&collector->orphans.data[0], until_ns))
		return 0;

	for (size_t i = 0; i < collector->orphans.n; i++) {
		struct checked_sample *orphan = &collector->orphans.data[i];

		err = add_sample(collector, orphan, last || is_given_up(orphan, until_ns));
		if (err == -ENOENT)
			collector->orphans.data[kept++] = *orphan;
		else if (err)
			return err;
	}
	collector->orphans.n = kept;
	return 0;
}

static int retry_all_orphans(struct collector *collector, bool last)
{
	size_t known = collector->addresses.by_id.n + collector->copies.n_received;
	int err = retry_orphans(collector, known, last);

	if (!err)
		err = collector_retry_waits(collector, known, last);
	collector->n_stacks_tried = known;
	return err;
}

static int compare_samples(const void *a, const void *b)
{
	const struct checked_sample *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* The moment whose mappings a wait is resolved with: its end, since what a thread returns to stays
 * mapped while it waits, and may have been told of late when it began. Not when it began and how
 * long it took: by the scheduler's clock it may have begun long before it was seen to. */
static uint64_t wait_moment_ns(const struct checked_wait *wait)
{
	return wait->back_ns > wait->of.time_ns ? wait->back_ns : wait->of.time_ns;
}

static int compare_waits(const void *a, const void *b)
{
	uint64_t x = wait_moment_ns(a), y = wait_moment_ns(b);

	return (x > y) - (x < y);
}

static int compare_events(const void *a, const void *b)
{
	const struct side_event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

/* Those that were applied go, those that have come are appended, and all are put in order. */
#define next_items(left, next, came, compare)                                                   \
	({                                                                                      \
		size_t n_left = (left)->n - (next);                                             \
		int next_err;                                                                   \
		if (n_left)                                                                     \
			memmove((left)->data, (left)->data + (next),                            \
				n_left * sizeof(*(left)->data));                                \
		(left)->n = n_left;                                                             \
		(next) = 0;                                                                     \
		next_err = vec_append((left), (came)->data, (came)->n);                         \
		if (!next_err) {                                                                \
			(came)->n = 0;                                                          \
			if ((left)->n)                                                          \
				qsort((left)->data, (left)->n, sizeof(*(left)->data), compare); \
		}                                                                               \
		next_err;                                                                       \
	})

/* What is left of the batch and what has come since make the next one. */
static int next_batch(struct collector *collector, uint64_t until_ns)
{
	struct collector_batch *batch = &collector->batch, *incoming = &collector->incoming;
	bool left = batch->next_sample < batch->samples.n || batch->next_wait < batch->waits.n ||
		    batch->next_event < batch->events.items.n;
	int err = next_items(&batch->samples, batch->next_sample, &incoming->samples,
			     compare_samples);

	if (!err)
		err = next_items(&batch->waits, batch->next_wait, &incoming->waits, compare_waits);
	if (!err)
		err = next_items(&batch->events.items, batch->next_event, &incoming->events.items,
				 compare_events);
	if (err)
		return err;
	batch->urgent = incoming->urgent || (batch->urgent && left);
	incoming->urgent = false;
	collector->batch_until_ns = until_ns;
	return 0;
}

/* What a process has said of the code it made may be gone soon after it. */
static void tell_end(struct collector *collector, const struct side_event *event)
{
	const struct process *process = NULL;

	if (event->kind == SIDE_EXIT || event->kind == SIDE_EXEC)
		process = timeline_find(collector->timeline, event->pid);
	if (process)
		jit_process_ends(&collector->locations.jit, process);
}

static int apply_events(struct collector *collector, uint64_t until_ns)
{
	struct collector_batch *batch = &collector->batch;
	int err = 0;

	while (!err && batch->next_event < batch->events.items.n &&
	       batch->events.items.data[batch->next_event].time_ns <= until_ns) {
		struct side_event *event = &batch->events.items.data[batch->next_event++];

		tell_end(collector, event);
		err = timeline_apply(collector->timeline, event);
		side_event_deinit(event);
	}
	return err;
}

bool collector_is_urgent(const struct collector *collector)
{
	return collector->incoming.urgent || collector->batch.urgent;
}

bool collector_is_full(const struct collector *collector)
{
	const struct collector_batch *batch = &collector->batch;

	return copies_are_full(&collector->copies) ||
	       collector->incoming.samples.n + batch->samples.n - batch->next_sample >=
		       MAX_WAITING;
}

bool collector_has_many_waits(const struct collector *collector)
{
	const struct collector_batch *batch = &collector->batch;

	return collector->incoming.waits.n + batch->waits.n - batch->next_wait >= MAX_WAITS;
}

/* The time of the next sample or wait that is to be applied; UINT64_MAX: none is. */
static uint64_t batch_next_ns(const struct collector *collector, bool *ret_wait)
{
	const struct collector_batch *batch = &collector->batch;
	uint64_t sample_ns = UINT64_MAX, wait_ns = UINT64_MAX, ns;

	if (batch->next_sample < batch->samples.n)
		sample_ns = batch->samples.data[batch->next_sample].time_ns;
	if (batch->next_wait < batch->waits.n)
		wait_ns = wait_moment_ns(&batch->waits.data[batch->next_wait]);
	*ret_wait = wait_ns < sample_ns;
	ns = *ret_wait ? wait_ns : sample_ns;
	return ns <= collector->batch_until_ns ? ns : UINT64_MAX;
}

static bool batch_is_done(const struct collector *collector)
{
	bool unused;

	return batch_next_ns(collector, &unused) == UINT64_MAX;
}

/* Copies whose samples found the ring full. When they fill all there is, nothing is drained any
 * more that they could be waiting for. */
static void sweep_copies(struct collector *collector, uint64_t until_ns)
{
	if (copies_are_full(&collector->copies) && batch_is_done(collector))
		copies_forget(&collector->copies, collector->batch_until_ns);
	if (until_ns == UINT64_MAX || until_ns < collector->copies_swept_ns + COPY_LIFE_NS)
		return;
	/* Nobody knows how long a thread may wait whose stack was copied. */
	if (collector->options->mode == RECORD_CPU)
		copies_forget(&collector->copies, collector->copies_swept_ns);
	collector->copies_swept_ns = until_ns;
}

int collector_apply(struct collector *collector, uint64_t until_ns, bool *ret_more)
{
	struct collector_batch *batch = &collector->batch;
	int err = 0;

	if (batch_is_done(collector))
		err = next_batch(collector, until_ns);
	for (int i = 0; !err && i < APPLY_AT_ONCE; i++) {
		bool is_wait;
		uint64_t next_ns = batch_next_ns(collector, &is_wait);

		if (next_ns == UINT64_MAX)
			break;
		err = apply_events(collector, next_ns);
		if (!err && is_wait)
			err = collector_add_wait(collector,
						 &batch->waits.data[batch->next_wait++]);
		else if (!err)
			err = add_or_keep(collector, &batch->samples.data[batch->next_sample++]);
	}
	*ret_more = !batch_is_done(collector);
	if (!err && !*ret_more)
		err = apply_events(collector, collector->batch_until_ns);
	sweep_copies(collector, until_ns);
	if (batch->next_sample == batch->samples.n && batch->next_wait == batch->waits.n &&
	    batch->next_event == batch->events.items.n)
		batch->urgent = false;
	/* Not with each part of a batch: there may be tens of thousands of them. */
	return err || *ret_more ? err : retry_all_orphans(collector, false);
}

int collector_finish(struct collector *collector)
{
	bool more = true;
	int err = 0;

	while (!err && more) {
		err = collector_apply(collector, UINT64_MAX, &more);
		/* A batch that was begun with an earlier horizon is followed by the last one. */
		if (!more && (collector->incoming.samples.n || collector->incoming.waits.n ||
			      collector->incoming.events.items.n ||
			      collector->batch_until_ns != UINT64_MAX))
			more = true;
	}
	return err ? err : retry_all_orphans(collector, true);
}
