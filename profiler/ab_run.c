// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fork of flametap records the command as `flametap cpu -- CMD` does, writes
 * the profile, and sends its figures through a pipe: a struct ab_outcome, then
 * path and build-id of each module, ended by 0.
 */
#include "profiler/ab_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/ab_orphans.h"
#include "profiler/message.h"
#include "profiler/output_set.h"
#include "profiler/proc.h"
#include "profiler/session.h"
#include "profiler/stop.h"

static void fill_not_run(struct ab_outcome *outcome, int error)
{
	outcome->end = AB_NOT_RUN;
	outcome->error = error;
	outcome->status = error == ENOENT ? EXIT_CMD_NOT_FOUND : EXIT_CMD_CANNOT_RUN;
}

/* Without BPF: what wait4() says is all there is. */
static int measure(const struct ab_run_options *options, struct ab_outcome *outcome)
{
	const struct target_options *target = &options->record.target;
	struct command command;
	uint64_t before_ns = 0, start_ns;
	sigset_t wait_mask;
	struct pollfd fd;
	int err = command_start(&command, target->argv, options->invoker, target->as_root,
				target->place);

	if (err)
		return err;
	stop_init(&wait_mask);
	command_await_held(&command);
	proc_cpu_ns(command.pid, &before_ns);
	start_ns = clock_monotonic_ns();
	err = command_release(&command);
	fd = (struct pollfd){ command.pid_fd, POLLIN, 0 };
	for (bool passed = false; !command_wait(&command, command.pid_fd < 0 && !stop_signal());) {
		ppoll(&fd, 1, NULL, &wait_mask);
		if (stop_signal() && stop_was_sent() && !passed)
			passed = !kill(command.pid, stop_signal());
	}
	command_usage_since(&command, before_ns, &outcome->usage);
	outcome->usage.wall_ns = clock_monotonic_ns() - start_ns;
	outcome->n_orphans = ab_orphans_end(stop_signal(), &outcome->usage);
	outcome->status = command_exit_status(&command);
	command_deinit(&command);
	if (err > 0)
		fill_not_run(outcome, err);
	return err < 0 ? err : 0;
}

static void send_text(const struct profile *profile, uint32_t string, FILE *out)
{
	fwrite(strings_get(&profile->strings, string),
	       strlen(strings_get(&profile->strings, string)) + 1, 1, out);
}

/* Of the files that some stack leads through: all that were mapped say nothing. */
static void send_modules(const struct profile *profile, FILE *out)
{
	guard_free bool *is_used = calloc(profile->modules.n, sizeof(*is_used));

	vec_each(&profile->locations, location)
		if (is_used)
			is_used[location->module] = true;
	vec_each(&profile->modules, module) {
		if (module->kind != MODULE_USER || !module->build_id || !is_used ||
		    !is_used[module - profile->modules.data])
			continue;
		send_text(profile, module->path, out);
		send_text(profile, module->build_id, out);
	}
}

static void fill_quality(const struct quality *quality, struct ab_outcome *outcome)
{
	outcome->samples = quality->samples;
	outcome->lost = quality_lost(quality);
	outcome->covered = quality->covered;
	outcome->whole = quality_whole(quality);
}

static int write_profile(const struct ab_run_options *options, struct session *session)
{
	struct output_options where = { options->profile_path, report_format_by_name("pprof") };
	const struct output_list list = { &where, 1, 1 };
	struct output_set outputs = {};
	int err = output_set_open(&outputs, &list, false, options->invoker);

	if (!err)
		err = output_set_write(&outputs, session_profile(session), &options->record.report,
				       options->invoker);
	output_set_deinit(&outputs);
	return err;
}

static int record(const struct ab_run_options *options, struct session *session,
		  struct ab_outcome *outcome, FILE *out)
{
	struct session_result result;
	int err = session_record(session);

	if (err > 0) {
		fill_not_run(outcome, err);
		fwrite(outcome, sizeof(*outcome), 1, out);
		return 0;
	}
	outcome->status = session_command_status(session);
	session_command_usage(session, &outcome->usage);
	outcome->n_orphans = ab_orphans_end(stop_signal(), &outcome->usage);
	if (!err && !stop_signal())
		err = session_finish(session, &result);
	if (!err && !stop_signal() && options->profile_path)
		err = write_profile(options, session);
	if (err)
		return err;
	if (!stop_signal())
		fill_quality(&result.quality, outcome);
	fwrite(outcome, sizeof(*outcome), 1, out);
	if (!stop_signal())
		send_modules(session_profile(session), out);
	return 0;
}

