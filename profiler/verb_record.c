// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the verbs that record do: options in; outputs are checked, a session
 * records, the files are written and the terminal is told how it went.
 */
#include "profiler/verb_record.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/guard.h"
#include "profiler/downloads.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/output.h"
#include "profiler/output_set.h"
#include "profiler/refined.h"
#include "profiler/session.h"
#include "profiler/summary.h"

static int stats_write(const struct record_options *options, struct output *stats,
		       const struct quality *quality, const struct invoker *invoker)
{
	int err;

	if (!options->stats_path)
		return 0;
	err = quality_write_json(quality, stats->stream);
	/* What went wrong with the stream itself is said by the commit. */
	return err && !ferror(stats->stream) ? err : output_commit(stats, invoker);
}

static bool quality_suffices(const struct record_options *options, const struct quality *quality)
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
static int status_of_error(const struct record_options *options, int err)
{
	if (err == ENOENT)
		return EXIT_CMD_NOT_FOUND;
	if (err > 0)
		return EXIT_CMD_CANNOT_RUN;
	return options->target.kind == TARGET_COMMAND ? EXIT_CMD_FAILED : EXIT_FAILED;
}

static int record(const struct record_options *options, const struct invoker *invoker,
		  struct output_set *outputs, struct output *stats, struct session *session,
		  const struct downloads *downloads)
{
	bool command = options->target.kind == TARGET_COMMAND;
	guard(refined_deinit) struct refined refined = {};
	struct session_result result;
	int err = session_record(session), refined_err, written, status;

	if (err > 0) {
		message("%s: %s", options->target.argv[0], strerror(err));
		return status_of_error(options, err);
	}
	if (!err) {
		err = session_finish(session, &result);
		if (err)
			message("the recording could not be finished: %s", strerror(-err));
	}
	if (err) {
		/* CMD is nobody's to wait for, once flametap has gone. */
		if (command)
			session_command_status(session);
		return status_of_error(options, err);
	}
	refined_err = refined_init(&refined, session_profile(session), &options->report);
	written = output_set_write(outputs, refined.shown, &options->report, invoker);
	if (!written)
		written = refined_err; /* what was recorded is not lost for that */
	err = stats_write(options, stats, &result.quality, invoker);
	if (!written)
		written = err;
	if (!options->quiet && !written)
		for (size_t i = 0; i < options->outputs.n; i++)
			if (strcmp(options->outputs.data[i].path, "-"))
				message("wrote %s", options->outputs.data[i].path);
	if (!options->quiet) {
		downloads_tell(downloads);
		summary_print(options, refined.shown, &result);
	}
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

int verb_record(record_parse parse, int argc, char **argv)
{
	struct record_options options;
	struct output_set outputs = {};
	struct output stats = {};
	struct invoker invoker = {};
	struct downloads downloads = {};
	struct session *session = NULL;
	int status = EXIT_FAILED;
	int err = parse(&options, argc, argv);

	if (err) {
		status = err > 0 ? EXIT_DONE : EXIT_USAGE;
		goto out;
	}
	if (!machine_is_supported())
		goto out;
	err = invoker_init(&invoker);
	if (!err)
		err = output_set_open(&outputs, &options.outputs, options.default_output, &invoker);
	if (!err && options.stats_path)
		err = output_open(&stats, options.stats_path, false, &invoker);
	if (!err)
		err = downloads_init(&downloads, options.debuginfod, options.quiet, &invoker);
	if (!err)
		err = session_create(&options, &invoker, downloads.debuginfod, NULL, &session);
	status = err ? status_of_error(&options, err) :
		       record(&options, &invoker, &outputs, &stats, session, &downloads);
out:
	session_destroy(session);
	downloads_deinit(&downloads);
	output_discard(&stats);
	output_set_deinit(&outputs);
	invoker_deinit(&invoker);
	record_options_deinit(&options);
	return status;
}
