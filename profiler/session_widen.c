// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads and children that live less than a tick are never there when it
 * comes: an event that is bound to tasks begins its period anew with each.
 * When the samples taken stand for much less than the CPU time used, events on
 * every CPU, which go on from one task to the next, take over.
 */

#include "profiler/session_private.h"

enum {
	LOOK_NS = 100000000,
	ENOUGH_TICKS = 100, /* to say that all is well */
	MISSED_TICKS = 20,  /* to say that it is not */
	/* Threads that have just begun are part of a tick behind, and only once. */
	POOR_IN_A_ROW = 2,
};
static const double POOR = 0.9;

static bool can_widen(const struct session *session)
{
	const struct record_options *options = session->options;
	enum target_kind kind = options->target.kind;

	/* For others the target is no set of processes, or the event no measure of time. */
	return !session->target.every_cpu && (kind == TARGET_PIDS || kind == TARGET_COMMAND) &&
	       event_counts_time(&session->event) &&
	       !(options->count && session->event.type == PERF_TYPE_HARDWARE);
}

/* True when the samples of two stretches of CPU time stand for too little of it. A stretch lasts
 * until it is long enough to be judged. */
static bool is_poor(struct session_widen *widen, const struct session *session)
{
	double tick_ns = session->profile.period;
	uint64_t used_ns = event_set_cpu_ns(&session->events) - widen->used_ns, taken;
	struct capture_counts counts;
	bool poor;

	if (used_ns < MISSED_TICKS * tick_ns || capture_counts(session->capture, &counts))
		return false;
	taken = counts.n[COUNT_TAKEN] - widen->n_taken;
	poor = taken * tick_ns < POOR * used_ns;
	if (poor ? used_ns / tick_ns - taken < MISSED_TICKS : used_ns < ENOUGH_TICKS * tick_ns)
		return false;
	widen->used_ns += used_ns;
	widen->n_taken += taken;
	widen->n_poor = poor ? widen->n_poor + 1 : 0;
	return widen->n_poor >= POOR_IN_A_ROW;
}

static int take_over(struct session *session, uint64_t now)
{
	const struct record_options *options = session->options;
	struct event_set cpus;
	int err;

	event_set_init(&cpus, &session->event, options->frequency, options->count,
		       capture_program_fd(session->capture));
	err = target_attach_widely(&session->target, &cpus);
	if (!err)
		err = capture_widen(session->capture);
	if (err) {
		event_set_deinit(&cpus);
		session->target.every_cpu = false;
		return err;
	}
	/* Without it "covered" stands on what else is known. */
	target_account(&session->target, &session->command, &session->widen.account);
	event_set_disable(&session->events);
	session->widen.account.gone_enabled_ns = event_set_cpu_ns(&session->events);
	event_set_deinit(&session->events);
	session->events = cpus;
	session->widen.after_ns = now - session->start_ns;
	return event_set_enable(&session->events);
}

int session_widen(struct session *session, uint64_t now)
{
	struct session_widen *widen = &session->widen;
	int err = 0;

	if (widen->off || now - widen->looked_ns < LOOK_NS)
		return 0;
	widen->looked_ns = now;
	widen->off = !can_widen(session);
	if (!widen->off && is_poor(widen, session)) {
		err = take_over(session, now);
		widen->off = true;
	}
	/* Where rights or descriptors do not reach that far it goes on as it was. */
	return session->target.every_cpu ? err : 0;
}
