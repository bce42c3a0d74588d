// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flametap calibrate: a command is compared with itself; how much its runs
 * vary, and what a comparison could see at that, go to standard output.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "gate/calibrate.h"
#include "gate/detect.h"
#include "profiler/ab_judge.h"
#include "profiler/ab_scratch.h"
#include "profiler/ab_series.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/verb.h"

enum { SECOND_PAIRS = 16, MANY_PAIRS = 32, LONGER = 4 };
#define NOISY 0.02 /* from run to run: more than that is the machine's, as a rule */
#define FEW_SAMPLES 1000

static const double shares[] = {0.20, 0.05, 0.01};
enum { N_SHARES = sizeof(shares) / sizeof(*shares) };

/* "1.2 %", "-" for what is not seen however large. */
static const char *percent(double share, char text[32])
{
	if (!(share < 10))
		snprintf(text, 32, "-");
	else
		snprintf(text, 32, share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * share);
	return text;
}

static const char *clock_time(double seconds, char text[32])
{
	unsigned long all = (unsigned long)(seconds + 0.5);

	snprintf(text, 32, "%lu:%02lu", all / 60, all % 60);
	return text;
}

static void print_noise(const struct gate_calibration *noise, double cpu_s, double wall_s)
{
	char spread[32], error[32];

	printf("%zu pairs of runs of one command: %.3f s of CPU time each, %.3f s by the clock\n\n",
	       noise->n_pairs, cpu_s, wall_s);
	printf("noise     CPU time varies by %s from run to run (standard deviation)\n",
	       percent(noise->spread, spread));
	printf("drift     %+.1f %% from the first run to the last, +- %s%s\n", 100 * noise->drift,
	       percent(noise->drift_error, error),
	       fabs(noise->drift) > 3 * noise->drift_error ? "; pairs in random order take it out"
							   : "");
	if (isnan(noise->phi))
		printf("samples   none: functions cannot be seen; flametap doctor says what is "
		       "missing\n");
	else
		printf("samples   %.0f a run; the variance of functions is %.1f times what samples "
		       "explain (phi, of %zu functions)\n",
		       noise->n_samples, noise->phi, noise->n_candidates);
}

static void print_row(const char *name, const struct gate_calibration *noise, double share)
{
	static const size_t n_pairs[] = {8, SECOND_PAIRS};
	char text[32];

	printf("%-26s", name);
	for (size_t i = 0; i < 2; i++)
		printf("  %8s",
		       percent(share < 0 ? gate_calibration_program(noise, n_pairs[i])
					 : gate_calibration_function(noise, n_pairs[i], share),
			       text));
	putchar('\n');
}

/* run_s: of a run with all that flametap does about it. */
static void print_sight(const struct gate_calibration *noise, double run_s)
{
	char name[64], text[2][32];

	printf("\nwhat is seen in %.0f %% of comparisons (alpha 0.01), of its own cost:\n\n"
	       "%-26s  %8s  %8s\n",
	       100 * GATE_POWER, "", "8 pairs", "16 pairs");
	print_row("the program", noise, -1);
	for (size_t i = 0; i < N_SHARES && !isnan(noise->phi); i++) {
		snprintf(name, sizeof(name), "a function of %.0f %%", 100 * shares[i]);
		print_row(name, noise, shares[i]);
	}
	printf("%-26s  %8s  %8s\n\n", "time that takes", clock_time(16 * run_s, text[0]),
	       clock_time(32 * run_s, text[1]));
}

/* How large a regression is, of the program's cost, wherever it is. */
static const double sizes[] = {0.01, 0.02, 0.05};
enum { N_SIZES = sizeof(sizes) / sizeof(*sizes) };

static void print_pairs(const char *name, const struct gate_calibration *noise, double run_s,
			double share)
{
	char text[32], cell[64];

	printf("%-26s", name);
	for (size_t i = 0; i < N_SIZES; i++) {
		size_t n = gate_calibration_pairs(noise, share,
						  share < 0 ? sizes[i] : sizes[i] / share);

		if (n)
			snprintf(cell, sizeof(cell), "%zu in %s", n,
				 clock_time(2 * n * run_s, text));
		else
			strcpy(cell, "-");
		printf("  %13s", cell);
	}
	putchar('\n');
}

static void print_lengths(const char *name, const struct gate_calibration *noise, double cpu_s,
			  double share)
{
	char cell[64];

	printf("%-26s", name);
	for (size_t i = 0; i < N_SIZES; i++) {
		double times =
			gate_calibration_length(noise, SECOND_PAIRS, share, sizes[i] / share);

		if (isfinite(times))
			snprintf(cell, sizeof(cell), "%.2g s", times * cpu_s);
		else
			strcpy(cell, "-");
		printf("  %13s", cell);
	}
	putchar('\n');
}

