// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of `flametap symbolize` comes in; the file, the addresses
 * and how the answers are to be written go out. The options are addr2line's.
 */
#include <errno.h>

#include "profiler/message.h"
#include "profiler/options_shared.h"

static const char letters[] = "-:e:j:afiCpsh";

static const struct option table[] = {
	{"exe", required_argument, NULL, 'e'},
	{"section", required_argument, NULL, 'j'},
	{"addresses", no_argument, NULL, 'a'},
	{"functions", no_argument, NULL, 'f'},
	{"inlines", no_argument, NULL, 'i'},
	{"demangle", no_argument, NULL, 'C'},
	{"pretty-print", no_argument, NULL, 'p'},
	{"basenames", no_argument, NULL, 's'},
	{"debug-dir", required_argument, NULL, OPTION_DEBUG_DIR},
	{"no-cache", no_argument, NULL, OPTION_NO_CACHE},
	{"debuginfod", no_argument, NULL, OPTION_DEBUGINFOD},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* A name that may be given once. */
static int take_name(const char **name, const char *letter, const char *value)
{
	if (!*value)
		return options_wrong(letter, "''", "the name is empty");
	if (*name)
		return options_wrong(letter, value, "was there already; give it once");
	*name = value;
	return 0;
}

static int take(void *ctx, int id, const char *value)
{
	struct symbolize_options *options = ctx;

	switch (id) {
	case OPTIONS_OPERAND:
		return vec_push(&options->addresses, value);
	case 'e':
		return take_name(&options->path, "-e", value);
	case 'j':
		return take_name(&options->section, "-j", value);
	case 'a':
		options->with_addresses = true;
		return 0;
	case 'f':
		options->functions = true;
		return 0;
	case 'i':
		options->inlines = true;
		return 0;
	case 'C':
		options->demangle = true;
		return 0;
	case 'p':
		options->pretty = true;
		return 0;
	case 's':
		options->basenames = true;
		return 0;
	}
	return -EINVAL;
}

int symbolize_options_parse(struct symbolize_options *options, int argc, char **argv)
{
	struct options_walk walk = {
		.verb = "symbolize",
		.no_cache = &options->no_cache,
		.debug_dirs = &options->debug_dirs,
		.debuginfod = &options->debuginfod,
	};
	int answered;

	*options = (struct symbolize_options){0};
	answered = options_walk(&walk, argc, argv, letters, table, take, options);
	if (answered)
		return answered;
	for (int i = optind; i < argc; i++)
		if (take(options, OPTIONS_OPERAND, argv[i]))
			return -EINVAL;
	if (!options->path) {
		message("symbolize: no file; give the program or library, as in "
			"flametap symbolize -e prog 0x1234");
		return -EINVAL;
	}
	return 0;
}

void symbolize_options_deinit(struct symbolize_options *options)
{
	vec_deinit(&options->addresses);
	vec_deinit(&options->debug_dirs);
}
