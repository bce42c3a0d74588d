// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `flametap gate`: runs of two sides come in, out go a verdict, the function that
 * it is about, and the exit status. What is missing or cannot be compared is
 * never a PASS.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/guard.h"
#include "gate/allowed.h"
#include "gate/changes.h"
#include "gate/describe.h"
#include "gate/verdict.h"
#include "profiler/budget_file.h"
#include "profiler/downloads.h"
#include "profiler/gate_flame.h"
#include "profiler/gate_inputs.h"
#include "profiler/gate_notes.h"
#include "profiler/gate_outputs.h"
#include "profiler/gate_read.h"
#include "profiler/gate_text.h"
#include "profiler/invoker.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/self_test.h"
#include "profiler/verb.h"

static const char UNREADABLE[] = "the runs or the budget could not be read; standard error says why";

enum { SECONDS_A_DAY = 86400, OWN_SEED = 1 };

struct gate_verb {
	const struct gate_verb_options *options;
	const struct downloads *downloads;
	struct gate_budget budget;
	struct gate_inputs inputs;
	struct gate_read read;
	struct gate_allowed allowed;
	struct gate_result result;
	struct report_error why; /* of -EXDEV */
	struct gate_outputs outputs;
	struct profile flame;
};

static void gate_verb_deinit(struct gate_verb *verb)
{
	profile_deinit(&verb->flame);
	gate_outputs_deinit(&verb->outputs);
	gate_result_deinit(&verb->result);
	gate_allowed_deinit(&verb->allowed);
	gate_read_deinit(&verb->read);
	gate_inputs_deinit(&verb->inputs);
	gate_budget_deinit(&verb->budget);
}

static int read_budget(struct gate_verb *verb)
{
	const char *path = verb->options->budget;
	int err = path ? budget_file_read(path, &verb->budget) : 0;

	verb->budget.today = time(NULL) / SECONDS_A_DAY;
	return err;
}

static int add_fact(struct gate_result *result, const struct gate_manifest_word *word)
{
	struct gate_fact fact = {
		.name = gate_result_copy(result, word->name),
		.base = gate_result_copy(result, word->value),
	};

	return fact.name && fact.base ? vec_push(&result->facts, fact) : -ENOMEM;
}

static int add_difference(struct gate_result *result,
			  const struct gate_manifest_difference *difference)
{
	struct gate_fact fact = {
		.name = gate_result_copy(result, difference->name),
		.base = gate_result_copy(result, difference->base),
		.head = gate_result_copy(result, difference->head),
	};

	return fact.name && fact.base && fact.head ? vec_push(&result->differences, fact) : -ENOMEM;
}

static int add_facts(struct gate_verb *verb)
{
	const struct gate_manifest *manifest = &verb->inputs.manifest;
	const struct gate_manifest_word plan[] = {
		{ "pin", manifest->pin },
		{ "operations_from", manifest->operations_from },
		{ "cpu_time_from", manifest->cpu_time_from },
	};
	int err = 0;

	vec_each(&manifest->machine, word)
		err = err ?: add_fact(&verb->result, word);
	vec_each(&manifest->options, word)
		err = err ?: add_fact(&verb->result, word);
	for (size_t i = 0; !err && verb->inputs.has_manifest && i < 3; i++)
		err = add_fact(&verb->result, &plan[i]);
	vec_each(&manifest->environment, difference)
		err = err ?: add_difference(&verb->result, difference);
	return err;
}

static struct gate_request make_request(const struct gate_verb *verb, const struct gate_runs *runs)
{
	const struct gate_inputs *inputs = &verb->inputs;

	return (struct gate_request){
		.runs = runs,
		.alpha = verb->options->alpha,
		.first_pairs = inputs->first_pairs,
		.last_pairs = inputs->last_pairs,
		.seed = inputs->has_manifest ? inputs->manifest.seed : OWN_SEED,
		.is_complete = !inputs->has_manifest,
		.n_parts = verb->budget.gate_offcpu ? 2 : 1,
	};
}

