// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a plan: warm-up runs, then pair by pair. What a run has to say is in
 * the manifest before the next one begins; one that fails ends it all.
 */
#include "profiler/ab_series.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/ab_files.h"
#include "profiler/ab_machine.h"
#include "profiler/ab_run.h"
#include "profiler/capture.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/session_error.h"
#include "profiler/stop.h"

#define MOST_COVERED 2.0

static int init_commands(struct ab_series *series)
{
	const struct ab_options *options = series->options;
	char error[AB_OPERATIONS_ERROR];
	const char *why;
	int err = 0;

	for (int side = 0; side < GATE_SIDES && !err; side++) {
		struct ab_command *command = &series->commands[side];

		err = ab_command_init(command, options->commands[side]);
		if (!err && !command->shell)
			series->programs[side] = ab_command_program(command);
	}
	if (!err && options->operations)
		err = ab_operations_create(options->operations, &series->operations, error);
	if (!err && options->pin)
		err = ab_pin_init(&series->pin, options->pin, &why);
	if (err)
		message("%s: %s", options->directory, strerror(-err));
	return err;
}

int ab_series_init(struct ab_series *series, const struct ab_options *options,
		   const struct invoker *invoker)
{
	int err;

	*series = AB_SERIES_NONE;
	series->options = options;
	series->invoker = invoker;
	series->profile = true;
	ab_progress_init(&series->progress, options->quiet, options->verbose);
	err = ab_files_open_directory(options->directory, invoker, &series->dir_fd);
	if (!err)
		err = ab_series_plan(series);
	if (!err)
		err = init_commands(series);
	if (err)
		return err;
	/* With its seed, for who goes on although no run was finished. */
	if (!series->goes_on)
		err = ab_series_save(series);
	if (err)
		return err;
	series->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return series->null_fd < 0 ? -errno : 0;
}

void ab_series_deinit(struct ab_series *series)
{
	for (int side = 0; side < GATE_SIDES; side++) {
		ab_command_deinit(&series->commands[side]);
		free(series->programs[side]);
	}
	session_names_deinit(&series->names);
	ab_operations_destroy(series->operations);
	ab_pin_deinit(&series->pin);
	gate_manifest_deinit(&series->manifest);
	if (series->null_fd >= 0)
		close(series->null_fd);
	if (series->hold_fd >= 0)
		close(series->hold_fd);
	if (series->dir_fd >= 0)
		close(series->dir_fd);
}

size_t ab_series_pairs(const struct ab_series *series)
{
	size_t n_halves = 0;

	/* Each half of a pair is there once at most, and in the order of the plan. */
	vec_each(&series->manifest.runs, run)
		n_halves += !run->warm_up && !run->status && run->operations > 0;
	return n_halves / 2;
}

/* The builds that were run. A program that is another one now is no replicate; any other file that
 * has changed may be what the command makes itself. */
static int add_modules(struct ab_series *series, enum gate_side side,
		       const struct ab_outcome *outcome)
{
	struct gate_manifest_words *words = &series->manifest.build_ids[side];

	vec_each(&outcome->modules, module) {
		const char *was = gate_manifest_word(words, module->path);

		if (!was && gate_manifest_word_set(words, module->path, module->build_id))
			return -ENOMEM;
		if (!was || !strcmp(was, module->build_id) || !series->programs[side] ||
		    strcmp(series->programs[side], module->path))
			continue;
		ab_progress_wipe(&series->progress);
		message("%s: was built anew since the first run of the %s; keep what is compared, "
			"and begin again in another directory",
			module->path, gate_side_name(side));
		return -ESTALE;
	}
	return 0;
}

/* The last line that the command wrote to its standard error. */
static void say_failed(struct ab_series *series, const struct gate_manifest_run *run,
		       const struct ab_outcome *outcome, const struct ab_files *files)
{
	char line[256];

	ab_progress_wipe(&series->progress);
	if (outcome->end == AB_NOT_RUN) {
		message("%s: %s", series->commands[run->side].argv[0], strerror(outcome->error));
		return;
	}
	ab_files_last_error(files, line, sizeof(line));
	message("run %llu (%s) ended with status %llu%s%s; see %s/%s",
		(unsigned long long)run->number, gate_side_name(run->side),
		(unsigned long long)run->status, *line ? ": " : "", line,
		series->options->directory, files->error_name);
}

