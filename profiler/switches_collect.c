// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the programs of bpf/switches.bpf.c have added up: a generation of waits
 * is taken out while the other one is filled, and at the end what threads are still waiting for;
 * ledgers; who ends waits.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/switches_private.h"

enum {
	BATCH = 4096,         /* entries read by one system call */
	MAX_WAKERS = 1 << 19, /* 75 MB. Of those behind it is not told who they are. */
};

static int add_waker(struct switches *switches, const void *data, size_t size)
{
	const struct wire_waker *wire = data;
	struct switches_waker waker;
	uint32_t number = switches->wakers.n;
	int err = wire_check_waker(data, size, &waker.of, &waker.interrupt);

	if (err || idmap_find(&switches->waker_by_id, wire->id, &number))
		return 0;
	if (number >= MAX_WAKERS) {
		switches->n_wakers_refused++;
		return 0;
	}
	err = vec_push(&switches->wakers, waker);
	return err ? err : idmap_put(&switches->waker_by_id, wire->id, number);
}

int switches_own_record(struct switches *switches, const void *data, size_t size)
{
	const struct wire_header *header = data;
	struct checked_ledger ledger;

	if (size < sizeof(*header))
		return -ENOENT;
	if (header->type == WIRE_WAKER)
		return add_waker(switches, data, size);
	if (header->type != WIRE_LEDGER)
		return -ENOENT;
	return wire_check_ledger(data, size, &ledger) ? 0 : vec_push(&switches->ledgers, ledger);
}

/* What was sent before the waits ended: their stacks, their wakers. */
static int drain_all(struct switches *switches)
{
	bool left = true;
	int err = 0;

	while (!err && left && switches->record)
		err = switches_drain(switches, switches->record, switches->record_ctx, &left);
	return err;
}

static int add_pending(struct switches *switches, struct checked_wait *wait, uint64_t waker_id)
{
	uint32_t number;

	if (waker_id && idmap_find(&switches->waker_by_id, waker_id, &number)) {
		wait->waker = switches->wakers.data[number].of;
		wait->waker_interrupt = switches->wakers.data[number].interrupt;
	}
	return vec_push(&switches->pending, *wait);
}

/* Takes all entries out of a map that no program uses any more. */
static int take_waits(struct switches *switches, int fd)
{
	guard_free struct wire_wait_key *keys = calloc(BATCH, sizeof(*keys));
	guard_free struct wire_wait *values = calloc(BATCH, sizeof(*values));
	uint32_t position, n;
	bool first = true, more = true;
	int err = keys && values ? 0 : -ENOMEM;

	while (!err && more) {
		n = BATCH;
		if (bpf_map_lookup_and_delete_batch(fd, first ? NULL : &position, &position, keys,
						    values, &n, NULL)) {
			/* The last of them come with this error. */
			more = false;
			err = errno == ENOENT ? 0 : -errno;
		}
		first = false;
		for (uint32_t i = 0; !err && i < n; i++) {
			struct checked_wait wait;

			if (!wire_check_wait(&keys[i], &values[i], &wait))
				err = add_pending(switches, &wait, keys[i].waker_id);
		}
	}
	return err;
}

static int hand_over(struct switches *switches, switches_wait wait, void *ctx)
{
	size_t i = 0;
	int err = 0;

	for (; !err && i < switches->pending.n; i++) {
		const struct checked_wait *item = &switches->pending.data[i];

		err = wait(ctx, item);
		switches->n_waits += item->n_waits ? item->n_waits : item->n_queued;
		switches->waits_ns += item->blocked_ns + item->runqueue_ns;
	}
	switches->pending.n -= i;
	if (switches->pending.n)
		memmove(switches->pending.data, switches->pending.data + i,
			switches->pending.n * sizeof(*switches->pending.data));
	return err;
}

typedef int (*each_thread)(struct switches *switches, const struct wire_thread *thread);

static int threads_each(struct switches *switches, each_thread function)
{
	int fd = bpf_map__fd(switches->skeleton->maps.switch_threads);
	guard_free uint64_t *keys = calloc(BATCH, sizeof(*keys));
	guard_free struct wire_thread *values = calloc(BATCH, sizeof(*values));
	uint32_t position, n;
	bool first = true, more = true;
	int err = keys && values ? 0 : -ENOMEM;

	while (!err && more) {
		n = BATCH;
		if (bpf_map_lookup_batch(fd, first ? NULL : &position, &position, keys, values, &n,
					 NULL)) {
			more = false;
			err = errno == ENOENT ? 0 : -errno;
		}
		first = false;
		for (uint32_t i = 0; !err && i < n; i++)
			err = function(switches, &values[i]);
	}
	return err;
}

