// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A session's life: what is opened in which order, CMD let go last. Then the
 * loop: take a horizon, drain every ring, apply everything up to the horizon.
 */
#include "profiler/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/cache.h"
#include "profiler/hurry.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/privilege.h"
#include "profiler/proc.h"
#include "profiler/session_error.h"
#include "profiler/session_private.h"
#include "profiler/stop.h"
#include "report/wakers.h"
#include "symbolize/symbolizer.h"

enum {
	/* A record is in its ring this long after the time it bears, at the latest. */
	HORIZON_NS = 2000000,
	POLL_MS = 100,
	/* While tables are being built: which ones walks miss decides over what is next. */
	BUILDING_POLL_NS = 5000000,
	NS_PER_MS = 1000000,
};

/* Both ways to a stack are gone for every sample, and compared in --stats. */
static bool compare_ways(void)
{
	return getenv("FLAMETAP_TEST_BOTH_WAYS");
}

/* All modules of a copied stack, where the kernel's walk tells of the first one it missed. */
static int session_on_module(void *ctx, uint32_t module)
{
	struct session *session = ctx;

	return tables_demand(&session->tables, module);
}

/* First of all, so that CMD inherits no limit that is raised and no descriptor that is opened
 * for the recording. */
static int session_hold_command(struct session *session)
{
	const struct target_options *target = &session->options->target;
	int err = 0;

	if (target->kind == TARGET_COMMAND)
		err = command_start(&session->command, target->argv, session->invoker,
				    target->as_root, target->place);
	if (err)
		message("%s: cannot fork: %s", target->argv[0], strerror(-err));
	return err;
}

static int open_names(struct session_names *names, const struct record_options *options,
		      struct debuginfod *debuginfod)
{
	struct symbolizer_options symbolizer_options = {
		.debug_dirs = options->debug_dirs.data,
		.n_debug_dirs = options->debug_dirs.n,
		.debuginfod = debuginfod,
	};
	int err = 0;

	if (!options->no_cache && !options->no_symbols)
		err = cache_open(options->verbose, &names->cache);
	symbolizer_options.cache = names->cache;
	return err ? err : symbolizer_create(&symbolizer_options, &names->symbolizer);
}

int session_names_init(struct session_names *names, const struct record_options *options,
		       struct debuginfod *debuginfod)
{
	int err;

	*names = (struct session_names){};
	err = open_names(names, options, debuginfod);
	if (err)
		return err;
	names->kernel_error = symbolizer_load_kernel(names->symbolizer);
	names->has_kernel = true;
	return 0;
}

static void close_names(struct session_names *names, bool verbose)
{
	symbolizer_destroy(names->symbolizer);
	cache_close(names->cache, verbose);
	*names = (struct session_names){};
}

void session_names_deinit(struct session_names *names)
{
	close_names(names, false);
}

int session_create(const struct record_options *options, const struct invoker *invoker,
		   struct debuginfod *debuginfod, const struct session_names *names,
		   struct session **ret)
{
	struct session *session = calloc(1, sizeof(*session));
	int err;

	if (!session)
		return -ENOMEM;
	session->options = options;
	session->invoker = invoker;
	session->event = options->event;
	session->command.release_fd = session->command.error_fd = session->command.pid_fd = -1;
	session->modules.root_fd = -1;
	session->collector_options.mode = options->mode;
	session->collector_options.user_only = options->user_only;
	session->collector_options.kernel_only = options->kernel_only;
	session->collector_options.on_module = session_on_module;
	session->collector_options.on_module_ctx = session;
	session->collector_options.compare = options->unwind == UNWIND_AUTO && compare_ways();
	err = session_hold_command(session);
	if (err) {
		session_destroy(session);
		return err;
	}
	raise_descriptor_limit();
	stop_init(&session->wait_mask);
	if (options->mode != RECORD_OFFCPU && !session->event.name)
		event_choose(&session->event);
	err = session_init_profile(session);
	session->names_shared = names;
	if (names)
		session->names = *names;
	else if (!err)
		err = open_names(&session->names, options, debuginfod);
	session->symbolizer = session->names.symbolizer;
	if (!err)
		err = modules_init(&session->modules, &session->profile);
	if (!err) {
		timeline_init(&session->timeline, &session->modules);
		err = collector_init(&session->collector, &session->collector_options,
				     &session->profile, &session->timeline);
	}
	/* So that the tests can make there be too many. */
	if (!err && getenv("FLAMETAP_TEST_STACKS"))
		session->collector.max_stacks = strtoull(getenv("FLAMETAP_TEST_STACKS"), NULL, 10);
	if (!err)
		err = session_open(session);
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
	event_set_deinit(&session->widen.account);
	sideband_destroy(session->sideband);
	session_waits_deinit(session);
	/* Its worker writes the capture's maps, and reads the modules' files. */
	tables_deinit(&session->tables);
	capture_destroy(session->capture);
	target_deinit(&session->target);
	collector_deinit(&session->collector);
	timeline_deinit(&session->timeline);
	modules_deinit(&session->modules);
	kernel_names_wait(&session->kernel_names);
	kernel_cut_deinit(&session->waits.cut);
	if (session->names_shared)
		symbolizer_save(session->symbolizer);
	else
		close_names(&session->names, session->options->verbose);
	unnamed_deinit(&session->unnamed);
	profile_deinit(&session->profile);
	free(session);
}