static int decide(struct gate_verb *verb)
{
	struct gate_request request = make_request(verb, &verb->read.runs);
	struct gate_budget *budget = &verb->budget;
	int err = gate_allowed_init(&verb->allowed, budget, &verb->read.runs,
				    &verb->result);

	if (err == -EINVAL)
		message("%s: %s", verb->options->budget, budget->match_error.text);
	if (err)
		return err;
	/* What only accepts, or is about waiting, must not let the rest through. */
	request.has_budget = budget->has_total || budget->functions.n;
	request.has_total = budget->has_total;
	request.total_limit = budget->total_limit;
	request.total_reason = verb->allowed.total_reason;
	request.limits = verb->allowed.limits.data;
	request.n_limits = verb->allowed.limits.n;
	request.accepted = verb->allowed.accepted;
	err = gate_verdict_decide(&request, &verb->result);
	return err ?: gate_changes_find(&verb->read.runs, &verb->result);
}

static const char NO_PAIRS[] = "a verdict takes pairs of runs, several of them";

static int describe(struct gate_verb *verb)
{
	struct gate_result *result = &verb->result;
	int err = gate_describe(&verb->read.runs, verb->inputs.n, result);

	result->cause = gate_result_copy(result, NO_PAIRS);
	result->more_pairs = verb->inputs.has_manifest;
	return err ?: gate_changes_find(&verb->read.runs, result);
}

/* FAIL before what is open, and that before PASS. */
static enum gate_verdict worse(enum gate_verdict a, enum gate_verdict b)
{
	static const int order[] = {
		[GATE_PASS] = 0, [GATE_INCONCLUSIVE] = 1, [GATE_INVALID] = 2, [GATE_FAIL] = 3,
	};

	return order[a] >= order[b] ? a : b;
}

static bool waits_in_all(const struct gate_runs *runs)
{
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < runs->n_pairs; pair++)
			if (!(runs->runs[side][pair].n_samples > 0))
				return false;
	return true;
}

/* Where waiting decides, and is worse than what was decided so far. */
static int take_waits(struct gate_result *result, const struct gate_result *waits)
{
	enum gate_verdict verdict = worse(result->verdict, waits->verdict);
	int err = 0;

	if (verdict != result->verdict)
		err = gate_result_cause(result, "off the CPU: %s",
					waits->cause ?: gate_verdict_name(verdict));
	result->verdict = verdict;
	result->status = gate_verdict_status(verdict);
	result->more_pairs |= waits->more_pairs;
	result->unconfirmed |= waits->unconfirmed;
	return err;
}

/* Waiting is told of, and decides where the budget says so. */
static int decide_waits(struct gate_verb *verb)
{
	struct gate_request request = make_request(verb, &verb->read.waits);
	struct gate_result *waits = calloc(1, sizeof(*waits));
	int err;

	if (!waits)
		return -ENOMEM;
	err = gate_result_init(waits);
	verb->result.offcpu = waits;
	request.has_budget = request.has_total = verb->budget.has_offcpu_limit;
	request.total_limit = verb->budget.offcpu_limit;
	if (!err)
		err = gate_verdict_decide(&request, waits);
	if (!err && waits->verdict == GATE_INVALID && !waits_in_all(&verb->read.waits))
		err = gate_result_cause(waits, "a run did not wait at all");
	waits->advisory = !verb->budget.gate_offcpu;
	return err || waits->advisory ? err : take_waits(&verb->result, waits);
}

/* A budget that lets waiting decide is not kept by runs of which nobody knows how they waited. */
static int check_waits(const struct gate_verb *verb)
{
	if (!verb->budget.gate_offcpu || verb->read.has_waits)
		return 0;
	message("%s: waiting is to decide, and not all runs have their waits; give recordings of "
		"flametap wall, or leave [offcpu] out", verb->options->budget);
	return -EINVAL;
}

static int judge(struct gate_verb *verb)
{
	int err = gate_inputs_init(&verb->inputs, verb->options, &verb->why);

	if (!err)
		err = gate_read(verb->options, &verb->inputs,
				verb->options->budget ? &verb->budget : NULL, verb->downloads,
				&verb->read, &verb->why);
	if (!err)
		err = check_waits(verb);
	if (!err)
		err = add_facts(verb);
	if (!err)
		err = verb->inputs.paired ? decide(verb) : describe(verb);
	if (!err)
		err = gate_notes_add(&verb->inputs, &verb->read, &verb->result);
	if (!err && verb->inputs.paired && verb->read.has_waits)
		err = decide_waits(verb);
	return err;
}

/*
 * What is open for another reason than noise does not pass by --inconclusive pass: too few pairs for
 * a look at all, a limit on functions that no run has or that were not sampled; and where the first
 * look is the only one that is ever taken, a gate that lets it pass could not fail.
 */
