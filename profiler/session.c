// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens things in the order that loses nothing: the side-band before maps are
 * read, maps before samples are looked at, CMD let go last. Then the loop:
 * take a horizon, drain every ring, apply everything up to the horizon.
 */
#include "profiler/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/guard.h"
#include "profiler/capture.h"
#include "profiler/collector.h"
#include "profiler/command.h"
#include "profiler/invoker.h"
#include "profiler/kernel_names.h"
#include "profiler/live.h"
#include "profiler/message.h"
#include "profiler/privilege.h"
#include "profiler/proc.h"
#include "profiler/session_error.h"
#include "profiler/sideband.h"
#include "profiler/stop.h"
#include "profiler/tables.h"
#include "profiler/target.h"
#include "symbolize/symbolizer.h"

enum {
	SLICE_NS = 10000000,
	/* A record is in its ring this long after the time it bears, at the latest. */
	HORIZON_NS = 2000000,
	/* Building tables goes on between portions of records. */
	BUILD_NS = 5000000,
	/* Tables of what the target has mapped already, before the first sample. */
	EARLY_BUILD_NS = 60000000,
	POLL_MS = 100,
	NS_PER_MS = 1000000,
};

struct session {
	const struct cpu_options *options;
	const struct invoker *invoker;
	struct event_options event;
	struct profile profile;
	struct symbolizer *symbolizer;
	struct kernel_names kernel_names;
	struct modules modules;
	struct timeline timeline;
	struct collector_options collector_options;
	struct collector collector;
	struct tables tables; /* when the kernel side has maps for them */
	struct capture *capture;
	struct event_set events;
	struct sideband *sideband;
	struct target target;
	struct command command;
	struct live live;
	sigset_t wait_mask;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t command_cpu_ns;   /* had before it was let go */
	const char *end;
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* The two values of a sample: itself, and CPU time or the event's count. */
static int session_init_profile(struct session *session)
{
	const struct cpu_options *options = session->options;
	bool time = event_counts_time(&session->event);
	bool cycles = session->event.type == PERF_TYPE_HARDWARE;
	struct profile_value_type types[2] = {};
	struct profile *profile = &session->profile;
	const char *second = time && !(cycles && options->count) ? "cpu" : session->event.name;
	int err = profile_init(profile);

	if (!err)
		err = profile_intern(profile, "samples", &types[0].type);
	if (!err)
		err = profile_intern(profile, "count", &types[0].unit);
	if (!err)
		err = profile_intern(profile, second, &types[1].type);
	if (!err)
		err = profile_intern(profile, strcmp(second, "cpu") ? "count" : "nanoseconds",
				     &types[1].unit);
	if (!err)
		err = profile_set_values(profile, types, 2);
	if (err)
		return err;
	profile->default_value = 0;
	profile->slice_ns = SLICE_NS;
	profile->period_type = types[1];
	profile->period = options->count ? (int64_t)options->count :
					   (int64_t)(NS_PER_SEC / options->frequency);
	/* A frequency of cycles is samples a second of CPU time; a clock's weight is ns. */
	if (cycles && time && options->frequency)
		session->collector_options.ns_per_sample = profile->period;
	return 0;
}

static int session_load(struct session *session)
{
	struct capture_options options = { .verbose = session->options->verbose };
	const char *ring = getenv("FLAMETAP_TEST_RING_BYTES");
	int err;

	options.config.user_only = session->options->user_only;
	options.config.kernel_only = session->options->kernel_only;
	options.config.cfi = session->options->unwind != UNWIND_FP &&
			     !session->options->kernel_only;
	/* So that the tests can make it overflow. */
	options.ring_bytes = ring ? strtoull(ring, NULL, 10) : 0;
	target_configure(&session->target, &options.config);
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
	struct timeline *timeline = &session->timeline;
	bool more;
	int err;

	if (!maps)
		return 0;
	/* CMD's process is still flametap's own image, but it will have the same libc and ld.so. */
	err = tables_init(&session->tables, maps, &session->modules);
	for (size_t i = 0; !err && i < timeline->processes.n; i++)
		err = tables_want(&session->tables, timeline->processes.data[i]);
	return err ? err : tables_build(&session->tables, EARLY_BUILD_NS, &more);
}

/* First of all, so that CMD inherits no limit that is raised and no descriptor that is opened
 * for the recording. */
static int session_hold_command(struct session *session)
{
	const struct target_options *target = &session->options->target;
	int err = 0;

	if (target->kind == TARGET_COMMAND)
		err = command_start(&session->command, target->argv, session->invoker,
				    target->as_root);
	if (err)
		message("%s: cannot fork: %s", target->argv[0], strerror(-err));
	return err;
}

static int session_open(struct session *session)
{
	const struct cpu_options *options = session->options;
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
	if (!err)
		err = session_early_tables(session);
	if (err)
		session_explain_attach(err, session->event.name, options);
	return err;
}

int session_create(const struct cpu_options *options, const struct invoker *invoker,
		   struct session **ret)
{
	struct session *session = calloc(1, sizeof(*session));
	struct symbolizer_options symbolizer_options = {};
	int err;

