// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of `flametap ab` comes in; two commands, how often each is
 * run, how it is recorded and where the profiles go come out.
 */
#include "profiler/options_ab.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "gate/runs.h"
#include "gate/verdict.h"
#include "profiler/ab_operations.h"
#include "profiler/ab_pin.h"
#include "profiler/event_name.h"
#include "profiler/message.h"
#include "profiler/options_record.h"
#include "profiler/options_waits.h"

enum {
	DEFAULT_PAIRS = 8,
	LEAST_PAIRS = 2, /* fewer have no scatter */
	MOST_PAIRS = 1000,
	MOST_WARM_UPS = 100,
};

#define MOST_ALPHA 0.2

static const struct option table[] = {
	{ "base", required_argument, NULL, OPTION_BASE },
	{ "head", required_argument, NULL, OPTION_HEAD },
	{ "max-pairs", required_argument, NULL, OPTION_MAX_PAIRS },
	{ "waits", no_argument, NULL, OPTION_WAITS },
	{ "budget", required_argument, NULL, OPTION_BUDGET },
	{ "alpha", required_argument, NULL, OPTION_ALPHA },
	OPTIONS_AB_LONG,
	{ NULL, 0, NULL, 0 },
};

static int take_text(const char **text, const char *option, const char *value, const char *what)
{
	if (!value[strspn(value, " \t\n")]) {
		message("%s '%s': is empty; %s", option, value, what);
		return -EINVAL;
	}
	if (*text)
		return options_wrong(option, value, "was there already; give it once");
	*text = value;
	return 0;
}

static int take_number(uint64_t *ret, const char *option, const char *value, uint64_t least,
		       uint64_t most)
{
	if (!options_parse_u64(value, ret) && *ret >= least && *ret <= most)
		return 0;
	message("%s %s: not a number from %llu to %llu", option, value, (unsigned long long)least,
		(unsigned long long)most);
	return -EINVAL;
}

static int take_alpha(struct ab_options *options, const char *value)
{
	char *end = NULL;

	if (*value && strspn(value, "0123456789.e-") == strlen(value))
		options->alpha = strtod(value, &end);
	if (!end || *end || !(options->alpha > 0) || options->alpha > MOST_ALPHA)
		return options_wrong("--alpha", value,
				     "no probability of a false FAIL; from above 0 up to 0.2, as "
				     "in 0.01");
	options->alpha_text = value;
	return 0;
}

static int take_operations(struct ab_options *options, const char *value)
{
	struct ab_operations *operations = NULL;
	char error[AB_OPERATIONS_ERROR] = "out of memory";
	int err = ab_operations_create(value, &operations, error);

	ab_operations_destroy(operations);
	if (err)
		return options_wrong("--ops-from", value, error);
	options->operations = value;
	return 0;
}

static int take_pin(struct ab_options *options, const char *value)
{
	struct ab_pin pin;
	const char *why;
	int err = ab_pin_init(&pin, value, &why);

	ab_pin_deinit(&pin);
	if (err)
		return options_wrong("--pin", value, why);
	options->pin = value;
	return 0;
}

static int take(void *ctx, int id, const char *value)
{
	struct ab_options *options = ctx;

	switch (id) {
	case OPTIONS_OPERAND:
		return options_wrong("ab", value,
				     "not an option; commands are one word each, as in "
				     "--base './bench -n 5'");
	case OPTION_BASE:
		return take_text(&options->commands[GATE_BASE], "--base", value,
				 "give the command of the base");
	case OPTION_HEAD:
		return take_text(&options->commands[GATE_HEAD], "--head", value,
				 "give the command of the head");
	case OPTION_CMD:
		return take_text(&options->commands[GATE_BASE], "--cmd", value, "give a command");
	case OPTION_PAIRS:
		return take_number(&options->n_pairs, "--pairs", value, LEAST_PAIRS, MOST_PAIRS);
	case OPTION_MAX_PAIRS:
		return take_number(&options->max_pairs, "--max-pairs", value, LEAST_PAIRS,
				   MOST_PAIRS);
	case OPTION_WAITS:
		options->record.mode = RECORD_WALL;
		return 0;
	case OPTION_WARM_UP:
		return take_number(&options->warm_up, "--warm-up", value, 0, MOST_WARM_UPS);
	case OPTION_SEED:
		options->has_seed = true;
		return take_number(&options->seed, "--seed", value, 0, UINT64_MAX);
	case OPTION_ALPHA:
		return take_alpha(options, value);
	case OPTION_OPS_FROM:
		return take_operations(options, value);
	case OPTION_PIN:
		return take_pin(options, value);
	case OPTION_BUDGET:
		return take_text(&options->budget, "--budget", value, "give a file");
	case 'o':
		return take_text(&options->directory, "-o", value, "give a directory");
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	}
	return record_options_take(&options->record, id, value);
}

