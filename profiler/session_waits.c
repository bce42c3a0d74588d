// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits of a session: when they begin to be recorded, are collected from the
 * kernel, and end. What comes out goes to the collector, and the figures to
 * session_ledgers.c and session_quality.c.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/message.h"
#include "profiler/session_error.h"
#include "profiler/session_private.h"

enum {
	/* The first waits tell which processes need tables. */
	FIRST_INTERVAL_NS = 10000000,
	INTERVAL_NS = 250000000,
	/* An exec, or a stack without tables, is followed when the waits before it have been collected:
	 * until then its stacks are copied. */
	URGENT_INTERVAL_NS = 40000000,
	/* Measuring the programs' run time takes time itself: a tenth of a second of each three. */
	LOOK_NS = 100000000,
	LOOK_EVERY = 30,
	MOST_COPY_PAGES = 4, /* with a run queue locked */
};

/* Threads of the machine. */
static uint32_t count_threads(void)
{
	guard_fclose FILE *file = fopen("/proc/loadavg", "re");
	unsigned int n = 0;

	if (!file || fscanf(file, "%*f %*f %*f %*u/%u", &n) != 1)
		return 0;
	return n;
}

/* Events may be bound to the target's tasks; switches are everybody's. */
static enum wire_filter filter_of(const struct session *session)
{
	if (session->config.filter != FILTER_BOUND)
		return session->config.filter;
	return session->options->target.kind == TARGET_TIDS ? FILTER_THREAD : FILTER_PROCESS;
}

int session_waits_open(struct session *session)
{
	const struct wait_options *waits = &session->options->waits;
	struct switches_options options = {
		.config = session->config,
		.capture = session->capture,
		.wakers = waits->wakers,
		.rate_interval_ns = waits->rate ? NS_PER_SEC / waits->rate : 0,
		.min_block_ns = waits->min_block_ns,
		.max_block_ns = waits->max_block_ns,
		.states = waits->states ? waits->states : (1U << WIRE_STATES) - 1,
		.n_threads = count_threads(),
		.verbose = session->options->verbose,
	};
	int err;

	session->waits.stats_fd = -1;
	options.config.filter = filter_of(session);
	if (options.config.copy_pages > MOST_COPY_PAGES)
		options.config.copy_pages = MOST_COPY_PAGES;
	err = switches_create(&options, &session->waits.switches);
	if (err) {
		session_explain_bpf(err);
		return err;
	}
	if (!switches_can_list(session->waits.switches))
		message("switches: this kernel does not list its threads: those that wait when the "
			"recording begins are missing until they go on; see flametap doctor");
	session->collector_options.command = session->command.pid;
	/* After the programs are loaded, which have names, too. */
	if (!session->options->user_only)
		kernel_names_begin(&session->kernel_names, session->symbolizer);
	return 0;
}

void session_waits_deinit(struct session *session)
{
	struct session_waits *waits = &session->waits;

	if (waits->switches && waits->stats_fd >= 0)
		close(waits->stats_fd);
	switches_destroy(waits->switches);
	waits->switches = NULL;
	vec_deinit(&waits->ledgers.items);
}

static int know_process(void *ctx, const struct wire_listed *listed)
{
	struct session *session = ctx;
	struct process *process = timeline_find(&session->timeline, listed->pid);

	if (!process || (process->start_ns && process->start_ns != listed->start_ns))
		return 0;
	process->start_ns = listed->start_ns;
	process->exec_id = listed->exec_id;
	return timeline_mark(&session->timeline, process);
}

int session_waits_begin(struct session *session)
{
	struct session_waits *waits = &session->waits;
	int err;

	if (!waits->switches)
		return 0;
	/* Loading, tables and names have taken their time, in which others have filled it. */
	err = session_drain_sideband(session);
	if (err)
		return err;
	kernel_names_wait(&session->kernel_names);
	kernel_cut_init(&waits->cut, session->symbolizer);
	if (!session->options->user_only && !session->kernel_names.error)
		session->collector_options.cut = &waits->cut;
	err = switches_processes(waits->switches, know_process, session);
	if (!err)
		err = session_load_tables(session);
	if (!err)
		err = session_begin_sideband(session);
	if (!err)
		err = switches_begin(waits->switches, &session->start_ns);
	waits->collected_ns = waits->until_ns = session->start_ns;
	waits->interval_ns = FIRST_INTERVAL_NS;
	return err;
}

/* Where the sysctl is on it is counted all the time, and looked at all the same. */
static void measure_load(struct session_waits *waits, uint64_t now)
{
	uint64_t run_ns, runs;

	if (waits->stats_fd >= 0 && now - waits->looked_ns >= LOOK_NS) {
		switches_run_time(waits->switches, &run_ns, &runs);
		waits->measured_run_ns += run_ns - waits->looked_run_ns;
		waits->measured_ns += now - waits->looked_ns;
		close(waits->stats_fd);
		waits->stats_fd = -1;
	} else if (waits->stats_fd < 0 && now - waits->looked_ns >= LOOK_NS * (uint64_t)LOOK_EVERY) {
		waits->looked_ns = now;
		waits->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		switches_run_time(waits->switches, &waits->looked_run_ns, &runs);
	}
}

double session_waits_load(const struct session *session)
{
	const struct session_waits *waits = &session->waits;
	long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (!waits->measured_ns || n_cpus < 1)
		return -1;
	return (double)waits->measured_run_ns / waits->measured_ns / n_cpus;
}

static int collect(struct session *session)
{
	struct session_waits *waits = &session->waits;
	int err = switches_collect(waits->switches, collector_wait, &session->collector,
				   &waits->until_ns);

	if (!err)
		err = switches_ledgers(waits->switches, session_ledgers_add, session);
	return err;
}

static uint64_t due_ns(const struct session *session)
{
	const struct session_waits *waits = &session->waits;
	uint64_t interval_ns = waits->interval_ns;

	if (collector_is_urgent(&session->collector) && interval_ns > URGENT_INTERVAL_NS)
		interval_ns = URGENT_INTERVAL_NS;
	return waits->collected_ns + interval_ns;
}

uint64_t session_waits_pause(const struct session *session, uint64_t now)
{
	uint64_t due = due_ns(session);

	if (!session->waits.switches || session->waits.ended)
		return UINT64_MAX;
	return due > now ? due - now : 0;
}

int session_waits_drain(struct session *session, uint64_t *horizon_ns, bool *ret_left)
{
	struct session_waits *waits = &session->waits;
	uint64_t now;
	int err = 0;

	*ret_left = false;
	if (!waits->switches)
		return 0;
	now = clock_monotonic_ns();
	if (!waits->ended) {
		measure_load(waits, now);
		if (!collector_has_many_waits(&session->collector) &&
		    (now >= due_ns(session) || switches_are_many(waits->switches))) {
			err = collect(session);
			waits->collected_ns = now;
			if (waits->interval_ns < INTERVAL_NS)
				waits->interval_ns *= 2;
		}
	}
	/* After that: what was collected has sent its stacks before. */
	if (!err)
		err = switches_drain(waits->switches, collector_record, &session->collector,
				     ret_left);
	if (waits->until_ns < *horizon_ns)
		*horizon_ns = waits->until_ns;
	return err;
}

int session_waits_end(struct session *session)
{
	struct session_waits *waits = &session->waits;
	int err;

	if (!waits->switches)
		return 0;
	err = switches_end(waits->switches, &session->end_ns);
	waits->ended = true;
	return err;
}

int session_waits_finish(struct session *session)
{
	int err = session->waits.switches ? collect(session) : 0;

	session_ledgers_sort(session);
	return err;
}