static void say_orphans(struct ab_series *series, const struct gate_manifest_run *run,
			const struct ab_outcome *outcome)
{
	if (!outcome->n_orphans || series->said_orphans || series->options->quiet)
		return;
	series->said_orphans = true;
	ab_progress_wipe(&series->progress);
	message("run %llu (%s): %zu of the processes that it started live on; their CPU time is not "
		"counted, and they disturb the next run; let the command wait for them",
		(unsigned long long)run->number, gate_side_name(run->side), outcome->n_orphans);
}

static int read_operations(struct ab_series *series, struct gate_manifest_run *run,
			   struct ab_files *files)
{
	char error[AB_OPERATIONS_ERROR] = "out of memory";
	guard_fclose FILE *output = NULL;
	int err = 0;

	run->operations = 1;
	if (!series->operations)
		return 0;
	if (ab_operations_from_output(series->operations)) {
		output = ab_files_output(files);
		err = output ? 0 : -ENOMEM;
	} else {
		err = invoker_begin(series->invoker);
	}
	if (!err)
		err = ab_operations_read(series->operations, output, &run->operations, error);
	if (!output)
		invoker_end(series->invoker);
	if (!err)
		return 0;
	run->operations = 0;
	ab_progress_wipe(&series->progress);
	message("--ops-from: run %llu (%s): %s", (unsigned long long)run->number,
		gate_side_name(run->side), error);
	return err;
}

static void fill_run(struct gate_manifest_run *run, const struct ab_outcome *outcome)
{
	run->status = (uint64_t)outcome->status;
	run->cpu_ns = outcome->usage.cpu_ns;
	run->user_ns = outcome->usage.user_ns;
	run->system_ns = outcome->usage.system_ns;
	run->wall_ns = outcome->usage.wall_ns;
	run->samples = outcome->samples;
	run->lost = outcome->lost;
	/* Of a run shorter than a tick it can be anything. */
	run->covered = fmin(outcome->covered, MOST_COVERED);
	run->whole = outcome->whole;
}

/* The gate takes no run without samples: better known now than after the last run. */
static void say_empty(struct ab_series *series, const struct gate_manifest_run *run)
{
	if (!series->profile || run->samples || series->said_empty || series->options->quiet)
		return;
	series->said_empty = true;
	ab_progress_wipe(&series->progress);
	message("run %llu (%s): no samples in %.3f s of CPU time; let it do more, or flametap gate "
		"will "
		"not take it",
		(unsigned long long)run->number, gate_side_name(run->side), run->cpu_ns / 1e9);
}

/* What a run has to say is taken down, also when it is that it failed. */
static int take_outcome(struct ab_series *series, struct gate_manifest_run *run,
			const struct ab_outcome *outcome, struct ab_files *files)
{
	int err, saved;

	fill_run(run, outcome);
	err = run->status ? -ECHILD : 0;
	if (err)
		say_failed(series, run, outcome, files);
	else
		err = read_operations(series, run, files);
	if (!err)
		err = add_modules(series, run->side, outcome);
	/* A profile that stands under a wrong build, or of half a run, is not one of the pairs. */
	if (err && !run->status)
		run->operations = 0;
	ab_files_keep(files, run->status);
	saved = gate_manifest_add_run(&series->manifest, run);
	if (!saved)
		saved = ab_series_save(series);
	if (!err && !saved) {
		ab_progress_end(&series->progress, run);
		say_empty(series, run);
		say_orphans(series, run, outcome);
	}
	return err ? err : saved;
}

static uint64_t begun_ns(struct ab_series *series)
{
	struct gate_manifest_words *words = &series->manifest.machine;
	const char *begun = gate_manifest_word(words, "begun");
	char text[32];

	if (begun)
		return strtoull(begun, NULL, 10) * 1000000000ULL;
	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)(clock_ns(CLOCK_REALTIME) / 1000000000));
	(void)gate_manifest_word_set(words, "begun", text);
	return begun_ns(series);
}