static bool may_pass(const struct gate_result *result)
{
	if (!result->n_looks || result->unconfirmed)
		return false;
	vec_each(&result->budgets, budget)
		if (!budget->is_total && !budget->is_default && !budget->n_rows)
			return false;
	return true;
}

static int exit_status(const struct gate_verb *verb)
{
	int status = verb->options->inconclusive_status;

	/* Without pairs there is no verdict that could be taken for another. */
	if (verb->result.status != EXIT_INCONCLUSIVE || !verb->inputs.paired ||
	    (status == EXIT_DONE && !may_pass(&verb->result)))
		return verb->result.status;
	return status;
}

/* *err is what judging gave; a result that says so is as good as any other. */
static void make_incomparable(struct gate_verb *verb, int *err)
{
	if (*err != -EXDEV)
		return;
	verb->result.verdict = GATE_INVALID;
	verb->result.status = EXIT_INCOMPARABLE;
	verb->result.cause = gate_result_copy(&verb->result, verb->why.text);
	*err = verb->result.cause ? 0 : -ENOMEM;
}

/* What went wrong was said; those who see only the files have to know that it did. */
static int make_invalid(struct gate_verb *verb)
{
	verb->result.verdict = GATE_INVALID;
	verb->result.status = EXIT_USAGE;
	verb->result.cause = gate_result_copy(&verb->result, UNREADABLE);
	return verb->result.cause ? 0 : -ENOMEM;
}

static bool wants_flame(const struct gate_verb *verb)
{
	if (!verb->options->flame.n || verb->result.verdict == GATE_INVALID)
		return false;
	if (verb->read.has_functions)
		return true;
	message("%s: not written, the runs have no samples; flametap doctor says what is missing",
		verb->options->flame.data[0].path);
	return false;
}

/* 0 or a negative errno; -EINVAL was said. */
static int write_outputs(struct gate_verb *verb)
{
	struct gate_show show = { .result = &verb->result, .is_time = verb->read.is_time };
	bool has_flame = wants_flame(verb);
	int err = 0;

	if (has_flame)
		err = gate_flame_init(&verb->flame, verb->options, &verb->inputs, verb->downloads,
				      &show);
	if (err && err != -EINVAL)
		message("%s: %s; leave --flame out", verb->options->flame.data[0].path,
			strerror(-err));
	return gate_outputs_write(&verb->outputs, &show, has_flame && !err ? &verb->flame : NULL) ?:
	       err;
}

static int run(struct gate_verb *verb, const struct invoker *invoker)
{
	struct gate_show show = { .result = &verb->result };
	bool is_invalid;
	int err = gate_outputs_open(&verb->outputs, verb->options, invoker);

	if (err)
		return EXIT_USAGE;
	err = gate_result_init(&verb->result);
	if (!err)
		err = read_budget(verb);
	if (!err)
		err = judge(verb);
	make_incomparable(verb, &err);
	is_invalid = err == -EINVAL;
	if (is_invalid)
		err = make_invalid(verb);
	if (err == -E2BIG)
		message("gate: the runs have more functions or stacks than can be compared; record "
			"shorter ones");
	else if (err)
		message("gate: %s; free some memory", strerror(-err));
	if (err)
		return EXIT_USAGE;
	show.is_time = verb->read.is_time;
	if (!is_invalid)
		gate_text_print(verb->options, &show);
	return write_outputs(verb) ? EXIT_USAGE : exit_status(verb);
}

int verb_gate(int argc, char **argv)
{
	struct gate_verb_options options;
	struct invoker invoker = {};
	struct downloads downloads = {};
	struct gate_verb verb = { .options = &options, .downloads = &downloads };
	int status = EXIT_USAGE;
	int err = gate_options_parse(&options, argc, argv);

	if (err) {
		gate_options_deinit(&options);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	err = invoker_init(&invoker);
	if (err)
		message("gate: %s; free some memory", strerror(-err));
	else if (options.self_test)
		status = options.directory ? self_test_directory(options.directory, options.alpha) :
					     self_test_run(&invoker);
	else if (!downloads_init(&downloads, options.debuginfod, options.quiet, &invoker))
		status = run(&verb, &invoker);
	downloads_deinit(&downloads);
	gate_verb_deinit(&verb);
	invoker_deinit(&invoker);
	gate_options_deinit(&options);
	return status;
}
