// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap cpu`: options in; outputs are checked, a session records, the
 * files are written and the terminal is told how it went.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/output.h"
#include "profiler/session.h"
#include "profiler/summary.h"
#include "profiler/verb.h"

struct outputs {
	struct output *items;
	size_t n;
	struct output stats; /* of --stats */
};

static int outputs_open(struct outputs *outputs, const struct cpu_options *options,
			const struct invoker *invoker)
{
	int err = 0;

	outputs->items = calloc(options->outputs.n, sizeof(*outputs->items));
	if (!outputs->items)
		return -ENOMEM;
	for (size_t i = 0; !err && i < options->outputs.n; i++) {
		err = output_open(&outputs->items[i], options->outputs.data[i].path,
				  options->default_output, invoker);
		if (!err)
			outputs->n++;
	}
	if (!err && options->stats_path)
		err = output_open(&outputs->stats, options->stats_path, false, invoker);
	return err;
}

static void outputs_discard(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		output_discard(&outputs->items[i]);
	output_discard(&outputs->stats);
	free(outputs->items);
}

/* Each file is tried, so that a full disk under one does not cost the others. */
static int outputs_write(struct outputs *outputs, const struct cpu_options *options,
			 const struct profile *profile, const struct quality *quality,
			 const struct invoker *invoker)
{
	int result = 0;

	for (size_t i = 0; i < outputs->n; i++) {
		struct output *output = &outputs->items[i];
		int err = options->outputs.data[i].format->write(profile, &options->report,
								 output->stream);

		/* What went wrong with the stream itself is said by the commit. */
		if (!err || ferror(output->stream))
			err = output_commit(output, invoker);
		else
			message("%s: %s", output->path, strerror(-err));
		if (err && !result)
			result = err;
	}
	if (options->stats_path) {
		int err = quality_write_json(quality, outputs->stats.stream);

		if (!err || ferror(outputs->stats.stream))
			err = output_commit(&outputs->stats, invoker);
		if (err && !result)
			result = err;
	}
	return result;
}

static bool quality_suffices(const struct cpu_options *options, const struct quality *quality)
{
	double whole = quality_whole(quality);

	if (options->min_quality < 0)
		return true;
	if (whole * 100 >= options->min_quality)
		return true;
	if (whole < 0)
		message("--min-quality: no sample has a user stack; nothing can be said of them");
	else
		message("--min-quality: %.1f%% of the samples have a whole stack, %.1f%% are "
			"asked for",
			whole * 100, options->min_quality);
	return false;
}

/* With CMD the statuses of flametap itself are those of env(1). */
static int status_of_error(const struct cpu_options *options, int err)
{
	if (err == ENOENT)
		return EXIT_CMD_NOT_FOUND;
	if (err > 0)
		return EXIT_CMD_CANNOT_RUN;
	return options->target.kind == TARGET_COMMAND ? EXIT_CMD_FAILED : EXIT_FAILED;
}

static int record(const struct cpu_options *options, const struct invoker *invoker,
		  struct outputs *outputs, struct session *session)
{
	bool command = options->target.kind == TARGET_COMMAND;
	struct session_result result;
	int err = session_record(session), written, status;

	if (err > 0) {
		message("%s: %s", options->target.argv[0], strerror(err));
		return status_of_error(options, err);
	}
	if (!err)
		err = session_finish(session, &result);
	if (err) {
		message("the recording could not be finished: %s", strerror(-err));
		return status_of_error(options, err);
	}
	written = outputs_write(outputs, options, session_profile(session), &result.quality,
				invoker);
	if (!options->quiet)
		summary_print(options, session_profile(session), &result);
	status = command ? session_command_status(session) : EXIT_DONE;
	if ((written || !quality_suffices(options, &result.quality)) && status == EXIT_DONE)
		status = command && written ? EXIT_CMD_FAILED : EXIT_FAILED;
	return status;
}

static bool machine_is_supported(void)
{
	struct utsname machine;

	if (!uname(&machine) && !strcmp(machine.machine, "x86_64"))
		return true;
	message("%s: this machine is not supported; flametap runs on x86_64", machine.machine);
	return false;
}

int verb_cpu(int argc, char **argv)
{
	struct cpu_options options;
	struct outputs outputs = {};
	struct invoker invoker = {};
	struct session *session = NULL;
	int status = EXIT_FAILED;
	int err = cpu_options_parse(&options, argc, argv);

	if (err) {
		status = err > 0 ? EXIT_DONE : EXIT_USAGE;
		goto out;
	}
	if (!machine_is_supported())
		goto out;
	err = invoker_init(&invoker);
	if (!err)
		err = outputs_open(&outputs, &options, &invoker);
	if (!err)
		err = session_create(&options, &invoker, &session);
	status = err ? status_of_error(&options, err) : record(&options, &invoker, &outputs, session);
out:
	session_destroy(session);
	outputs_discard(&outputs);
	invoker_deinit(&invoker);
	cpu_options_deinit(&options);
	return status;
}
