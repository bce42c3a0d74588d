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
	MAX_STACK_IDS = 2900000,     /* 67 MB */
	MAX_REMEMBERED = 1400000,    /* of each kind: 34 MB */
	MAX_STACKS = 8000000,        /* of the profile */
	MAX_ORPHANS = 65536,
	MAX_WAITING = 500000,        /* samples: 56 MB */
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
	return copy_unwinder_create(timeline->modules, &collector->unwinder);
}

static void batch_deinit(struct collector_batch *batch)
{
	/* Those before next_event were applied, and their paths released. */
	for (size_t i = batch->next_event; i < batch->events.items.n; i++)
		side_event_deinit(&batch->events.items.data[i]);
	vec_deinit(&batch->events.items);
	vec_deinit(&batch->samples);
}

void collector_deinit(struct collector *collector)
{
	locations_deinit(&collector->locations);
	addresses_deinit(&collector->addresses);
	copies_deinit(&collector->copies);
	copy_unwinder_destroy(collector->unwinder);
	idmap_deinit(&collector->user_stacks);
	idmap_deinit(&collector->whole_stacks);
	idmap_deinit(&collector->threads);
	vec_deinit(&collector->orphans);
	batch_deinit(&collector->incoming);
	batch_deinit(&collector->batch);
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
			err = locations_user(&collector->locations, process,
					     addresses[n] & ~WIRE_EXACT,
					     n && !(addresses[n] & WIRE_EXACT), &location);
		else
			err = locations_kernel(&collector->locations, addresses[n], n > 0,
					       &location);
		if (!err)
			err = profile_intern_stack(collector->profile, *stack, location, stack);
	}
	return err;
}

/* What was found out is only remembered: when it grows too much, it is forgotten and found out
 * again. Hours of processes that come and go have ever new stacks. */
static int remember(const struct collector *collector, struct idmap *map, uint64_t key,
		    uint32_t value)
{
	if (map->n >= collector->max_remembered)
		idmap_clear(map);
	return idmap_put(map, key, value);
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
	return err ? err : remember(collector, &collector->user_stacks, key, *ret);
}

static int kernel_part(struct collector *collector, uint64_t id, uint32_t *stack)
{
	uint64_t key = hash_pair(id, *stack);
	int err;

	if (idmap_find(&collector->whole_stacks, key, stack))
		return 0;
	err = push_addresses(collector, NULL, id, stack);
	return err ? err : remember(collector, &collector->whole_stacks, key, *stack);
}

static int push_half(struct collector *collector, enum module_kind kind, const char *name,
		     uint32_t *stack)
{
	uint32_t location;
	int err = locations_half(&collector->locations, kind, name, &location);

	return err ? err : profile_intern_stack(collector->profile, *stack, location, stack);
}

/* What code a copied stack runs through: tables of it will be wanted. */
static int tell_modules(struct collector *collector, const struct process *process,
			const uint64_t *addresses, uint32_t n)
{
	const struct collector_options *options = collector->options;
	const struct mapping *mapping = NULL;
	int err = 0;

	for (uint32_t i = 0; !err && options->on_module && i < n; i++) {
		uint64_t address = addresses[i] & ~WIRE_EXACT;

		if (mapping && address >= mapping->start && address < mapping->end)
			continue;
		mapping = process_mapping(process, address);
		if (mapping)
			err = options->on_module(options->on_module_ctx, mapping->module);
	}
	return err;
}

/* A stack as the kernel side would have sent it. It has the addresses' ID: equal ones are one. */
static int keep_stack(struct collector *collector, const struct process *process,
		      const uint64_t *addresses, uint32_t n, struct checked_sample *sample)
{
	uint64_t id = hash_pair(hash_bytes(addresses, n * sizeof(*addresses)),
				hash_pair(process->serial, process->exec_id));
	uint32_t known;
	int err = 0;

	id |= !id;
	sample->user_id = id;
	if (!idmap_find(&collector->addresses.by_id, id, &known)) {
		err = addresses_add(&collector->addresses, id, addresses, n);
		if (!err && sample->untabled)
			err = tell_modules(collector, process, addresses, n);
	}
	return err == -ENOSPC ? 0 : err;
}

/* Whole is better than not, then more is better than less. */
static bool copy_is_better(const struct agreement_stack *walked,
			   const struct agreement_stack *copied)
{
	if (copied->result == UNWIND_WHOLE || walked->result == UNWIND_WHOLE)
		return copied->result == UNWIND_WHOLE;
	return copied->n >= walked->n;
}

/*
 * Unwinds a sample's copy with the mappings of its moment; the sample has its
 * stack then, and its copy is gone. -ENOENT: the copy is not there (unless last).
 */
static int unwind_copied(struct collector *collector, const struct process *process,
			 struct checked_sample *sample, bool last)
{
	uint64_t kernel[WIRE_MAX_USER_FRAMES], user[WIRE_MAX_USER_FRAMES];
	struct agreement_stack walked = { kernel, 0, sample->result };
	struct agreement_stack copied = { .addresses = user };
	struct copied_stack *stack = copies_take(&collector->copies, sample->copy_id);
	enum wire_result result;
	int err;

