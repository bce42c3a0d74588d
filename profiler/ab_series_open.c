// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The beginning of a comparison: its plan is made of the options, and where
 * the directory has one already, that must be the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/ab_files.h"
#include "profiler/ab_machine.h"
#include "profiler/ab_order.h"
#include "profiler/ab_series.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/output.h"
#include "report/format.h"

static int set_count(struct gate_manifest_words *words, const char *name, uint64_t count)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
	return gate_manifest_word_set(words, name, text);
}

/* All that the runs depend on. */
static int describe_options(const struct ab_options *options, struct gate_manifest *manifest)
{
	static const char *const ways[] = {
		[UNWIND_AUTO] = "auto", [UNWIND_CFI] = "cfi",
		[UNWIND_COPY] = "copy", [UNWIND_FP] = "fp",
	};
	const struct record_options *record = &options->record;
	struct gate_manifest_words *words = &manifest->options;
	int err = gate_manifest_word_set(words, "event", record->event.name);

	if (!err)
		err = record->count ? set_count(words, "count", record->count) :
				      set_count(words, "frequency", record->frequency);
	if (!err)
		err = gate_manifest_word_set(words, "unwind", ways[record->unwind]);
	if (!err)
		err = set_count(words, "warm_up", options->warm_up);
	if (!err)
		err = gate_manifest_word_set(words, "as_root",
					     record->target.as_root ? "yes" : "no");
	if (!err)
		err = gate_manifest_word_set(words, "waits",
					     record->mode == RECORD_WALL ? "yes" : "no");
	for (int side = 0; side < GATE_SIDES && !err; side++)
		err = gate_manifest_set(&manifest->command[side], options->commands[side]);
	if (!err)
		err = gate_manifest_set(&manifest->operations_from, options->operations ?: "");
	if (!err)
		err = gate_manifest_set(&manifest->pin, options->pin ?: "");
	manifest->first_pairs = options->n_pairs;
	manifest->max_pairs = options->max_pairs;
	return err;
}

static int make_plan(const struct ab_options *options, struct gate_manifest *manifest)
{
	int err = gate_manifest_init(manifest);

	if (!err)
		err = describe_options(options, manifest);
	if (!err)
		err = gate_manifest_set(&manifest->flametap, FLAMETAP_VERSION);
	if (!err)
		err = gate_manifest_set(&manifest->cpu_time_from, "rusage");
	if (!err)
		err = ab_machine_describe(&manifest->machine, options->record.with_cmdline);
	if (!err)
		err = ab_machine_environment(manifest);
	manifest->seed = options->seed;
	if (!err && !options->has_seed &&
	    getrandom(&manifest->seed, sizeof(manifest->seed), 0) != sizeof(manifest->seed))
		err = -EIO;
	if (!err)
		err = vec_reserve(&manifest->order, 2 * options->max_pairs);
	if (err)
		return err;
	manifest->order.n = 2 * options->max_pairs;
	ab_order_fill(manifest->seed, options->n_pairs, options->max_pairs, manifest->order.data);
	return 0;
}

static int say_other(const struct ab_series *series, const char *what, const char *was,
		     const char *is)
{
	message("%s: was begun with %s %s, and this is %s; name another directory, or the same "
		"words", series->options->directory, what, *was ? was : "(none)",
		*is ? is : "(none)");
	return -EINVAL;
}

static int say_other_count(const struct ab_series *series, const char *what, uint64_t was,
			   uint64_t is)
{
	char texts[2][32];

	snprintf(texts[0], sizeof(texts[0]), "%llu", (unsigned long long)was);
	snprintf(texts[1], sizeof(texts[1]), "%llu", (unsigned long long)is);
	return say_other(series, what, texts[0], texts[1]);
}

static int compare_options(const struct ab_series *series, const struct gate_manifest *old,
			   const struct gate_manifest *plan)
{
	for (size_t i = 0; i < plan->options.n; i++) {
		const struct gate_manifest_word *word = &plan->options.data[i];
		const char *was = gate_manifest_word(&old->options, word->name);

		if (!was || strcmp(was, word->value))
			return say_other(series, word->name, was ?: "", word->value);
	}
	return 0;
}

