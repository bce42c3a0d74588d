// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flametap ab: two commands come in; a directory with a profile for each of
 * their runs goes out, and with a budget the verdict on it.
 */
#include <errno.h>

#include "base/guard.h"
#include "profiler/ab_series.h"
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

static int compare(const struct ab_options *options, const struct invoker *invoker)
{
	guard(ab_series_deinit) struct ab_series series;
	int err = ab_series_init(&series, options, invoker);

	if (err)
		return EXIT_USAGE;
	say_begin(&series);
	err = ab_series_run(&series, options->n_pairs);
	if (err == -EINTR)
		message("%s: interrupted with %zu pairs; the same words go on from there",
			options->directory, ab_series_pairs(&series));
	if (err)
		return EXIT_USAGE;
	say_end(&series);
	return EXIT_DONE;
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
