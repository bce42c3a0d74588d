// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of `flametap gate` comes in; where the runs are, what is
 * allowed and how sure one wants to be go out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gate/verdict.h"
#include "profiler/message.h"
#include "profiler/options_shared.h"

static const char letters[] = "-:qvh";

static const struct option table[] = {
	{ "base", required_argument, NULL, OPTION_BASE },
	{ "head", required_argument, NULL, OPTION_HEAD },
	{ "paired", no_argument, NULL, OPTION_PAIRED },
	{ "budget", required_argument, NULL, OPTION_BUDGET },
	{ "alpha", required_argument, NULL, OPTION_ALPHA },
	{ "inconclusive", required_argument, NULL, OPTION_INCONCLUSIVE },
	{ "md", required_argument, NULL, OPTION_MD },
	{ "junit", required_argument, NULL, OPTION_JUNIT },
	{ "json", required_argument, NULL, OPTION_JSON },
	{ "benchmark-json", required_argument, NULL, OPTION_BENCHMARK_JSON },
	{ "github", no_argument, NULL, OPTION_GITHUB },
	{ "flame", required_argument, NULL, OPTION_FLAME },
	{ "self-test", no_argument, NULL, OPTION_SELF_TEST },
	{ "debug-dir", required_argument, NULL, OPTION_DEBUG_DIR },
	{ "no-cache", no_argument, NULL, OPTION_NO_CACHE },
	{ "debuginfod", no_argument, NULL, OPTION_DEBUGINFOD },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* What the walk has seen beside the options. */
struct gate_walk {
	struct gate_verb_options *options;
	enum gate_side side; /* of the last --base or --head: operands go there */
	bool has_side, alpha, inconclusive;
};

static int add_input(struct gate_walk *walk, enum gate_side side, const char *path)
{
	if (!*path || !strcmp(path, "-")) {
		message("gate: '%s' is no file; each run is a file of its own", path);
		return -EINVAL;
	}
	for (int i = 0; i < GATE_SIDES; i++) {
		vec_each(&walk->options->sides[i], known) {
			if (strcmp(*known, path))
				continue;
			message("%s: is there twice; a run is one of either side", path);
			return -EINVAL;
		}
	}
	return vec_push(&walk->options->sides[side], path);
}

static int take_side(struct gate_walk *walk, enum gate_side side, const char *path)
{
	walk->side = side;
	walk->has_side = true;
	return add_input(walk, side, path);
}

static int take_operand(struct gate_walk *walk, const char *path)
{
	if (walk->has_side)
		return add_input(walk, walk->side, path);
	if (walk->options->directory) {
		message("%s: a second directory; give one that flametap ab made, or files behind "
			"--base and --head", path);
		return -EINVAL;
	}
	if (!*path) {
		message("gate: the name of the directory is empty; give one that flametap ab made");
		return -EINVAL;
	}
	walk->options->directory = path;
	return 0;
}

/* Not strtod alone, which takes "inf", "nan" and "0x1". */
static int take_alpha(struct gate_walk *walk, const char *value)
{
	double *alpha = &walk->options->alpha;
	char *end = NULL;

	if (walk->alpha)
		return options_wrong("--alpha", value, "was there already; give it once");
	walk->alpha = true;
	if (*value && strspn(value, "0123456789.e-") == strlen(value))
		*alpha = strtod(value, &end);
	if (!end || *end || !(*alpha > 0) || *alpha > 0.2)
		return options_wrong("--alpha", value,
				     "no probability of a false FAIL; from above 0 up to 0.2, as "
				     "in 0.01");
	return 0;
}

static int take_inconclusive(struct gate_walk *walk, const char *value)
{
	if (walk->inconclusive)
		return options_wrong("--inconclusive", value, "was there already; give it once");
	walk->inconclusive = true;
	walk->options->inconclusive_status = !strcmp(value, "pass") ? EXIT_DONE : EXIT_FAILED;
	if (strcmp(value, "pass") && strcmp(value, "fail"))
		return options_wrong("--inconclusive", value, "neither fail nor pass; give one of "
				     "them");
	return 0;
}

static int take_budget(struct gate_walk *walk, const char *path)
{
	if (!*path)
		return options_wrong("--budget", "''", "the name is empty; give a budget file");
	if (walk->options->budget)
		return options_wrong("--budget", path, "was there already; give it once");
	walk->options->budget = path;
	return 0;
}

static const struct {
	int id;
	const char *name;
} file_options[GATE_FILES] = {
	[GATE_FILE_MARKDOWN] = { OPTION_MD, "--md" },
	[GATE_FILE_JUNIT] = { OPTION_JUNIT, "--junit" },
	[GATE_FILE_JSON] = { OPTION_JSON, "--json" },
	[GATE_FILE_BENCHMARK] = { OPTION_BENCHMARK_JSON, "--benchmark-json" },
};

static int take_file(struct gate_walk *walk, int id, const char *path)
{
	for (int i = 0; i < GATE_FILES; i++) {
		if (file_options[i].id != id)
			continue;
		if (!*path)
			return options_wrong(file_options[i].name, "''", "the name is empty; give a "
					     "file, or - for standard output");
		if (walk->options->files[i])
			return options_wrong(file_options[i].name, path, "was there already; give "
					     "it once");
		walk->options->files[i] = path;
		return 0;
	}
	return -EINVAL;
}

static int take_flame(struct gate_walk *walk, const char *path)
{
	const struct report_format *format = report_format_by_path(path);

	if (!format || (strcmp(format->name, "svg") && strcmp(format->name, "html")))
		return options_wrong("--flame", path, "is no picture; name a .svg or a .html");
	if (walk->options->flame.n)
		return options_wrong("--flame", path, "was there already; give it once");
	return output_list_add(&walk->options->flame, path, NULL);
}

static int take(void *walk_, int id, const char *value)
{
	struct gate_walk *walk = walk_;

	switch (id) {
	case OPTIONS_OPERAND:
		return take_operand(walk, value);
	case OPTION_BASE:
		return take_side(walk, GATE_BASE, value);
	case OPTION_HEAD:
		return take_side(walk, GATE_HEAD, value);
	case OPTION_PAIRED:
		walk->options->paired = true;
		return 0;
	case OPTION_BUDGET:
		return take_budget(walk, value);
	case OPTION_ALPHA:
		return take_alpha(walk, value);
	case OPTION_SELF_TEST:
		walk->options->self_test = true;
		return 0;
	case OPTION_INCONCLUSIVE:
		return take_inconclusive(walk, value);
	case OPTION_GITHUB:
		walk->options->github = true;
		return 0;
	case OPTION_FLAME:
		return take_flame(walk, value);
	case 'q':
		walk->options->quiet = true;
		return 0;
	case 'v':
		walk->options->verbose = true;
		return 0;
	}
	return take_file(walk, id, value);
}

static bool is_input(const struct gate_verb_options *options, const char *path)
{
	for (int side = 0; side < GATE_SIDES; side++)
		vec_each(&options->sides[side], input)
			if (output_path_same(*input, path))
				return true;
	return options->budget && output_path_same(options->budget, path);
}

/* Each has a file of its own, and none takes the place of what is read. */
static int check_outputs(const struct gate_verb_options *options)
{
	const char *paths[GATE_FILES + 1], *names[GATE_FILES + 1];
	size_t n = 0;

	for (int i = 0; i < GATE_FILES; i++) {
		if (!options->files[i])
			continue;
		names[n] = file_options[i].name;
		paths[n++] = options->files[i];
	}
	vec_each(&options->flame, output) {
		names[n] = "--flame";
		paths[n++] = output->path;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_input(options, paths[i]))
			return options_wrong(names[i], paths[i], "is an input, which would be lost; "
					     "name another file");
		if (!strcmp(paths[i], "-") && options->github)
			return options_wrong(names[i], paths[i], "--github writes to standard "
					     "output; name a file");
		for (size_t j = 0; j < i; j++)
			if (output_path_same(paths[i], paths[j]))
				return options_wrong(names[i], paths[i], "named twice; give each "
						     "output a file of its own");
	}
	return 0;
}

