// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comparisons whose outcome is known go the gate's way from end to end: runs are
 * made by what ab makes them by, their profiles read by what gate reads them by.
 */
#include "profiler/self_test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "gate/verdict.h"
#include "profiler/ab_judge.h"
#include "profiler/ab_scratch.h"
#include "profiler/ab_series.h"
#include "profiler/event_name.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/options_record.h"
#include "profiler/self_test_made.h"

enum {
	N_PAIRS = 8,
	HZ = 4999, /* for samples enough in so short a run */
	RUN_MS = 150,
	TRIAL = 4000000, /* spins to find out how many there are in that */
};
#define SLOWER 0.15
#define CHANGED "self_test_changed"

/* The findings come worst first: is the one that it failed for this? */
static bool names(const struct gate_result *result, const char *name)
{
	vec_each(&result->findings, finding)
		if (finding->verdict == GATE_FAIL && !strcmp(finding->name, name))
			return true;
	return false;
}

static bool say(bool ok, const char *what, const char *outcome)
{
	printf("%-4s  %s: %s\n", ok ? "ok" : "FAIL", what, outcome);
	fflush(stdout);
	return ok;
}

static int test_made(double factor, enum gate_verdict expected, const char *what, bool *ret_ok)
{
	guard(gate_result_deinit) struct gate_result result = {};
	int err = gate_result_init(&result);
	bool ok;

	if (!err)
		err = self_test_made(factor, &result);
	if (err)
		return err;
	ok = result.verdict == expected && (expected != GATE_FAIL || names(&result, "function 7"));
	*ret_ok &= say(ok, what, gate_verdict_name(result.verdict));
	return 0;
}

static uint64_t run_ns(void)
{
	/* What is said and left behind is the same with runs that are too short to see much. */
	const char *ms = getenv("FLAMETAP_TEST_RUN_MS");

	return (ms ? strtoull(ms, NULL, 10) : RUN_MS) * 1000000;
}

static uint64_t spins_for(uint64_t ns)
{
	uint64_t best_ns = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID), took;

		self_test_work(TRIAL, 0);
		took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
		if (took < best_ns)
			best_ns = took;
	}
	return (uint64_t)((double)ns * TRIAL / (best_ns ? best_ns : 1));
}

static void set_options(struct ab_options *options, char *const *commands, const char *directory)
{
	const char *why;

	*options = (struct ab_options){
		.commands = {commands[GATE_BASE], commands[GATE_HEAD]},
		.n_pairs = N_PAIRS,
		.max_pairs = N_PAIRS,
		.warm_up = 1,
		.directory = directory,
		.quiet = !isatty(STDERR_FILENO),
	};
	options->record = (struct record_options){.mode = RECORD_CPU, .min_quality = -1};
	options->record.target.kind = TARGET_COMMAND;
	options->record.quiet = true;
	options->record.frequency = record_options_frequency(HZ);
	event_name_parse("cpu-clock", &options->record.event, &why);
	record_options_set_defaults(&options->record);
}

/* result is the caller's to init and deinit. */
static int compare(const struct invoker *invoker, char *const *commands, struct gate_result *result,
		   bool *ret_profile)
{
	guard(ab_judge_deinit) struct ab_judge judge = {};
	guard(ab_series_deinit) struct ab_series series = AB_SERIES_NONE;
	guard(ab_scratch_deinit) struct ab_scratch scratch = {};
	struct ab_options options;
	int err = ab_scratch_init(&scratch, invoker);

	if (err)
		return err;
	set_options(&options, commands, scratch.path);
	err = ab_series_init(&series, &options, invoker);
	if (!err)
		err = ab_series_run(&series, N_PAIRS);
	if (!err)
		err = ab_judge_init(&judge, scratch.path);
	if (err)
		return err;
	*ret_profile = judge.read.has_functions;
	return ab_judge_decide(&judge, GATE_ALPHA, result);
}

static void describe(const struct gate_result *result, char *text, size_t n)
{
	const struct gate_program *program = &result->program;

	snprintf(text, n, "%s, the program %+.1f %% (%+.1f to %+.1f)",
		 gate_verdict_name(result->verdict), 100 * (program->ratio - 1),
		 100 * (program->low - 1), 100 * (program->high - 1));
}

