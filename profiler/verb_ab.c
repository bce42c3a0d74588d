// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flametap ab: two commands come in; a directory with a profile for each of
 * their runs goes out, and with a budget the verdict on it.
 */
#include <errno.h>

#include "base/guard.h"
#include "gate/budget.h"
#include "gate/verdict.h"
#include "profiler/ab_series.h"
#include "profiler/budget_file.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/stop.h"
#include "profiler/verb.h"

static void say_begin(const struct ab_series *series)
{
	const struct ab_options *options = series->options;

	if (options->quiet)
		return;
	if (series->goes_on)
		message("%s: %zu pairs are there; going on, --seed %llu", options->directory,
			ab_series_pairs(series), (unsigned long long)series->manifest.seed);
	else
		message("ab: %llu pairs in random order, --seed %llu",
			(unsigned long long)options->n_pairs,
			(unsigned long long)series->manifest.seed);
}

static void say_end(const struct ab_series *series)
{
	if (!series->options->quiet)
		message("%s: has %zu pairs of runs; flametap gate %s gives the verdict",
			series->options->directory, ab_series_pairs(series),
			series->options->directory);
}

/* What flametap gate would say, and its exit status. */
static int judge(const struct ab_options *options)
{
	const char *argv[10] = {"gate", "--budget", options->budget};
	int argc = 3;

	if (options->alpha_text) {
		argv[argc++] = "--alpha";
		argv[argc++] = options->alpha_text;
	}
	if (options->quiet)
		argv[argc++] = "-q";
	if (options->record.no_cache)
		argv[argc++] = "--no-cache";
	argv[argc++] = "--";
	argv[argc++] = options->directory;
	/* All runs are in the directory. */
	stop_deinit();
	return verb_gate(argc, (char **)argv);
}

static int run_pairs(struct ab_series *series, size_t n_pairs)
{
	int err = ab_series_run(series, n_pairs);

	if (err == -EINTR)
		message("%s: interrupted with %zu pairs; the same words go on from there",
			series->options->directory, ab_series_pairs(series));
	return err;
}

/* Whether the plan's pairs can give functions a p that is small enough for the verdict. */
static int check_reach(const struct ab_options *options, bool with_program, bool with_waits)
{
	bool two_looks = options->max_pairs > options->n_pairs;
	/* The first of two looks has its level whatever alpha is shared with. */
	double alpha = options->alpha / (with_waits && !two_looks ? 2 : 1);
	size_t least = gate_verdict_least_pairs(alpha, two_looks, with_program);

	if (least && options->n_pairs >= least)
		return 0;
	if (!least)
		message("--alpha %g: no number of pairs can give functions so small a p; take a "
			"larger one",
			options->alpha);
	else if (options->budget)
		message("--pairs %llu: too few to judge functions at alpha %g; take %zu, or a "
			"larger "
			"--alpha",
			(unsigned long long)options->n_pairs, options->alpha, least);
	else if (!options->quiet)
		message("--pairs %llu: flametap gate needs %zu to judge functions, unless it is "
			"given "
			"a larger --alpha than %g",
			(unsigned long long)options->n_pairs, least, options->alpha);
	return -EINVAL;
}

/* What is no good is to be known before an hour of runs. */
static int check_budget(const struct ab_options *options)
{
	guard(gate_budget_deinit) struct gate_budget budget = {};
	int err = budget_file_read(options->budget, &budget);

	if (!err && budget.gate_offcpu && options->record.mode != RECORD_WALL) {
		message("%s: waiting is to decide, and is recorded only with --waits; give that, or "
			"leave [offcpu] out", options->budget);
		return -EINVAL;
	}
	/* One that names neither program nor functions leaves both to the default rule. */
	if (err || (budget.has_total && !budget.functions.n))
		return err;
	return check_reach(options, budget.has_total || !budget.functions.n, budget.gate_offcpu);
}

static int compare(const struct ab_options *options, const struct invoker *invoker)
{
	guard(ab_series_deinit) struct ab_series series = AB_SERIES_NONE;
	uint64_t n_pairs = options->n_pairs;
	int status;

	if (options->budget && check_budget(options))
		return EXIT_USAGE;
	if (ab_series_init(&series, options, invoker))
		return EXIT_USAGE;
	say_begin(&series);
	/* Runs are of use without that, too: to look at, or for a budget of the program alone. */
	if (!options->budget)
		(void)check_reach(options, true, false);
	/* Who asks once more without a budget has seen what gate says of the first ones. */
	if (!options->budget && ab_series_pairs(&series) >= n_pairs)
		n_pairs = options->max_pairs;
	if (run_pairs(&series, n_pairs))
		return EXIT_USAGE;
	if (!options->budget) {
		say_end(&series);
		return EXIT_DONE;
	}
	/* What is there already from before counts at once. */
	status = judge(options);
	if (status != EXIT_INCONCLUSIVE || ab_series_pairs(&series) >= options->max_pairs)
		return status;
	return run_pairs(&series, options->max_pairs) ? EXIT_USAGE : judge(options);
}

int verb_ab(int argc, char **argv)
{
	struct ab_options options;
	struct invoker invoker = {};
	int err = ab_options_parse(&options, argc, argv);
	int status = err > 0 ? EXIT_DONE : EXIT_USAGE;

	if (!err)
		err = invoker_init(&invoker);
	if (!err)
		status = compare(&options, &invoker);
	invoker_deinit(&invoker);
	ab_options_deinit(&options);
	return status;
}