/* As many as functions need at this alpha, where --max-pairs leaves room for them. */
static uint64_t default_pairs(const struct ab_options *options)
{
	size_t least = gate_verdict_least_pairs(options->alpha, !options->same, true);
	uint64_t n_pairs = least > DEFAULT_PAIRS ? least : DEFAULT_PAIRS;

	return options->max_pairs && options->max_pairs < n_pairs ? options->max_pairs : n_pairs;
}

static int set_defaults(struct ab_options *options)
{
	struct record_options *record = &options->record;
	const char *why;

	if (record->frequency && record->count) {
		message("-F and -c: two rates; give one of them");
		return -EINVAL;
	}
	if (record->mode == RECORD_WALL && (record->event.name || record->count)) {
		message("--waits: counts time and no events; leave %s out",
			record->count ? "-c" : "-e");
		return -EINVAL;
	}
	/* CPU time is what is judged, and it is there on every machine. */
	if (!record->event.name)
		event_name_parse("cpu-clock", &record->event, &why);
	if (!options->n_pairs)
		options->n_pairs = default_pairs(options);
	if (!options->max_pairs)
		options->max_pairs = options->same ? options->n_pairs : 2 * options->n_pairs;
	if (options->max_pairs < options->n_pairs) {
		message("--max-pairs %llu: fewer than --pairs %llu; give as many at least",
			(unsigned long long)options->max_pairs,
			(unsigned long long)options->n_pairs);
		return -EINVAL;
	}
	record->target.kind = TARGET_COMMAND;
	record->quiet = true;
	record_options_set_defaults(record);
	return wait_options_check(&record->waits);
}

int ab_options_walk(struct ab_options *options, const char *verb, int argc, char **argv,
		    const struct option *rows)
{
	struct options_walk walk = {
		.verb = verb,
		.no_cache = &options->record.no_cache,
		.debug_dirs = &options->record.debug_dirs,
		.debuginfod = &options->record.debuginfod,
	};
	int answered;

	options->alpha = GATE_ALPHA;
	options->warm_up = 1;
	options->record = (struct record_options){ .mode = RECORD_CPU, .min_quality = -1 };
	answered = options_walk(&walk, argc, argv, OPTIONS_AB_SHORT, rows, take, options);
	if (answered)
		return answered;
	if (walk.separated && optind < argc)
		return take(options, OPTIONS_OPERAND, argv[optind]);
	return set_defaults(options);
}

static int check(const struct ab_options *options)
{
	for (int side = 0; side < GATE_SIDES; side++) {
		if (options->commands[side])
			continue;
		message("ab: no command of the %s; give both, as in flametap ab --base './old 5' "
			"--head './new 5' -o DIR", side == GATE_BASE ? "base" : "head");
		return -EINVAL;
	}
	if (options->alpha_text && !options->budget) {
		message("--alpha: is of the verdict, which --budget asks for; give it to flametap "
			"gate");
		return -EINVAL;
	}
	if (options->directory)
		return 0;
	message("ab: no directory for the profiles; name one with -o");
	return -EINVAL;
}

int ab_options_parse(struct ab_options *options, int argc, char **argv)
{
	int answered;

	*options = (struct ab_options){};
	answered = ab_options_walk(options, "ab", argc, argv, table);
	return answered ? answered : check(options);
}

void ab_options_deinit(struct ab_options *options)
{
	record_options_deinit(&options->record);
}