/* As the programs do when a wait is over. False: no interval ends in it. */
static bool weigh_open(struct switches *switches, const struct wire_thread *thread,
		       struct checked_wait *wait)
{
	uint64_t interval_ns = switches->options.rate_interval_ns;
	uint64_t total_ns = wait->blocked_ns + wait->runqueue_ns;
	uint64_t stands_for_ns;

	if (!interval_ns)
		return true;
	switches->rated_ns += total_ns;
	stands_for_ns = (thread->rate_ns + total_ns) / interval_ns * interval_ns;
	if (!stands_for_ns || !total_ns)
		return false;
	wait->runqueue_ns = (double)wait->runqueue_ns / total_ns * stands_for_ns;
	wait->blocked_ns = stands_for_ns - wait->runqueue_ns;
	if (total_ns < interval_ns) {
		wait->n_waits *= interval_ns / total_ns;
		wait->n_queued *= interval_ns / total_ns;
	}
	return true;
}

/* Its last switch was not seen: it had no part in what came after it was seen last. */
static bool has_gone(const struct switches *switches, const struct wire_thread *thread)
{
	return switches->knows_there && !thread->there && !thread->ended;
}

static int add_open(struct switches *switches, const struct wire_thread *thread)
{
	const struct switches_options *options = &switches->options;
	struct checked_wait wait;

	if (has_gone(switches, thread) || wire_check_open(thread, switches->end_ns, &wait))
		return 0;
	if (!(options->states >> wait.state & 1) || wait.blocked_ns < options->min_block_ns ||
	    wait.blocked_ns > options->max_block_ns) {
		switches->n_filtered++;
		switches->filtered_ns += wait.blocked_ns + wait.runqueue_ns;
		return 0;
	}
	if (!weigh_open(switches, thread, &wait))
		return 0;
	/* As the programs do: who is only preempted was not woken. */
	return add_pending(switches, &wait,
			   wait.n_queued && !wait.preempted ? thread->waker_id : 0);
}

static int add_ledger(struct switches *switches, const struct wire_thread *thread)
{
	bool gone = has_gone(switches, thread);
	struct wire_thread last = *thread;
	struct checked_ledger ledger;

	last.ended |= gone;
	switches->n_ends_unseen += gone;
	return wire_check_thread(&last, switches->end_ns, &ledger) ?
		       0 :
		       vec_push(&switches->ledgers, ledger);
}

int switches_collect(struct switches *switches, switches_wait wait, void *ctx,
		     uint64_t *ret_until_ns)
{
	const struct switches_bpf *skeleton = switches->skeleton;
	volatile struct switches_bpf__bss *bss = skeleton->bss;
	bool odd = bss->generation & 1;
	int err = 0;

	*ret_until_ns = clock_monotonic_ns();
	/* Before the others begin to be filled: their number tells when there are many. */
	bss->n_entries = 0;
	if (!switches->ended) {
		bss->generation = !odd;
		switches_settle();
	}
	err = drain_all(switches);
	if (!err)
		err = take_waits(switches, bpf_map__fd(odd ? skeleton->maps.waits_odd :
							     skeleton->maps.waits_even));
	if (!err && switches->ended && switches->end_ns != UINT64_MAX) {
		err = threads_each(switches, add_open);
		if (!err)
			err = threads_each(switches, add_ledger);
		/* Each once. */
		switches->end_ns = UINT64_MAX;
	}
	return err ? err : hand_over(switches, wait, ctx);
}

bool switches_are_many(const struct switches *switches)
{
	const volatile struct switches_bpf__bss *bss = switches->skeleton->bss;

	return bss->n_entries >= SWITCHES_WAITS / 2;
}

int switches_ledgers(struct switches *switches, switches_ledger ledger, void *ctx)
{
	size_t i = 0;
	int err = 0;

	for (; !err && i < switches->ledgers.n; i++)
		err = ledger(ctx, &switches->ledgers.data[i]);
	switches->ledgers.n -= i;
	if (switches->ledgers.n)
		memmove(switches->ledgers.data, switches->ledgers.data + i,
			switches->ledgers.n * sizeof(*switches->ledgers.data));
	return err;
}