/* In the process that is made for a run. */
static int run_child(const struct ab_run_options *options, FILE *out)
{
	struct ab_outcome outcome = { .end = AB_RAN, .covered = -1, .whole = -1 };
	struct session *session = NULL;
	int err;

	if (!options->profile) {
		err = measure(options, &outcome);
		return err ? err : fwrite(&outcome, sizeof(outcome), 1, out) == 1 ? 0 : -EPIPE;
	}
	err = session_create(&options->record, options->invoker, NULL, options->names, &session);
	if (err == -EPERM || err == -EACCES || err == -EOPNOTSUPP) {
		outcome.end = AB_REFUSED;
		return fwrite(&outcome, sizeof(outcome), 1, out) == 1 ? 0 : -EPIPE;
	}
	if (!err)
		err = record(options, session, &outcome, out);
	session_destroy(session);
	return err;
}

static void __attribute__((noreturn)) child(const struct ab_run_options *options, int fd,
					     pid_t parent)
{
	FILE *out = fdopen(fd, "w");
	int err;

	/* A killed flametap ends its run, too, and not only when that would tell of it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (!out || getppid() != parent)
		_exit(EXIT_FAILED);
	ab_orphans_begin();
	/* The command is not to inherit that signals are held back. */
	stop_unblock();
	err = run_child(options, out);
	_exit(fclose(out) || err ? EXIT_FAILED : EXIT_DONE);
}

static int read_text(FILE *in, char **ret)
{
	size_t n = 0;

	*ret = NULL;
	return getdelim(ret, &n, '\0', in) > 0 ? 0 : -ENODATA;
}

static int receive(FILE *in, struct ab_outcome *ret)
{
	int err = fread(ret, sizeof(*ret), 1, in) == 1 ? 0 : -ENODATA;

	ret->modules.data = NULL;
	ret->modules.n = ret->modules.cap = 0;
	while (!err) {
		struct ab_module module = {};

		err = read_text(in, &module.path) ?: read_text(in, &module.build_id);
		if (!err)
			err = vec_push(&ret->modules, module);
		if (err) {
			free(module.path);
			free(module.build_id);
			return err == -ENODATA ? 0 : err;
		}
	}
	return err;
}

/* Until the child has closed its end; a signal that was sent to flametap alone is passed on. */
static void await(const struct ab_run_options *options, pid_t pid, int fd)
{
	struct pollfd readable = { fd, POLLIN, 0 };
	bool passed = false;

	while (ppoll(&readable, 1, NULL, &options->wait_mask) < 0 && errno == EINTR) {
		if (stop_signal() && stop_was_sent() && !passed)
			passed = !kill(pid, stop_signal());
		/* The second one is to end flametap. */
		stop_unblock();
	}
}

static int make_child(const struct ab_run_options *options, pid_t *ret_pid)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	*ret_pid = fork();
	if (!*ret_pid) {
		close(ends[0]);
		child(options, ends[1], parent);
	}
	close(ends[1]);
	if (*ret_pid > 0)
		return ends[0];
	close(ends[0]);
	return -errno;
}

int ab_run(const struct ab_run_options *options, struct ab_outcome *ret)
{
	guard_fclose FILE *in = NULL;
	pid_t pid = 0;
	int fd, status = 0, err;

	*ret = (struct ab_outcome){ .end = AB_FAILED };
	fd = make_child(options, &pid);
	if (fd < 0) {
		message("a run: no process can be made for it: %s", strerror(-fd));
		return fd;
	}
	await(options, pid, fd);
	in = fdopen(fd, "r");
	err = in ? receive(in, ret) : -ENOMEM;
	if (!in)
		close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (stop_signal())
		ret->end = AB_INTERRUPTED;
	else if (err || status)
		ret->end = AB_FAILED;
	if (WIFSIGNALED(status) && !stop_signal())
		message("a run: flametap itself was ended by signal %d", WTERMSIG(status));
	return 0;
}

void ab_outcome_deinit(struct ab_outcome *outcome)
{
	vec_each(&outcome->modules, module) {
		free(module->path);
		free(module->build_id);
	}
	vec_deinit(&outcome->modules);
}