	if (!stack && !last)
		return -ENOENT;
	sample->copy_id = 0;
	if (!stack)
		return 0;
	err = copy_unwind(collector->unwinder, process, &stack->copy, user, WIRE_MAX_USER_FRAMES,
			  &copied.n, &result);
	copied_stack_free(stack);
	if (err)
		return err;
	copied.result = wire_result(result);
	collector->counts.copies++;
	if (sample->user_id)
		walked.n = addresses_get(&collector->addresses, sample->user_id, kernel,
					 WIRE_MAX_USER_FRAMES);
	/* Without its tables the kernel's way is known to be wrong, and the copy is used. */
	if (collector->options->compare && walked.n && !sample->untabled)
		agreement_add(&collector->agreement, &walked, &copied);
	if (collector->options->compare || (walked.n && !copy_is_better(&walked, &copied)))
		return 0;
	sample->result = copied.result;
	return keep_stack(collector, process, user, copied.n, sample);
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
	return err ? err : remember(collector, &collector->threads, key, *ret);
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
	int64_t values[2] = { 1, options->ns_per_sample ? options->ns_per_sample :
							  sample->weight };
	enum unwind_result result;
	struct process *process;
	int err = timeline_process(collector->timeline, sample->pid, sample->start_ns,
				   sample->time_ns, sample->user_id || sample->copy_id, &process);

	if (err)
		return err;
	/* It only rises; a sample that had to wait for its stack may be of an image before. */
	if (sample->exec_id > process->exec_id)
		process->exec_id = sample->exec_id;
	if (sample->untabled || !process_is_tabled(process))
		err = timeline_mark(collector->timeline, process);
	if (err)
		return err;
	if (sample->copy_id)
		err = unwind_copied(collector, process, sample, last);
	if (err)
		return err;
	result = sample->result;
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

static int retry_orphans(struct collector *collector, bool last)
{
	size_t known = collector->addresses.by_id.n + collector->copies.n_received;
	uint64_t until_ns = collector->batch_until_ns;
	size_t kept = 0;
	int err = 0;

	if (!collector->orphans.n)
		return 0;
	if (!last && collector->n_stacks_tried == known &&
	    !is_given_up(&collector->orphans.data[0], until_ns))
		return 0;
	collector->n_stacks_tried = known;

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

/* What is left of the batch and what has come since make the next one. */
static int next_batch(struct collector *collector, uint64_t until_ns)
{
	struct collector_batch *batch = &collector->batch, *incoming = &collector->incoming;
	size_t n_samples = batch->samples.n - batch->next_sample;
	size_t n_events = batch->events.items.n - batch->next_event;
	int err;

	if (n_samples)
		memmove(batch->samples.data, batch->samples.data + batch->next_sample,
			n_samples * sizeof(*batch->samples.data));
	if (n_events)
		memmove(batch->events.items.data, batch->events.items.data + batch->next_event,
			n_events * sizeof(*batch->events.items.data));
	batch->samples.n = n_samples;
	batch->events.items.n = n_events;
	batch->next_sample = batch->next_event = 0;
	err = vec_append(&batch->samples, incoming->samples.data, incoming->samples.n);
	if (!err)
		err = vec_append(&batch->events.items, incoming->events.items.data,
				 incoming->events.items.n);
	if (err)
		return err;
	incoming->samples.n = incoming->events.items.n = 0;
	batch->urgent = incoming->urgent || (batch->urgent && (n_samples || n_events));
	incoming->urgent = false;
	if (batch->samples.n)
		qsort(batch->samples.data, batch->samples.n, sizeof(*batch->samples.data),
		      compare_samples);
	if (batch->events.items.n)
		qsort(batch->events.items.data, batch->events.items.n,
		      sizeof(*batch->events.items.data), compare_events);
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
	return copies_are_full(&collector->copies) ||
	       collector->incoming.samples.n + collector->batch.samples.n -
			       collector->batch.next_sample >= MAX_WAITING;
}

static bool batch_is_done(const struct collector *collector)
{
	const struct collector_batch *batch = &collector->batch;

	return batch->next_sample == batch->samples.n ||
	       batch->samples.data[batch->next_sample].time_ns > collector->batch_until_ns;
}

/* Copies whose samples found the ring full. When they fill all there is, nothing is drained any
 * more that they could be waiting for. */
static void sweep_copies(struct collector *collector, uint64_t until_ns)
{
	if (copies_are_full(&collector->copies) && batch_is_done(collector))
		copies_forget(&collector->copies, collector->batch_until_ns);
	if (until_ns == UINT64_MAX || until_ns < collector->copies_swept_ns + COPY_LIFE_NS)
		return;
	copies_forget(&collector->copies, collector->copies_swept_ns);
	collector->copies_swept_ns = until_ns;
}

int collector_apply(struct collector *collector, uint64_t until_ns, bool *ret_more)
{
	struct collector_batch *batch = &collector->batch;
	int err = 0;

	if (batch_is_done(collector))
		err = next_batch(collector, until_ns);
	for (int i = 0; !err && i < APPLY_AT_ONCE && !batch_is_done(collector); i++) {
		struct checked_sample *sample = &batch->samples.data[batch->next_sample++];

		err = apply_events(collector, sample->time_ns);
		if (!err)
			err = add_or_keep(collector, sample);
	}
	*ret_more = !batch_is_done(collector);
	if (!err && !*ret_more)
		err = apply_events(collector, collector->batch_until_ns);
	sweep_copies(collector, until_ns);
	if (batch->next_sample == batch->samples.n && batch->next_event == batch->events.items.n)
		batch->urgent = false;
	return err ? err : retry_orphans(collector, false);
}

int collector_finish(struct collector *collector)
{
	bool more = true;
	int err = 0;

	while (!err && more) {
		err = collector_apply(collector, UINT64_MAX, &more);
		/* A batch that was begun with an earlier horizon is followed by the last one. */
		if (!more && (collector->incoming.samples.n || collector->incoming.events.items.n ||
			      collector->batch_until_ns != UINT64_MAX))
			more = true;
	}
	return err ? err : retry_orphans(collector, true);
}
