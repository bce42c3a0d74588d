// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap report`: recordings of whatever format come in and are added up;
 * what has no name yet is looked for in the files that it ran from; the sum
 * goes out in whatever formats were asked for.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/downloads.h"
#include "profiler/inputs.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/output_set.h"
#include "profiler/refined.h"
#include "profiler/verb.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/profile.h"

static int read_inputs(const struct report_verb_options *options, struct profile *profile)
{
	vec_each(&options->inputs, path) {
		int err = inputs_read_one(*path, options->quiet, profile);

		if (err)
			return err;
	}
	/* Sides of other sizes: the sums would be shares of nothing. */
	if (options->inputs.n > 1 && diff_is(profile)) {
		message("%s: is a difference, which cannot be added to another; give flametap diff "
			"all recordings of both sides", options->inputs.data[0]);
		return -EINVAL;
	}
	return 0;
}

static int report(const struct report_verb_options *options, struct profile *profile,
		  struct output_set *outputs, const struct invoker *invoker,
		  const struct downloads *downloads)
{
	guard(refined_deinit) struct refined refined = {};
	struct inputs_options inputs_options = {
		.debug_dirs = &options->debug_dirs,
		.no_cache = options->no_cache,
		.quiet = options->quiet,
		.verbose = options->verbose,
	};
	int err = output_set_open(outputs, &options->outputs, options->default_output, invoker);

	if (err)
		return EXIT_FAILED;
	err = read_inputs(options, profile);
	if (err == -EINVAL)
		return EXIT_USAGE;
	if (!err)
		err = inputs_resolve(&inputs_options, profile, downloads);
	if (!err)
		err = profile_finish(profile);
	if (err) {
		message("report: %s; try fewer inputs at once", strerror(-err));
		return EXIT_FAILED;
	}
	err = refined_init(&refined, profile, &options->report);
	if (err)
		return err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	if (output_set_write(outputs, refined.shown, &options->report, invoker))
		return EXIT_FAILED;
	if (options->default_output && !options->quiet)
		message("wrote flametap.svg");
	return EXIT_DONE;
}

int verb_report(int argc, char **argv)
{
	struct report_verb_options options;
	struct output_set outputs = {0};
	struct invoker invoker = {0};
	struct downloads downloads = {0};
	struct profile profile = {0};
	int status = EXIT_FAILED;
	int err = report_options_parse(&options, argc, argv);

	if (err) {
		report_options_deinit(&options);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	err = invoker_init(&invoker);
	if (!err)
		err = profile_init(&profile);
	if (err)
		message("report: %s; free some memory", strerror(-err));
	else if (!downloads_init(&downloads, options.debuginfod, options.quiet, &invoker))
		status = report(&options, &profile, &outputs, &invoker, &downloads);
	downloads_deinit(&downloads);
	output_set_deinit(&outputs);
	profile_deinit(&profile);
	invoker_deinit(&invoker);
	report_options_deinit(&options);
	return status;
}