/* The other way round: what a regression of so much takes. */
static void print_needs(const struct gate_calibration *noise, double cpu_s, double run_s)
{
	printf("what it takes to see a regression of so much of the program's cost:\n\n%-26s", "");
	for (size_t i = 0; i < N_SIZES; i++)
		printf("  %11.0f %%", 100 * sizes[i]);
	printf("\n");
	print_pairs("pairs, the program", noise, run_s, -1);
	if (!isnan(noise->phi)) {
		print_pairs("pairs, a function of 5 %", noise, run_s, 0.05);
		print_lengths("or 16 pairs of runs of", noise, cpu_s, 0.05);
	}
	putchar('\n');
}

static void print_advice(const struct gate_calibration *noise, const struct gate_manifest *manifest,
			 double load)
{
	struct gate_calibration longer = gate_calibration_longer(noise, LONGER);
	char text[4][32];

	if (noise->spread > NOISY && !*manifest->pin)
		printf("- the noise is high (load %.1f): keep the command on CPUs of its own, "
		       "--pin, "
		       "and see what else runs\n",
		       load);
	else if (noise->spread > NOISY)
		printf("- the noise is high (load %.1f): see what else runs\n", load);
	if (noise->n_samples > 0 && noise->n_samples < FEW_SAMPLES)
		printf("- runs are short: %d times as long, 16 pairs would see %s in a function of "
		       "5 %% "
		       "instead of %s; or more samples, -F\n",
		       LONGER,
		       percent(gate_calibration_function(&longer, SECOND_PAIRS, 0.05), text[0]),
		       percent(gate_calibration_function(noise, SECOND_PAIRS, 0.05), text[1]));
	printf("- more pairs: --pairs %d --max-pairs %d would see %s of the program instead of "
	       "%s\n",
	       MANY_PAIRS, MANY_PAIRS,
	       percent(gate_calibration_program(noise, MANY_PAIRS), text[2]),
	       percent(gate_calibration_program(noise, SECOND_PAIRS), text[3]));
}

static int report(const struct ab_series *series, const char *directory)
{
	guard(ab_judge_deinit) struct ab_judge judge = {};
	struct gate_calibration noise;
	VEC(double) costs = {};
	double cpu_s = 0, wall_s = 0, load = 0, all_s;
	int err = ab_judge_init(&judge, directory);

	if (err)
		return err;
	vec_each(&judge.inputs.manifest.runs, run) {
		if (run->warm_up)
			continue;
		err = err ?: vec_push(&costs, run->cpu_ns / run->operations);
		cpu_s += run->cpu_ns / 1e9;
		wall_s += run->wall_ns / 1e9;
		load = fmax(load, run->load1);
	}
	if (!err)
		err = gate_calibrate(&judge.read.runs, costs.data, judge.read.has_functions,
				     &noise);
	vec_deinit(&costs);
	if (err) {
		message("calibrate: %s", strerror(-err));
		return err;
	}
	all_s = ab_progress_run_s(&series->progress);
	print_noise(&noise, cpu_s / (2 * noise.n_pairs), wall_s / (2 * noise.n_pairs));
	print_sight(&noise, all_s > 0 ? all_s : wall_s / (2 * noise.n_pairs));
	print_needs(&noise, cpu_s / (2 * noise.n_pairs),
		    all_s > 0 ? all_s : wall_s / (2 * noise.n_pairs));
	print_advice(&noise, &judge.inputs.manifest, load);
	return 0;
}

static int calibrate(const struct ab_options *options, const struct invoker *invoker)
{
	guard(ab_series_deinit) struct ab_series series = AB_SERIES_NONE;
	int err = ab_series_init(&series, options, invoker);

	if (!err)
		err = ab_series_run(&series, options->n_pairs);
	if (err == -EINTR)
		message("calibrate: interrupted with %zu pairs", ab_series_pairs(&series));
	if (!err)
		err = report(&series, options->directory);
	return err ? EXIT_USAGE : EXIT_DONE;
}

int verb_calibrate(int argc, char **argv)
{
	guard(ab_scratch_deinit) struct ab_scratch scratch = {};
	struct ab_options options;
	struct invoker invoker = {};
	int err = calibrate_options_parse(&options, argc, argv);
	int status = err > 0 ? EXIT_DONE : EXIT_USAGE;

	if (!err)
		err = invoker_init(&invoker);
	if (!err && !options.directory)
		err = ab_scratch_init(&scratch, &invoker);
	if (!err) {
		if (scratch.path)
			options.directory = scratch.path;
		status = calibrate(&options, &invoker);
	}
	ab_scratch_deinit(&scratch);
	invoker_deinit(&invoker);
	ab_options_deinit(&options);
	return status;
}
