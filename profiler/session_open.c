// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The beginning of a session: what is declared, loaded and attached before
 * anything is recorded, in the order that loses nothing: the side-band before
 * maps are read, and maps before samples are looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/message.h"
#include "profiler/proc.h"
#include "profiler/record_values.h"
#include "profiler/session_error.h"
#include "profiler/session_private.h"

enum {
	SLICE_NS = 10000000,
	WAIT_SLICE_NS = 250000000, /* how often waits are collected from the kernel */
	/* What has no table is copied; where nothing may be, the first samples wait this long for
	 * the tables of what the target has mapped already. */
	EARLY_BUILD_NS = 60000000,
	/* A thread that waits is copied once, and may wait with that for as long as it likes: what is
	 * mapped has its tables first. */
	WAITS_BUILD_NS = 1000000000,
	COPY_BYTES_A_SECOND = 64 << 20, /* of user stacks, on all CPUs */
};

/* The second value of cpu is CPU time or the event's count. */
int session_init_profile(struct session *session)
{
	const struct record_options *options = session->options;
	enum record_mode mode = options->mode;
	bool time = mode != RECORD_CPU || event_counts_time(&session->event);
	bool cycles = session->event.type == PERF_TYPE_HARDWARE;
	struct profile *profile = &session->profile;
	const char *second = time && !(cycles && options->count) ? "cpu" : session->event.name;
	const char *unit = strcmp(second, "cpu") ? "count" : "nanoseconds";
	int err = profile_init(profile);

	if (!err)
		err = record_values_declare(profile, mode, second, unit);
	if (err)
		return err;
	profile->default_value = 0;
	profile->slice_ns = mode == RECORD_OFFCPU ? WAIT_SLICE_NS : SLICE_NS;
	profile->period_type = profile->value_types[mode == RECORD_OFFCPU ? 0 : 1];
	if (options->count)
		profile->period = (int64_t)options->count;
	else if (options->frequency)
		profile->period = (int64_t)(NS_PER_SEC / options->frequency);
	else
		profile->period = options->waits.rate ? NS_PER_SEC / options->waits.rate : 1;
	/* A frequency of cycles is samples a second of CPU time; a clock's weight is ns. */
	if (cycles && time && options->frequency)
		session->collector_options.ns_per_sample = profile->period;
	return 0;
}

static void session_set_copies(const struct session *session, struct wire_config *config)
{
	const struct record_options *options = session->options;
	const char *budget = getenv("FLAMETAP_TEST_COPY_BYTES");

	if (options->kernel_only || options->unwind == UNWIND_FP || options->unwind == UNWIND_CFI)
		config->copies = COPY_NONE;
	else if (options->unwind == UNWIND_COPY)
		config->copies = COPY_ALL;
	else
		config->copies = session->collector_options.compare ? COPY_BOTH : COPY_UNTABLED;
	config->copy_pages = options->stack_copy / WIRE_PAGE_BYTES;
	/* Of 2^27 ns each. The environment's is for the tests. */
	config->copy_window_bytes = ((budget ? strtoull(budget, NULL, 10) : COPY_BYTES_A_SECOND)
				     << 27) / NS_PER_SEC;
}

static int session_load(struct session *session)
{
	struct capture_options options = { .verbose = session->options->verbose };
	const char *ring = getenv("FLAMETAP_TEST_RING_BYTES");
	int err;

	options.config.user_only = session->options->user_only;
	options.config.kernel_only = session->options->kernel_only;
	options.config.cfi = session->options->unwind != UNWIND_FP &&
			     session->options->unwind != UNWIND_COPY &&
			     !session->options->kernel_only;
	session_set_copies(session, &options.config);
	/* So that the tests can make it overflow. */
	options.ring_bytes = ring ? strtoull(ring, NULL, 10) : 0;
	options.n_targets = session->target.watched.n;
	target_configure(&session->target, &options.config);
	session->config = options.config;
	/* Nothing ticks: its rings stay empty, and the switches have their own. */
	if (session->options->mode == RECORD_OFFCPU) {
		options.config.copies = COPY_NONE;
		options.ring_bytes = 1;
	}
	err = capture_create(&options, &session->capture);
	if (err)
		session_explain_bpf(err);
	if (!err && session->options->unwind == UNWIND_CFI && options.config.cfi &&
	    !capture_tables(session->capture)) {
		message("--unwind cfi: this kernel has no bpf_loop(), which came with Linux 5.17; "
			"use --unwind auto");
		err = -EOPNOTSUPP;
	}
	return err;
}

