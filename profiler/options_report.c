// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of `flametap report` comes in; the inputs, the outputs and
 * how they are to look go out.
 */
#include <errno.h>
#include <string.h>

#include "profiler/message.h"
#include "profiler/options_shared.h"

static const char letters[] = "-:" OPTIONS_SHARED_SHORT;

static const struct option table[] = {
	OPTIONS_SHARED_LONG,
	{NULL, 0, NULL, 0},
};

static int add_input(struct report_verb_options *options, const char *path)
{
	if (!*path) {
		message("report: the name of an input is empty; give a file, or - for standard "
			"input");
		return -EINVAL;
	}
	vec_each(&options->inputs, known)
		if (!strcmp(*known, "-") && !strcmp(path, "-")) {
			message("-: standard input can be read only once; name it once");
			return -EINVAL;
		}
	return vec_push(&options->inputs, path);
}

static int take(void *options, int id, const char *value)
{
	return id == OPTIONS_OPERAND ? add_input(options, value) : -EINVAL;
}

int report_options_parse(struct report_verb_options *options, int argc, char **argv)
{
	struct options_walk walk = {
		.verb = "report",
		.outputs = &options->outputs,
		.report = &options->report,
		.quiet = &options->quiet,
		.verbose = &options->verbose,
		.no_cache = &options->no_cache,
		.debug_dirs = &options->debug_dirs,
		.debuginfod = &options->debuginfod,
	};
	int answered;

	*options = (struct report_verb_options){0};
	answered = options_walk(&walk, argc, argv, letters, table, take, options);
	if (answered)
		return answered;
	for (int i = optind; i < argc; i++)
		if (add_input(options, argv[i]))
			return -EINVAL;
	if (!options->inputs.n) {
		message("report: no input; give recordings, as in "
			"flametap report run.pb.gz -o run.svg");
		return -EINVAL;
	}
	if (options->quiet)
		options->verbose = false;
	return options_walk_end(&walk, &options->default_output) ? -EINVAL : 0;
}

void report_options_deinit(struct report_verb_options *options)
{
	vec_deinit(&options->inputs);
	vec_deinit(&options->outputs);
	vec_deinit(&options->debug_dirs);
	refine_options_deinit(&options->report.refine);
}