static int run_once(struct ab_series *series, struct gate_manifest_run *run, struct ab_files *files)
{
	const struct ab_options *options = series->options;
	struct command_place place = {
		.in_fd = series->null_fd,
		.out_fd = files->output_fd >= 0 ? files->output_fd : series->null_fd,
		.err_fd = files->error_fd,
		.cpus = series->pin.cpus,
		.cpus_size = series->pin.size,
	};
	struct ab_run_options how = {
		.record = options->record,
		.invoker = series->invoker,
		.profile = series->profile,
		.profile_path = run->warm_up ? NULL : files->profile_path,
		.names = series->has_names ? &series->names : NULL,
	};
	struct ab_outcome outcome;
	int err;

	how.wait_mask = series->wait_mask;
	how.record.target.argv = series->commands[run->side].argv;
	how.record.target.place = &place;
	if (series->operations)
		ab_operations_begin(series->operations);
	run->load1 = ab_machine_load();
	run->started = (clock_ns(CLOCK_REALTIME) - begun_ns(series)) / 1e9;
	ab_progress_begin(&series->progress, run);
	err = ab_run(&how, &outcome);
	if (!err && outcome.end == AB_REFUSED)
		err = -EPERM;
	else if (!err && outcome.end == AB_INTERRUPTED)
		err = -EINTR;
	else if (!err && outcome.end == AB_FAILED)
		err = -EIO;
	if (!err) {
		series->profile_known = true;
		run->profile = series->profile && !run->warm_up;
		run->file = run->profile ? files->profile_name : (char *)"";
		err = take_outcome(series, run, &outcome, files);
	} else if (err != -EPERM) {
		ab_files_drop(files);
	}
	ab_outcome_deinit(&outcome);
	return err;
}

static int run_one(struct ab_series *series, bool warm_up, uint64_t pair, enum gate_side side)
{
	struct gate_manifest_run run = {
		.number = series->manifest.runs.n,
		.pair = pair,
		.side = side,
		.warm_up = warm_up,
	};
	bool output = series->operations && ab_operations_from_output(series->operations);
	guard(ab_files_deinit) struct ab_files files = {};
	int err = ab_files_init(&files, series->options->directory, series->dir_fd, series->invoker,
				&run, output);

	if (!err)
		err = run_once(series, &run, &files);
	if (err != -EPERM)
		return err;
	if (series->profile_known) {
		message("%s: its runs so far have profiles; go on with the rights that it was "
			"begun "
			"with",
			series->options->directory);
		return err;
	}
	/* It was said what is missing. The program's CPU time needs no rights. */
	ab_progress_wipe(&series->progress);
	message("profiles: not to be had; the program's CPU time alone will be compared");
	series->profile = false;
	return run_once(series, &run, &files);
}

static int warm_up(struct ab_series *series)
{
	for (uint64_t i = 0; i < series->options->warm_up; i++)
		for (int side = 0; side < GATE_SIDES; side++) {
			int err = run_one(series, true, 0, side);

			if (err)
				return err;
		}
	return 0;
}

/* What takes long and is the same for each run. Without it each run has its own. */
static void share_between_runs(struct ab_series *series)
{
	if (!series->profile || series->has_names)
		return;
	series->has_names = !session_names_init(&series->names, &series->options->record, NULL);
	series->hold_fd = capture_hold();
}

int ab_series_run(struct ab_series *series, size_t n_pairs)
{
	const struct ab_options *options = series->options;
	size_t n_done = ab_series_pairs(series);
	int err = 0;

	if (n_done >= n_pairs)
		return 0;
	stop_init(&series->wait_mask);
	share_between_runs(series);
	series->progress.n_runs += 2 * (n_pairs - n_done);
	if (!series->progress.n_done) {
		series->progress.n_runs += 2 * options->warm_up;
		err = warm_up(series);
	}
	for (size_t i = 2 * n_done; !err && i < 2 * n_pairs; i++)
		err = run_one(series, false, i / 2, series->manifest.order.data[i]);
	ab_progress_wipe(&series->progress);
	return err;
}