static int session_attach(struct session *session)
{
	const struct command *command = session->command.pid ? &session->command : NULL;
	int err;

	if (session->options->mode == RECORD_OFFCPU)
		return target_tell(&session->target, session->capture, command);
	event_set_init(&session->events, &session->event, session->options->frequency,
		       session->options->count, capture_program_fd(session->capture));
	err = target_attach(&session->target, session->capture, &session->events, command);
	if (err != -EAGAIN)
		return err;
	/* Threads come and go too fast: look at every CPU and keep what is the target's. */
	event_set_deinit(&session->events);
	capture_destroy(session->capture);
	session->capture = NULL;
	session->target.every_cpu = true;
	err = session_load(session);
	if (err)
		return err;
	event_set_init(&session->events, &session->event, session->options->frequency,
		       session->options->count, capture_program_fd(session->capture));
	return target_attach(&session->target, session->capture, &session->events, command);
}

static int session_know_processes(struct session *session)
{
	struct pid_list pids = {};
	int err = target_pids(&session->target, &pids);

	if (!err && session->command.pid)
		err = vec_push(&pids.pids, session->command.pid);
	for (size_t i = 0; !err && i < pids.pids.n; i++) {
		err = timeline_add(&session->timeline, pids.pids.data[i]);
		if (err == -ESRCH)
			err = 0;
	}
	/* Processes that were never met by a sample are no loss. */
	session->timeline.n_unread = 0;
	vec_deinit(&pids.pids);
	return err;
}

static int session_early_tables(struct session *session)
{
	const struct capture_tables *maps = capture_tables(session->capture);
	const char *bytes = getenv("FLAMETAP_TEST_TABLE_BYTES");
	struct timeline *timeline = &session->timeline;
	bool more;
	int err;

	if (!maps)
		return 0;
	/* CMD's process is still flametap's own image, but it will have the same libc and ld.so. */
	err = tables_init_bounded(&session->tables, maps, &session->modules,
				  bytes ? strtoull(bytes, NULL, 10) : TABLES_MAX_BYTES);
	for (size_t i = 0; !err && i < timeline->processes.n; i++)
		err = tables_want(&session->tables, timeline->processes.data[i]);
	if (!err && session->options->mode != RECORD_CPU)
		err = tables_build(&session->tables, WAITS_BUILD_NS, &more);
	else if (!err && capture_copies(session->capture) == COPY_NONE)
		err = tables_build(&session->tables, EARLY_BUILD_NS, &more);
	if (!err)
		tables_step_back(&session->tables);
	return err;
}

int session_open(struct session *session)
{
	const struct record_options *options = session->options;
	int err = target_init(&session->target, &options->target);

	if (err)
		return err;
	err = session_load(session);
	if (err)
		return err;
	err = sideband_create(&session->sideband);
	if (err) {
		session_explain_perf(err, "side-band");
		return err;
	}
	/* While the target is still there to be asked for its name. */
	err = session_add_title(&session->profile, options);
	if (!err)
		err = session_know_processes(session);
	if (!err)
		err = session_attach(session);
	if (!err && options->mode != RECORD_CPU)
		return session_waits_open(session) ?: session_early_tables(session);
	if (!err)
		err = session_early_tables(session);
	if (err)
		session_explain_attach(err, session->event.name, options);
	return err;
}

