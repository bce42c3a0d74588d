// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of `flametap diff` comes in; the inputs of both sides, how
 * they are compared, and the outputs go out.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/message.h"
#include "profiler/options_shared.h"

static const char letters[] = "-:b:n:" OPTIONS_SHARED_SHORT;

static const struct option table[] = {
	{ "base", required_argument, NULL, 'b' },
	{ "new", required_argument, NULL, 'n' },
	{ "per-second", no_argument, NULL, OPTION_PER_SECOND },
	{ "ops", required_argument, NULL, OPTION_OPS },
	OPTIONS_SHARED_LONG,
	{ NULL, 0, NULL, 0 },
};

/* What the walk has seen beside the options. */
struct diff_walk {
	struct diff_verb_options *options;
	struct string_list operands; /* before any -b or -n: BASE NEW */
	enum diff_side side;	     /* of the last -b or -n: operands go there */
	bool has_side, per_second, ops;
};

static bool is_known(const struct string_list *list, const char *path)
{
	vec_each(list, known)
		if (!strcmp(*known, path))
			return true;
	return false;
}

static int add_input(struct diff_walk *walk, struct string_list *list, const char *path)
{
	if (!*path) {
		message("diff: the name of an input is empty; give a file, or - for standard "
			"input");
		return -EINVAL;
	}
	if (!strcmp(path, "-") &&
	    (is_known(&walk->options->sides[DIFF_BASE], path) ||
	     is_known(&walk->options->sides[DIFF_NEW], path) || is_known(&walk->operands, path))) {
		message("-: standard input can be read only once; name it once");
		return -EINVAL;
	}
	return vec_push(list, path);
}

/* Not strtod alone, which takes "inf", "nan" and "0x1". */
static bool parse_ops(const char *text, size_t n, double *ret)
{
	char *end;

	if (!n || strspn(text, "0123456789.e+") < n)
		return false;
	*ret = strtod(text, &end);
	return end == text + n && isfinite(*ret) && *ret > 0;
}

static int take_ops(struct diff_walk *walk, const char *value)
{
	double *ops = walk->options->ops;
	const char *comma = strchr(value, ',');

	walk->ops = true;
	if (!comma || !parse_ops(value, (size_t)(comma - value), &ops[DIFF_BASE]) ||
	    !parse_ops(comma + 1, strlen(comma + 1), &ops[DIFF_NEW]))
		return options_wrong("--ops", value,
				     "not two numbers above 0; give the operations of base and "
				     "new, as in 1000,1200");
	return 0;
}

static int take_side(struct diff_walk *walk, enum diff_side side, const char *path)
{
	walk->side = side;
	walk->has_side = true;
	return add_input(walk, &walk->options->sides[side], path);
}

static int take_operand(struct diff_walk *walk, const char *path)
{
	return add_input(walk,
			 walk->has_side ? &walk->options->sides[walk->side] : &walk->operands, path);
}

static int take(void *walk_, int id, const char *value)
{
	struct diff_walk *walk = walk_;

	switch (id) {
	case 'b':
		return take_side(walk, DIFF_BASE, value);
	case 'n':
		return take_side(walk, DIFF_NEW, value);
	case OPTION_PER_SECOND:
		walk->per_second = true;
		return 0;
	case OPTION_OPS:
		return take_ops(walk, value);
	case OPTIONS_OPERAND:
		return take_operand(walk, value);
	}
	return -EINVAL;
}

/* BASE NEW, without -b and -n. */
static int place_operands(struct diff_walk *walk)
{
	struct diff_verb_options *options = walk->options;

	if (walk->has_side && walk->operands.n) {
		message("%s: stands before -b and -n; put it behind the one it is an input of",
			walk->operands.data[0]);
		return -EINVAL;
	}
	if (!walk->has_side && walk->operands.n > 2) {
		message("diff: %zu inputs, and which are of the base is not said; give -b BASE... "
			"-n NEW...", walk->operands.n);
		return -EINVAL;
	}
	for (size_t i = 0; i < walk->operands.n; i++)
		if (vec_push(&options->sides[i], walk->operands.data[i]))
			return -ENOMEM;
	for (int side = 0; side < DIFF_SIDES; side++) {
		if (options->sides[side].n)
			continue;
		message("diff: no input %s; give two recordings, as in "
			"flametap diff before.pb.gz after.pb.gz -o diff.svg",
			side == DIFF_BASE ? "of the base" : "of the new side");
		return -EINVAL;
	}
	return 0;
}

static int check(struct diff_walk *walk)
{
	if (walk->per_second && walk->ops) {
		message("--per-second --ops: only one of them can be what is compared; leave one "
			"out");
		return -EINVAL;
	}
	if (walk->per_second)
		walk->options->by = DIFF_BY_SECOND;
	else if (walk->ops)
		walk->options->by = DIFF_BY_OPS;
	if (walk->options->quiet)
		walk->options->verbose = false;
	return 0;
}

static bool is_input(const struct diff_verb_options *options, const char *path)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_each(&options->sides[side], input)
			if (strcmp(*input, "-") && output_path_same(*input, path))
				return true;
	return false;
}

/* A recording whose place a difference takes cannot be had again. */
static int check_outputs(const struct diff_verb_options *options)
{
	static const char old[] = "flametap.svg.old";

	/* The file that has the default name moves there. */
	if (options->default_output) {
		if (access(options->outputs.data[0].path, F_OK) || !is_input(options, old))
			return 0;
		message("%s: is an input, and the old %s would take its place; name an output with "
			"-o", old, options->outputs.data[0].path);
		return -EINVAL;
	}
	vec_each(&options->outputs, output) {
		if (!strcmp(output->path, "-") || !is_input(options, output->path))
			continue;
		message("-o %s: is an input, which would be lost; name another file", output->path);
		return -EINVAL;
	}
	return 0;
}

static int parse(struct diff_walk *diff_walk, struct options_walk *walk, int argc, char **argv)
{
	int answered = options_walk(walk, argc, argv, letters, table, take, diff_walk);

	if (answered)
		return answered;
	for (int i = optind; i < argc; i++)
		if (take_operand(diff_walk, argv[i]))
			return -EINVAL;
	if (place_operands(diff_walk) || check(diff_walk))
		return -EINVAL;
	if (options_walk_end(walk, &diff_walk->options->default_output))
		return -EINVAL;
	return check_outputs(diff_walk->options);
}

int diff_options_parse(struct diff_verb_options *options, int argc, char **argv)
{
	struct options_walk walk = {
		.verb = "diff",
		.outputs = &options->outputs,
		.report = &options->report,
		.quiet = &options->quiet,
		.verbose = &options->verbose,
		.no_cache = &options->no_cache,
		.debug_dirs = &options->debug_dirs,
		.debuginfod = &options->debuginfod,
	};
	struct diff_walk diff_walk = { .options = options };
	int err;

	*options = (struct diff_verb_options){0};
	err = parse(&diff_walk, &walk, argc, argv);
	vec_deinit(&diff_walk.operands);
	return err;
}

void diff_options_deinit(struct diff_verb_options *options)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_deinit(&options->sides[side]);
	vec_deinit(&options->outputs);
	vec_deinit(&options->debug_dirs);
	refine_options_deinit(&options->report.refine);
}