	if (!session)
		return -ENOMEM;
	session->options = options;
	session->invoker = invoker;
	session->event = options->event;
	session->command.release_fd = session->command.error_fd = session->command.pid_fd = -1;
	session->modules.root_fd = -1;
	session->collector_options.user_only = options->user_only;
	session->collector_options.kernel_only = options->kernel_only;
	err = session_hold_command(session);
	if (err) {
		session_destroy(session);
		return err;
	}
	raise_descriptor_limit();
	stop_init(&session->wait_mask);
	if (!session->event.name)
		event_choose(&session->event);
	err = session_init_profile(session);
	if (!err)
		err = symbolizer_create(&symbolizer_options, &session->symbolizer);
	if (!err)
		err = modules_init(&session->modules, &session->profile);
	if (!err) {
		timeline_init(&session->timeline, &session->modules);
		err = collector_init(&session->collector, &session->collector_options,
				     &session->profile, &session->timeline);
	}
	if (!err)
		err = session_open(session);
	if (!err && !options->user_only)
		kernel_names_begin(&session->kernel_names, session->symbolizer);
	if (err)
		session_destroy(session);
	else
		*ret = session;
	return err;
}

void session_destroy(struct session *session)
{
	if (!session)
		return;
	command_deinit(&session->command);
	event_set_deinit(&session->events);
	sideband_destroy(session->sideband);
	capture_destroy(session->capture);
	target_deinit(&session->target);
	collector_deinit(&session->collector);
	tables_deinit(&session->tables);
	timeline_deinit(&session->timeline);
	modules_deinit(&session->modules);
	kernel_names_wait(&session->kernel_names);
	symbolizer_destroy(session->symbolizer);
	profile_deinit(&session->profile);
	free(session);
}

/* The side-band is drained last: what it says of a time before the horizon has arrived then. */
static int session_drain(struct session *session, uint64_t horizon_ns, bool *ret_more)
{
	int err = 0;

	if (!collector_is_full(&session->collector))
		err = capture_drain(session->capture, collector_record, &session->collector);
	if (!err)
		err = sideband_drain(session->sideband, collector_events(&session->collector));
	return err ? err : collector_apply(&session->collector, horizon_ns, ret_more);
}

/* Tables for whoever has changed, and some building of those that are missing. */
static int session_load_tables(struct session *session, uint64_t budget_ns, bool *ret_more)
{
	struct timeline *timeline = &session->timeline;
	bool more = false;
	int err = 0;

	for (size_t i = 0; i < timeline->changed.n; i++) {
		struct process *process = timeline->changed.data[i];

		process->changed = false;
		if (!err && session->tables.maps)
			err = tables_update(&session->tables, process);
	}
	timeline->changed.n = 0;
	if (!err && session->tables.maps)
		err = tables_build(&session->tables, budget_ns, &more);
	*ret_more = *ret_more || more;
	return err;
}

static bool session_over(struct session *session, uint64_t now)
{
	const struct cpu_options *options = session->options;

	if (stop_signal())
		session->end = "signal";
	else if (options->duration_ns != UINT64_MAX &&
		 now - session->start_ns >= options->duration_ns)
		session->end = "duration";
	else if (session->command.pid && command_wait(&session->command, false))
		session->end = "target";
	else if (!session->command.pid && target_ended(&session->target))
		session->end = "target";
	return session->end != NULL;
}

/* Until something is to be done: a ring that fills, the target's end, a signal, the deadline. */
static void session_wait(struct session *session, uint64_t now, bool more)
{
	uint64_t wait_ns = more ? 0 : POLL_MS * (uint64_t)NS_PER_MS;
	uint64_t left_ns = UINT64_MAX;
	VEC(struct pollfd) fds = {};
	struct timespec timeout;

	if (wait_ns && collector_is_urgent(&session->collector))
		wait_ns = HORIZON_NS;
	if (session->options->duration_ns != UINT64_MAX)
		left_ns = session->start_ns + session->options->duration_ns - now;
	if (left_ns < wait_ns)
		wait_ns = left_ns;
	timeout.tv_sec = wait_ns / NS_PER_SEC;
	timeout.tv_nsec = wait_ns % NS_PER_SEC;
	/* Out of memory here only means that the end is seen a moment later. */
	(void)!vec_push(&fds, (struct pollfd){ capture_poll_fd(session->capture), POLLIN, 0 });
	(void)!vec_push(&fds, (struct pollfd){ sideband_poll_fd(session->sideband), POLLIN, 0 });
	if (session->command.pid_fd >= 0)
		(void)!vec_push(&fds, (struct pollfd){ session->command.pid_fd, POLLIN, 0 });
	vec_each(&session->target.watched, item)
		if (item->fd >= 0 && !item->ended)
			(void)!vec_push(&fds, (struct pollfd){ item->fd, POLLIN, 0 });
	ppoll(fds.data, fds.n, &timeout, &session->wait_mask);
	vec_deinit(&fds);
}

static int session_loop(struct session *session)
{
	uint64_t now = now_ns(CLOCK_MONOTONIC);
	bool more = false;
	int err = 0;

	while (!err && !session_over(session, now)) {
		session_wait(session, now, more);
		now = now_ns(CLOCK_MONOTONIC);
		err = session_drain(session, now - HORIZON_NS, &more);
		if (!err)
			err = session_load_tables(session, BUILD_NS, &more);
		live_show(&session->live, now - session->start_ns, &session->collector.counts,
			  session->live.on ? capture_lost(session->capture) : 0);
	}
	return err;
}

int session_record(struct session *session)
{
	const struct cpu_options *options = session->options;
	int err = 0;

	session->profile.time_ns = now_ns(CLOCK_REALTIME);
	session->start_ns = now_ns(CLOCK_MONOTONIC);
	session->collector_options.start_ns = session->start_ns;
	live_init(&session->live, options->duration_ns,
		  !options->quiet && options->target.kind != TARGET_COMMAND);
	target_begin(&session->target);
	/* CMD's own exec enables its event. */
	if (!session->command.pid || session->target.every_cpu)
		err = event_set_enable(&session->events);
	if (!err && session->command.pid) {
		if (!proc_cpu_ns(session->command.pid, &session->command_cpu_ns))
			session->command_cpu_ns = 0;
		err = command_release(&session->command);
	}
	if (!err)
		err = session_loop(session);
	session->end_ns = now_ns(CLOCK_MONOTONIC);
	event_set_disable(&session->events);
	live_end(&session->live);
	/* The terminal sends Ctrl-C to CMD too; what was sent to flametap alone is passed on. */
	if (session->command.pid && !session->command.ended && stop_signal() && stop_was_sent())
		kill(session->command.pid, stop_signal());
	stop_unblock();
	if (err < 0)
		message("recording failed: %s", strerror(-err));
	return err;
}

static int open_module(void *ctx, uint32_t module, int *ret_fd)
{
	const struct session *session = ctx;

	*ret_fd = modules_fd(&session->modules, module);
	return *ret_fd < 0 ? *ret_fd : 0;
}

/* Two accounts of one thing, each blind where the other sees: perf's misses tasks that it was
 * thrown off (exec of a set-uid program), the kernel's own misses what was not waited for. */
static void measure_coverage(struct session *session, struct quality *quality)
{
	uint64_t cpu_ns, perf_ns = 0;
	bool known;

	if (!event_counts_time(&session->event) ||
	    (session->options->count && session->event.type == PERF_TYPE_HARDWARE))
		return;
	known = target_cpu_ns(&session->target, session->end_ns - session->start_ns, &cpu_ns);
	if (session->command.ended) {
		cpu_ns = session->command.cpu_ns - session->command_cpu_ns;
		known = true;
	}
	if (!session->target.every_cpu) {
		perf_ns = event_set_cpu_ns(&session->events);
		if (!known || perf_ns > cpu_ns)
			cpu_ns = perf_ns;
		known = true;
	}
	quality->sampled_s = session->collector.counts.value / 1e9;
	if (!known)
		return;
	quality->target_cpu_s = cpu_ns / 1e9;
	if (cpu_ns)
		quality->covered = quality->sampled_s / quality->target_cpu_s;
}

static uint64_t cpus_changed(const struct session *session)
{
	struct cpu_list now;
	uint64_t changed = 0;

	if (!session->target.every_cpu || cpu_list_init(&now))
		return 0;
	for (size_t i = 0; i < now.cpus.n; i++) {
		bool had = false;

		vec_each(&session->events.fds, event)
			had = had || event->cpu == now.cpus.data[i];
		changed += !had;
	}
	if (now.cpus.n - changed < session->events.fds.n)
		changed += session->events.fds.n - (now.cpus.n - changed);
	cpu_list_deinit(&now);
	return changed;
}

static int fill_quality(struct session *session, struct quality *quality)
{
	const struct collector_counts *counts = &session->collector.counts;
	struct capture_counts kernel;
	uint64_t run_ns, runs;
	struct rusage usage;
	int err = capture_counts(session->capture, &kernel);

	if (err)
		return err;
	quality_init(quality);
	quality->samples = counts->samples;
	quality->lost.ring = kernel.n[COUNT_SAMPLE_LOST];
	quality->lost.state = kernel.n[COUNT_PROCESSES_FULL];
	quality->lost.wire = counts->bad;
	quality->lost_stacks = kernel.n[COUNT_STACK_LOST];
	quality->lost_sideband = session->collector.incoming.events.n_lost;
	quality->foreign = kernel.n[COUNT_FOREIGN];
	quality->cpus_changed = cpus_changed(session);
	measure_coverage(session, quality);
	for (int i = 0; i < UNWIND_N; i++)
		if (unwind_result_is_incomplete(i))
			quality->incomplete[i] = counts->results[i];
	quality->whole = counts->results[UNWIND_WHOLE];
	quality->kernel_only = counts->results[UNWIND_KERNEL_ONLY];
	quality->user_samples = counts->samples - counts->results[UNWIND_KERNEL_ONLY] -
				counts->results[UNWIND_OMITTED];
	quality->event = session->event.name;
	quality->frequency = session->options->frequency;
	quality->count = session->options->count;
	quality->elapsed_s = (session->end_ns - session->start_ns) / 1e9;
	capture_run_time(session->capture, &run_ns, &runs);
	if (runs && run_ns)
		quality->bpf_ns_per_sample = (double)run_ns / runs;
	if (!getrusage(RUSAGE_SELF, &usage)) {
		quality->own_cpu_s = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
				     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
		quality->peak_rss_bytes = usage.ru_maxrss * 1024ULL;
	}
	return 0;
}

static int add_comments(struct session *session, const struct quality *quality)
{
	char words[QUALITY_LINE_SIZE], text[QUALITY_LINE_SIZE + 16];
	struct utsname machine;
	int err;

	quality_line(quality, words, sizeof(words));
	snprintf(text, sizeof(text), "quality: %s", words);
	err = profile_add_comment(&session->profile, text);
	if (!err && !uname(&machine)) {
		snprintf(text, sizeof(text), "machine: %s %s %s", machine.sysname,
			 machine.release, machine.machine);
		err = profile_add_comment(&session->profile, text);
	}
	if (!err && session->options->with_cmdline)
		err = session_add_cmdline(&session->profile, session->options);
	return err;
}

/* A weight is unnamed when its leaf's function is a bracketed place and not a name. */
static void fill_unnamed(const struct profile *profile, struct quality *quality)
{
	for (size_t i = 0; i < profile->samples.n; i++) {
		const struct profile_sample *sample = &profile->samples.data[i];
		int64_t weight = profile->values.data[i * profile->n_values];
		const struct profile_stack *stack = &profile->stacks.data[sample->stack];
		const struct profile_location *location =
			&profile->locations.data[stack->location];
		uint32_t function = location->n_frames ?
					    profile->frames.data[location->first_frame].function :
					    0;
		const char *name =
			strings_get(&profile->strings, profile->functions.data[function].name);

		quality->total_weight += weight;
		if (!sample->stack || (name[0] == '[' && strcmp(name, "[kernel]") &&
				       strcmp(name, "[user]")) || !name[0])
			quality->unnamed_weight += weight;
	}
}

int session_finish(struct session *session, struct session_result *ret)
{
	struct profile *profile = &session->profile;
	bool more = true;
	int err = 0;

	while (!err && more)
		err = session_drain(session, UINT64_MAX, &more);

	memset(ret, 0, sizeof(*ret));
	if (!err)
		err = collector_finish(&session->collector);
	if (!err)
		err = fill_quality(session, &ret->quality);
	if (!err)
		err = kernel_names_give(&session->kernel_names, profile,
					&session->collector.locations.kernel);
	if (!err && !session->options->no_symbols)
		err = profile_resolve(profile, session->symbolizer, open_module, session,
				      &ret->names);
	if (err)
		return err;
	profile->duration_ns = session->end_ns - session->start_ns;
	fill_unnamed(profile, &ret->quality);
	ret->event = session->event;
	ret->end = session->end;
	ret->children_ns = target_children_ns(&session->target, &ret->n_children);
	ret->n_unopened = session->modules.n_unopened;
	ret->n_unread = session->timeline.n_unread;
	ret->n_execs = session->timeline.n_execs;
	ret->kernel_error = session->kernel_names.error;
	if (session->collector.counts.first_ns > session->start_ns)
		ret->first_sample_ns = session->collector.counts.first_ns - session->start_ns;
	err = add_comments(session, &ret->quality);
	return err ? err : profile_finish(profile);
}

const struct profile *session_profile(const struct session *session)
{
	return &session->profile;
}

int session_command_status(struct session *session)
{
	command_wait(&session->command, true);
	return command_exit_status(&session->command);
}