/* Runs of other commands, or another machine, are no replicates. */
static int compare(const struct ab_series *series, const struct gate_manifest *old,
		   const struct gate_manifest *plan)
{
	const struct gate_manifest_words *machines[] = { &old->machine, &plan->machine };
	const char *other = ab_machine_difference(machines[0], machines[1]);

	for (int side = 0; side < GATE_SIDES; side++)
		if (strcmp(old->command[side], plan->command[side]))
			return say_other(series, side == GATE_BASE ? "--base" : "--head",
					 old->command[side], plan->command[side]);
	if (old->first_pairs != plan->first_pairs)
		return say_other_count(series, "--pairs", old->first_pairs, plan->first_pairs);
	if (old->max_pairs != plan->max_pairs)
		return say_other_count(series, "--max-pairs", old->max_pairs, plan->max_pairs);
	if (series->options->has_seed && old->seed != plan->seed)
		return say_other_count(series, "--seed", old->seed, plan->seed);
	if (strcmp(old->operations_from, plan->operations_from))
		return say_other(series, "--ops-from", old->operations_from, plan->operations_from);
	if (strcmp(old->pin, plan->pin))
		return say_other(series, "--pin", old->pin, plan->pin);
	if (other)
		return say_other(series, other, gate_manifest_word(machines[0], other) ?: "",
				 gate_manifest_word(machines[1], other) ?: "");
	return compare_options(series, old, plan);
}

static bool is_good(const struct gate_manifest_run *run)
{
	return !run->status && run->operations > 0;
}

/* A pair's runs are done one after the other, or both anew. What is left of one is the last of all,
 * since warm-up runs are done when flametap starts. */
static void drop_half_pair(struct ab_series *series)
{
	struct gate_manifest *manifest = &series->manifest;

	while (manifest->runs.n) {
		const struct gate_manifest_run *last = &manifest->runs.data[manifest->runs.n - 1];

		if ((last->warm_up && is_good(last)) ||
		    (is_good(last) && last->pair < ab_series_pairs(series)))
			return;
		ab_files_drop_run(series->dir_fd, series->invoker, last);
		free(last->file);
		manifest->runs.n--;
	}
}

static int go_on(struct ab_series *series, int fd)
{
	guard(gate_manifest_deinit) struct gate_manifest plan = {};
	struct report_error error = {};
	size_t n_runs;
	int err = gate_manifest_read(fd, &series->manifest, &error);

	if (err) {
		message("%s/manifest.json: %s", series->options->directory,
			*error.text ? error.text : strerror(-err));
		return err;
	}
	err = make_plan(series->options, &plan);
	if (!err)
		err = compare(series, &series->manifest, &plan);
	else
		message("%s: %s", series->options->directory, strerror(-err));
	if (err)
		return err;
	n_runs = series->manifest.runs.n;
	drop_half_pair(series);
	series->goes_on = series->manifest.runs.n;
	/* All runs alike: with profiles if the first one has one. */
	vec_each(&series->manifest.runs, run) {
		if (!run->warm_up && !series->profile_known)
			series->profile = run->profile;
		series->profile_known |= !run->warm_up;
	}
	/* What is gone is named no more, should this end before a run does. */
	return series->manifest.runs.n == n_runs ? 0 : ab_series_save(series);
}

int ab_series_plan(struct ab_series *series)
{
	guard_close int fd = openat(series->dir_fd, "manifest.json", O_RDONLY | O_CLOEXEC);
	int err;

	if (fd >= 0)
		return go_on(series, fd);
	err = errno == ENOENT ? make_plan(series->options, &series->manifest) : -errno;
	if (err)
		message("%s: %s", series->options->directory, strerror(-err));
	return err;
}

int ab_series_save(struct ab_series *series)
{
	guard_free char *path = NULL;
	struct output output = {};
	int err;

	if (asprintf(&path, "%s/manifest.json", series->options->directory) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	err = output_open(&output, path, false, series->invoker);
	if (!err)
		err = gate_manifest_write(&series->manifest, output.stream);
	if (!err || (output.stream && ferror(output.stream)))
		err = output_commit(&output, series->invoker);
	output_discard(&output);
	return err;
}