/* The side-band is drained last: what it says of a time before the horizon has arrived then. */
static int session_drain(struct session *session, uint64_t horizon_ns, bool *ret_more)
{
	/* What stays in the ring although there is more is to be fetched before the end. */
	bool left = collector_is_full(&session->collector), waits_left = false;
	int err = 0;

	if (!left)
		err = session_waits_drain(session, &horizon_ns, &waits_left);
	if (!err && !left)
		err = capture_drain(session->capture, collector_record, &session->collector, &left);
	if (!err)
		err = session_drain_sideband(session);
	if (!err)
		err = collector_apply(&session->collector, horizon_ns, ret_more);
	*ret_more = *ret_more || left || waits_left;
	return err;
}

int session_drain_sideband(struct session *session)
{
	return sideband_drain(session->sideband, collector_events(&session->collector));
}

int session_begin_sideband(struct session *session)
{
	struct side_events *events = collector_events(&session->collector);
	int err = session_drain_sideband(session);

	events->n_lost = 0;
	return err;
}

int session_load_tables(struct session *session)
{
	struct timeline *timeline = &session->timeline;
	bool unused;
	int err = 0;

	for (size_t i = 0; i < timeline->changed.n; i++) {
		struct process *process = timeline->changed.data[i];

		process->changed = false;
		if (!err && session->tables.maps)
			err = tables_update(&session->tables, process);
	}
	timeline->changed.n = 0;
	if (!err && session->tables.maps)
		err = tables_build(&session->tables, 0, &unused);
	return err;
}

static bool session_over(struct session *session, uint64_t now)
{
	const struct record_options *options = session->options;

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
	else if (wait_ns && tables_are_awaited(&session->tables))
		wait_ns = BUILDING_POLL_NS;
	if (wait_ns > session_waits_pause(session, now))
		wait_ns = session_waits_pause(session, now);
	if (session->options->duration_ns != UINT64_MAX)
		left_ns = session->start_ns + session->options->duration_ns - now;
	if (left_ns < wait_ns)
		wait_ns = left_ns;
	timeout.tv_sec = wait_ns / NS_PER_SEC;
	timeout.tv_nsec = wait_ns % NS_PER_SEC;
	/* Out of memory here only means that the end is seen a moment later. */
	(void)!vec_push(&fds, (struct pollfd){ capture_poll_fd(session->capture), POLLIN, 0 });
	(void)!vec_push(&fds, (struct pollfd){ sideband_poll_fd(session->sideband), POLLIN, 0 });
	if (session->waits.switches)
		(void)!vec_push(&fds, (struct pollfd){ switches_poll_fd(session->waits.switches),
						       POLLIN, 0 });
	if (session->tables.maps)
		(void)!vec_push(&fds, (struct pollfd){ tables_poll_fd(&session->tables), POLLIN, 0 });
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
	guard(hurry_deinit) struct hurry hurry;
	uint64_t now = clock_monotonic_ns();
	bool more = false;
	int err = 0;

	hurry_init(&hurry);
	while (!err && !session_over(session, now)) {
		session_wait(session, now, more);
		hurry_look(&hurry);
		now = clock_monotonic_ns();
		err = session_drain(session, now - HORIZON_NS, &more);
		if (!err)
			err = session_load_tables(session);
		if (!err)
			err = session_widen(session, now);
		live_show(&session->live, now - session->start_ns, &session->collector.counts,
			  session->live.on ? capture_lost(session->capture) : 0);
	}
	return err;
}

/* The terminal sends Ctrl-C to CMD too; what was sent to flametap alone is passed on, once. */
static void session_pass_signal(struct session *session)
{
	if (!stop_signal() || !stop_was_sent() || session->signal_passed)
		return;
	session->signal_passed = true;
	if (session->command.pid && !session->command.ended)
		kill(session->command.pid, stop_signal());
}

static void session_begin_kernel_names(struct session *session)
{
	const struct session_names *names = &session->names;

	if (names->has_kernel)
		kernel_names_take(&session->kernel_names, names->symbolizer, names->kernel_error);
	else
		kernel_names_begin(&session->kernel_names, names->symbolizer);
}