static int check(const struct gate_verb_options *options)
{
	const struct string_list *sides = options->sides;

	if (options->self_test && !sides[GATE_BASE].n && !sides[GATE_HEAD].n)
		return 0;
	if (options->self_test) {
		message("--self-test: takes a directory of flametap ab, or nothing; leave the files out");
		return -EINVAL;
	}

	if (!options->directory && !sides[GATE_BASE].n && !sides[GATE_HEAD].n) {
		message("gate: no runs; give the directory that flametap ab made, or --base FILE... "
			"--head FILE...");
		return -EINVAL;
	}
	if (options->directory && (sides[GATE_BASE].n || sides[GATE_HEAD].n)) {
		message("%s: a directory and files; give one or the other", options->directory);
		return -EINVAL;
	}
	if (options->directory && options->paired) {
		message("--paired: the runs of a directory are paired already; leave it out");
		return -EINVAL;
	}
	if (!options->directory && (!sides[GATE_BASE].n || !sides[GATE_HEAD].n)) {
		message("gate: no file of the %s; give --base FILE... and --head FILE...",
			sides[GATE_BASE].n ? "head" : "base");
		return -EINVAL;
	}
	if (options->paired && sides[GATE_BASE].n != sides[GATE_HEAD].n) {
		message("--paired: %zu files of the base and %zu of the head; give as many of each, "
			"those of a pair at the same place", sides[GATE_BASE].n,
			sides[GATE_HEAD].n);
		return -EINVAL;
	}
	return 0;
}

int gate_options_parse(struct gate_verb_options *options, int argc, char **argv)
{
	struct options_walk walk = {
		.verb = "gate",
		.no_cache = &options->no_cache,
		.debug_dirs = &options->debug_dirs,
		.debuginfod = &options->debuginfod,
	};
	struct gate_walk gate_walk = { .options = options };
	int answered;

	*options = (struct gate_verb_options){
		.alpha = GATE_ALPHA,
		.inconclusive_status = EXIT_INCONCLUSIVE,
	};
	answered = options_walk(&walk, argc, argv, letters, table, take, &gate_walk);
	if (answered)
		return answered;
	for (int i = optind; i < argc; i++)
		if (take_operand(&gate_walk, argv[i]))
			return -EINVAL;
	if (options->quiet)
		options->verbose = false;
	return check(options) ?: check_outputs(options);
}

void gate_options_deinit(struct gate_verb_options *options)
{
	for (int side = 0; side < GATE_SIDES; side++)
		vec_deinit(&options->sides[side]);
	vec_deinit(&options->flame);
	vec_deinit(&options->debug_dirs);
}
