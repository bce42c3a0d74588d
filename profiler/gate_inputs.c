// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory or lists of files come in, runs in pairs go out. Whatever is
 * missing is an error here: a gate that goes on without it would pass what
 * nobody has looked at.
 */
#include "profiler/gate_inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "report/format.h"

void gate_inputs_deinit(struct gate_inputs *inputs)
{
	vec_each(&inputs->items, item)
		free(item->path);
	vec_deinit(&inputs->items);
	if (inputs->has_manifest)
		gate_manifest_deinit(&inputs->manifest);
}

static int add(struct gate_inputs *inputs, const struct gate_input *input)
{
	int err = vec_push(&inputs->items, *input);

	if (err)
		free(input->path);
	return err;
}

/* Files. */

static int list_files(struct gate_inputs *inputs, const struct gate_verb_options *options)
{
	int err = 0;

	for (int side = 0; side < GATE_SIDES; side++) {
		vec_each(&options->sides[side], path) {
			struct gate_input input = {
				.side = side,
				.pair = inputs->n[side]++,
				.path = strdup(*path),
				.run = { .operations = 1 },
			};

			if (err)
				break;
			err = input.path ? add(inputs, &input) : -ENOMEM;
		}
	}
	inputs->n_pairs = inputs->n[GATE_BASE] > inputs->n[GATE_HEAD] ? inputs->n[GATE_BASE] :
									inputs->n[GATE_HEAD];
	inputs->paired = options->paired && inputs->n_pairs > 1;
	inputs->first_pairs = inputs->last_pairs = inputs->n_pairs;
	return err;
}

/* A directory. */

static int open_manifest(const char *directory, char **ret_path)
{
	struct stat st;
	int fd;

	if (asprintf(ret_path, "%s/manifest.json", directory) < 0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	fd = open(*ret_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		message("%s: %s; give a directory that flametap ab made", *ret_path,
			strerror(errno));
		return -EINVAL;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	message("%s: no regular file; give a directory that flametap ab made", *ret_path);
	close(fd);
	return -EINVAL;
}

static int read_manifest(struct gate_inputs *inputs, const char *directory)
{
	struct report_error error = { "" };
	guard_free char *path = NULL;
	guard_close int fd = open_manifest(directory, &path);
	int err;

	if (fd < 0)
		return fd;
	inputs->has_manifest = true;
	err = gate_manifest_read(fd, &inputs->manifest, &error);
	if (!err || !error.text[0])
		return err;
	message("%s: %s%s", path, error.text,
		strchr(error.text, ';') ? "" : "; let flametap ab make the runs again");
	return -EINVAL;
}

/* What a run has to say before anything is made of it. */
static int check_run(const char *directory, const struct gate_manifest_run *run,
		     struct report_error *why)
{
	const struct gate_run cost = { .cpu_ns = run->cpu_ns, .operations = run->operations };
	const char *side = gate_side_name(run->side);

	if (run->status) {
		message("%s: run %" PRIu64 " (%s) ended with status %" PRIu64 ", so it is no measure "
			"of what it should do; mend the command and run flametap ab again",
			directory, run->number, side, run->status);
		return -EINVAL;
	}
	if (!run->cpu_ns) {
		message("%s: run %" PRIu64 " (%s) used no CPU time; let it do more", directory,
			run->number, side);
		return -EINVAL;
	}
	if (gate_run_is_usable(&cost))
		return 0;
	if (run->operations > 0) {
		report_error_set(why, "%.100s: run %" PRIu64 " (%s) says that it did %g operations, "
				 "which cannot be; see what it prints and what flametap ab "
				 "--ops-from looks for", directory, run->number, side,
				 run->operations);
		return -EXDEV;
	}
	report_error_set(why, "%.100s: run %" PRIu64 " (%s) does not say how many operations it did; "
			 "see what it prints and what flametap ab --ops-from looks for", directory,
			 run->number, side);
	return -EXDEV;
}

/* Waiting for what somebody writes into a pipe would take for ever. */
static int check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) || S_ISREG(st.st_mode))
		return 0; /* what cannot be opened is said by who reads it */
	message("%s: no regular file; let flametap ab make the runs again", path);
	return -EINVAL;
}