int session_record(struct session *session)
{
	const struct record_options *options = session->options;
	int err = 0;

	live_init(&session->live, options->mode, options->duration_ns,
		  !options->quiet && options->target.kind != TARGET_COMMAND);
	target_begin(&session->target);
	session->profile.time_ns = clock_ns(CLOCK_REALTIME);
	err = session_begin_sideband(session);
	session->start_ns = clock_monotonic_ns();
	if (!err)
		err = session_waits_begin(session);
	session->collector_options.start_ns = session->start_ns;
	/* CMD's own exec enables its event. */
	if (!err && (!session->command.pid || session->target.every_cpu))
		err = event_set_enable(&session->events);
	if (!err && session->command.pid) {
		if (!proc_cpu_ns(session->command.pid, &session->command_cpu_ns))
			session->command_cpu_ns = 0;
		/* Full of what others did meanwhile it would have no room for what CMD maps. */
		err = session_drain_sideband(session);
		if (!err)
			err = command_release(&session->command);
	}
	/* What can wait until the first sample is taken. */
	target_begin_children(&session->target);
	if (!err && !options->user_only && options->mode == RECORD_CPU)
		session_begin_kernel_names(session);
	if (!err)
		err = session_load_tables(session);
	if (!err)
		err = session_loop(session);
	session->end_ns = clock_monotonic_ns();
	if (!err)
		err = session_waits_end(session);
	if (session->tables.maps)
		tables_stop(&session->tables);
	event_set_disable(&session->events);
	event_set_disable(&session->widen.account);
	/* At once, since the target runs on while the rest is being worked up. */
	target_end(&session->target, session->end_ns - session->start_ns);
	live_end(&session->live);
	session_pass_signal(session);
	stop_unblock();
	if (err < 0)
		message("recording failed: %s", strerror(-err));
	return err;
}

static int open_module(void *ctx, uint32_t module, struct symbolizer_module *ret)
{
	const struct session *session = ctx;

	/* It could not be resolved later, as files can. */
	if (session->options->no_symbols &&
	    session->profile.modules.data[module].kind != MODULE_VDSO)
		return -ECANCELED;
	ret->fd = modules_fd(&session->modules, module);
	ret->root_fd = modules_root_fd(&session->modules, module);
	return ret->fd < 0 ? ret->fd : 0;
}

int session_finish(struct session *session, struct session_result *ret)
{
	struct profile *profile = &session->profile;
	struct jit_unnamed made_code;
	bool more = true;
	int err = 0;

	while (!err && more)
		err = session_drain(session, UINT64_MAX, &more);
	if (!err)
		err = session_waits_finish(session);

	memset(ret, 0, sizeof(*ret));
	if (!err)
		err = collector_finish(&session->collector);
	if (!err)
		err = session_fill_quality(session, &ret->quality);
	/* Writers have room for as much. */
	collector_forget(&session->collector);
	if (!err)
		err = kernel_names_give(&session->kernel_names, profile,
					&session->collector.locations.kernel);
	if (!err)
		err = jit_give_names(&session->collector.locations.jit, &session->timeline,
				     &made_code);
	if (!err)
		err = profile_resolve(profile, session->symbolizer, open_module, session,
				      &ret->names);
	if (!err && session->options->waits.wakers)
		err = wakers_turn(profile, NULL);
	if (!err)
		err = session_fill_unnamed(profile, &ret->quality);
	if (err)
		return err;
	profile->duration_ns = session->end_ns - session->start_ns;
	ret->made_code = &session->collector.locations.jit;
	ret->event = session->event;
	ret->end = session->end;
	ret->widened_ns = session->widen.after_ns;
	session_fill_ended(session, ret);
	ret->children_ns = session->target.children_ns;
	ret->n_children = session->target.n_children + session->timeline.n_forks;
	ret->n_unopened = session->modules.n_unopened;
	ret->n_over_limit = session->modules.n_over_limit;
	ret->n_unread = session->timeline.n_unread;
	ret->n_execs = session->timeline.n_execs;
	ret->kernel_error = session->kernel_names.error;
	ret->kernel_debug_error = session->kernel_names.debug_error;
	if (session->collector.counts.first_ns > session->start_ns)
		ret->first_sample_ns = session->collector.counts.first_ns - session->start_ns;
	session_explain_unnamed(session, ret);
	err = session_add_comments(session, &ret->quality);
	return err ? err : profile_finish(profile);
}

const struct profile *session_profile(const struct session *session)
{
	return &session->profile;
}

int session_command_status(struct session *session)
{
	struct pollfd fd = { session->command.pid_fd, POLLIN, 0 };

	command_abandon(&session->command);
	while (!command_wait(&session->command, false)) {
		session_pass_signal(session);
		poll(&fd, 1, POLL_MS);
	}
	return command_exit_status(&session->command);
}

void session_command_usage(const struct session *session, struct command_usage *ret)
{
	command_usage_since(&session->command, session->command_cpu_ns, ret);
	ret->wall_ns = session->end_ns - session->start_ns;
}