static int test_slower(const struct invoker *invoker, char *const *commands, bool *ret_ok)
{
	guard(gate_result_deinit) struct gate_result result = {};
	char outcome[256];
	bool profile = false, found;
	int err = gate_result_init(&result);

	if (!err)
		err = compare(invoker, commands, &result, &profile);
	if (err)
		return err;
	describe(&result, outcome, sizeof(outcome));
	found = result.verdict == GATE_FAIL;
	*ret_ok &= say(found, "a program with a function that is 15 % slower", outcome);
	if (profile)
		*ret_ok &=
			say(names(&result, CHANGED), "and that function is named",
			    names(&result, CHANGED) ? CHANGED : "it is not among those that fail");
	else
		printf("skip  and that function is named: there are no profiles; flametap doctor "
		       "says "
		       "what is missing\n");
	if (!found)
		printf("      less than %.1f %% of the program cannot be seen here now; let other "
		       "work "
		       "end and try again\n",
		       100 * result.program.detectable);
	return 0;
}

/* One in a hundred fails by chance, and one in ten thousand twice. */
static int test_same(const struct invoker *invoker, char *const *commands, bool *ret_ok)
{
	bool ok = false;

	for (int i = 0; i < 2 && !ok; i++) {
		guard(gate_result_deinit) struct gate_result result = {};
		bool profile;
		char outcome[256];
		int err = gate_result_init(&result);

		if (!err)
			err = compare(invoker, commands, &result, &profile);
		if (err)
			return err;
		describe(&result, outcome, sizeof(outcome));
		ok = result.verdict != GATE_FAIL && result.verdict != GATE_INVALID;
		say(ok, "the same program twice", outcome);
		if (!ok && !i)
			printf("      that happens by chance, once in a hundred times; once "
			       "more\n");
	}
	*ret_ok &= ok;
	return 0;
}

static int make_commands(char *commands[GATE_SIDES], uint64_t spins)
{
	guard_free char *program = realpath("/proc/self/exe", NULL);

	for (int side = 0; side < GATE_SIDES; side++) {
		uint64_t changed = side == GATE_HEAD ? spins + (uint64_t)(spins * SLOWER) : spins;

		/* Quoted for the shell that reads what is more than plain words. */
		if (!program ||
		    asprintf(&commands[side],
			     strpbrk(program, " '\"$`\\&;()<>|*?[#~")
				     ? "exec '%s' self-test-work %llu %llu"
				     : "%s self-test-work %llu %llu",
			     program, (unsigned long long)spins, (unsigned long long)changed) < 0) {
			commands[side] = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

int self_test_run(const struct invoker *invoker)
{
	char *commands[GATE_SIDES] = {}, *same[GATE_SIDES];
	uint64_t start = clock_monotonic_ns();
	bool ok = true;
	int err = test_made(1.5, GATE_FAIL,
			    "made-up numbers, a function of 5 % that is 50 % slower", &ok);

	if (!err)
		err = test_made(1, GATE_PASS, "made-up numbers, nothing slower", &ok);
	if (!err)
		err = test_made(0.5, GATE_PASS, "made-up numbers, that function 50 % faster", &ok);
	if (!err)
		err = make_commands(commands, spins_for(run_ns() / 2));
	if (!err)
		err = test_slower(invoker, commands, &ok);
	same[GATE_BASE] = same[GATE_HEAD] = commands[GATE_BASE];
	if (!err)
		err = test_same(invoker, same, &ok);
	for (int side = 0; side < GATE_SIDES; side++)
		free(commands[side]);
	if (err) {
		message("gate --self-test: %s", err == -EINTR ? "interrupted" : strerror(-err));
		return EXIT_USAGE;
	}
	printf("\n%s (%.0f s)\n",
	       ok ? "the gate fails where it must, and only there"
		  : "the gate does not decide as it must, here and now",
	       (clock_monotonic_ns() - start) / 1e9);
	return ok ? EXIT_DONE : EXIT_FAILED;
}