static int add_run(struct gate_inputs *inputs, const char *directory,
		   const struct gate_manifest_run *run)
{
	struct gate_input input = {
		.side = run->side,
		.pair = run->pair,
		.run = {
			.cpu_ns = run->cpu_ns,
			.operations = run->operations,
			.lost = run->lost,
			.wall_ns = run->wall_ns,
			.whole = NAN,
		},
		.offcpu_ns = run->offcpu_ns,
		.n_recorded = run->samples,
	};
	int err = 0;

	if (run->profile && asprintf(&input.path, "%s/%s", directory, run->file) < 0)
		return -ENOMEM;
	if (run->profile)
		err = check_file(input.path);
	if (err) {
		free(input.path);
		return err;
	}
	inputs->n_unprofiled += !run->profile;
	return add(inputs, &input);
}

/* How many pairs are whole: ab makes them one after the other, so that only the last can be half. */
static int count_pairs(struct gate_inputs *inputs, const char *directory)
{
	const struct gate_manifest *manifest = &inputs->manifest;
	size_t n[GATE_SIDES] = {};
	size_t n_most;

	vec_each(&manifest->runs, run) {
		if (run->warm_up)
			continue;
		if (run->pair != n[run->side]++) {
			message("%s/manifest.json: run %" PRIu64 " is of pair %" PRIu64 ", and pair "
				"%zu is missing; let flametap ab make the runs again", directory,
				run->number, run->pair, n[run->side] - 1);
			return -EINVAL;
		}
	}
	inputs->n_pairs = n[GATE_BASE] < n[GATE_HEAD] ? n[GATE_BASE] : n[GATE_HEAD];
	n_most = n[GATE_BASE] + n[GATE_HEAD] - inputs->n_pairs;
	if (n_most > inputs->n_pairs + 1) {
		message("%s/manifest.json: has %zu runs of the base and %zu of the head; let flametap "
			"ab make the runs again", directory, n[GATE_BASE], n[GATE_HEAD]);
		return -EINVAL;
	}
	if (!inputs->n_pairs) {
		message("%s: has no pair of runs; let flametap ab go on", directory);
		return -EINVAL;
	}
	inputs->n[GATE_BASE] = inputs->n[GATE_HEAD] = inputs->n_pairs;
	return 0;
}

static int list_directory(struct gate_inputs *inputs, const char *directory,
			  struct report_error *why)
{
	int err = read_manifest(inputs, directory);

	if (!err)
		err = count_pairs(inputs, directory);
	if (err)
		return err;
	/* One that failed is told of wherever it stands: it may be what keeps the head from its pairs. */
	vec_each(&inputs->manifest.runs, run) {
		err = err ?: check_run(directory, run, why);
		if (!err && !run->warm_up && run->pair < inputs->n_pairs)
			err = add_run(inputs, directory, run);
	}
	if (!err && inputs->n_unprofiled && inputs->n_unprofiled < inputs->items.n) {
		report_error_set(why, "%.100s: %zu of %zu runs have no profile; let flametap ab make "
				 "all of them with the same rights", directory, inputs->n_unprofiled,
				 inputs->items.n);
		err = -EXDEV;
	}
	inputs->paired = inputs->n_pairs > 1;
	inputs->first_pairs = inputs->manifest.first_pairs;
	inputs->last_pairs = inputs->manifest.max_pairs;
	return err;
}

int gate_inputs_init(struct gate_inputs *inputs, const struct gate_verb_options *options,
		     struct report_error *why)
{
	*inputs = (struct gate_inputs){};
	return options->directory ? list_directory(inputs, options->directory, why) :
				    list_files(inputs, options);
}
