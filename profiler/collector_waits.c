// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits that were added up in the kernel come in; the samples of their phases,
 * blocked and on the run queue, go out into the profile.
 */
#include <errno.h>

#include "profiler/collector_private.h"
#include "profiler/record_values.h"
#include "profiler/syscall_names.h"
#include "report/wait_class.h"

enum { MAX_WAITING_ORPHANS = 16384 };

/* One whose stack has not come by then goes without. */
static const uint64_t ORPHAN_LIFE_NS = 5000000000;

static const char *const state_names[WIRE_STATES] = {
	[WIRE_STATE_RUNNABLE] = "R", [WIRE_STATE_SLEEPING] = "S", [WIRE_STATE_DISK] = "D",
	[WIRE_STATE_STOPPED] = "T",  [WIRE_STATE_TRACED] = "t",	  [WIRE_STATE_IDLE] = "I",
	[WIRE_STATE_PARKED] = "P",   [WIRE_STATE_OTHER] = "",
	[WIRE_STATE_THROTTLED] = "throttled", [WIRE_STATE_NEW] = "new",
};

int collector_wait(void *ctx, const struct checked_wait *wait)
{
	struct collector *collector = ctx;

	collector->incoming.urgent |= wait->of.untabled;
	return vec_push(&collector->incoming.waits, *wait);
}

/* The held child of a command is flametap's own until its exec. Where that is not told of by a
 * record, what it was in when the recording began is. */
static bool is_held(const struct collector *collector, const struct checked_wait *wait)
{
	if (!collector->options->command || wait->of.pid != collector->options->command)
		return false;
	return collector->command_exec_id ? wait->of.exec_id < collector->command_exec_id :
					    wait->before;
}

static int intern_wait(struct collector *collector, const struct checked_wait *wait, uint32_t *ret)
{
	const char *syscall = syscall_name(wait->syscall);
	struct profile_wait item = { .object = wait->futex };
	int err = profile_intern(collector->profile, state_names[wait->state], &item.state);

	if (!err && syscall)
		err = profile_intern(collector->profile, syscall, &item.syscall);
	return err ? err : profile_intern_wait(collector->profile, &item, ret);
}

static int add_phase(struct collector *collector, const struct profile_sample *place, uint8_t flags,
		     uint8_t bucket, uint64_t ns, uint64_t n, uint64_t longest_ns)
{
	struct profile_sample item = *place;
	int64_t values[PROFILE_MAX_VALUES] = {};

	item.flags = flags;
	item.bucket = bucket;
	record_values_phase(collector->options->mode, flags & SAMPLE_RUNQUEUE, ns, n, values);
	return profile_add_wait(collector->profile, &item, values, longest_ns);
}

/* The last of the two phases is the one that was not over, and the first the one that had begun. Of
 * one wait it is known when it could run again. Slices are widened by what is added. */
static int add_phases(struct collector *collector, const struct checked_wait *wait,
		      const struct profile_sample *place)
{
	bool blocked = wait->n_waits || wait->blocked_ns;
	bool queued = wait->n_queued || wait->runqueue_ns;
	uint64_t begin_ns = collector->options->start_ns;
	struct profile_sample phase = *place;
	uint8_t before = wait->before ? SAMPLE_BEFORE : 0, open = wait->open ? SAMPLE_OPEN : 0;
	int err = 0;

	if (wait->of.time_ns > begin_ns)
		begin_ns = wait->of.time_ns;
	phase.slice = collector_slice(collector, begin_ns);
	if (blocked)
		err = add_phase(collector, &phase, before | (queued ? 0 : open),
				wait->blocked_bucket, wait->blocked_ns, wait->n_waits,
				wait->blocked_longest_ns);
	if (wait->n_waits == 1)
		begin_ns += wait->blocked_longest_ns;
	phase.slice = collector_slice(collector, begin_ns);
	if (!err && queued)
		err = add_phase(collector, &phase,
				SAMPLE_RUNQUEUE | open | (blocked ? 0 : before),
				wait->runqueue_bucket, wait->runqueue_ns, wait->n_queued,
				wait->runqueue_longest_ns);
	return err;
}

static void count_wait(struct collector *collector, const struct checked_wait *wait,
		       enum unwind_result result)
{
	struct collector_counts *counts = &collector->counts;
	uint64_t n = wait->n_waits ? wait->n_waits : wait->n_queued;

	counts->waits.n += n;
	counts->waits.results[result] += n;
	counts->waits.blocked_ns += wait->blocked_ns;
	counts->waits.runqueue_ns += wait->runqueue_ns;
	if (!counts->first_ns || wait->of.time_ns < counts->first_ns)
		counts->first_ns = wait->of.time_ns;
	if (wait->of.time_ns > counts->last_ns)
		counts->last_ns = wait->of.time_ns;
}

static int place_wait(struct collector *collector, struct checked_wait *wait, bool last)
{
	struct profile_sample place = { .wait_class = WAIT_UNKNOWN };
	int err;

	if (is_held(collector, wait)) {
		collector->counts.waits.held_ns += wait->blocked_ns + wait->runqueue_ns;
		return 0;
	}
	/* A thread that had gone on before it was listed has no stack, and was not asked for one. */
	if (collector->options->kernel_only && wait->of.result == UNWIND_UNREADABLE)
		wait->of.result = UNWIND_OMITTED;
	err = collector_place(collector, &wait->of, true, last, &place);
	if (!err && (wait->waker.pid || wait->waker_interrupt) && place.unwind != UNWIND_LOST)
		err = collector_add_waker(collector, wait, last, &place.stack);
	if (!err)
		err = intern_wait(collector, wait, &place.wait);
	if (err)
		return err;
	count_wait(collector, wait, place.unwind);
	return add_phases(collector, wait, &place);
}

int collector_add_wait(struct collector *collector, struct checked_wait *wait)
{
	struct waiting_orphan orphan;
	int err = place_wait(collector, wait, false);

	if (err != -ENOENT)
		return err;
	if (collector->waiting_orphans.n >= MAX_WAITING_ORPHANS)
		return place_wait(collector, wait, true);
	orphan = (struct waiting_orphan){ *wait, collector->batch_until_ns };
	return vec_push(&collector->waiting_orphans, orphan);
}

int collector_retry_waits(struct collector *collector, size_t known, bool last)
{
	uint64_t until_ns = collector->batch_until_ns;
	size_t kept = 0, n = collector->waiting_orphans.n;
	bool more = collector->n_stacks_tried != known;

	if (!n || (!last && !more &&
		   (until_ns == UINT64_MAX ||
		    collector->waiting_orphans.data[0].since_ns + ORPHAN_LIFE_NS >= until_ns)))
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct waiting_orphan *orphan = &collector->waiting_orphans.data[i];
		bool late = until_ns != UINT64_MAX &&
			    orphan->since_ns + ORPHAN_LIFE_NS < until_ns;
		int err = place_wait(collector, &orphan->wait, last || late);

		if (err == -ENOENT)
			collector->waiting_orphans.data[kept++] = *orphan;
		else if (err)
			return err;
	}
	collector->waiting_orphans.n = kept;
	return 0;
}
