// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs and what was found of them come in; out goes their difference, an
 * operation of the base beside one of the head, judged.
 */
#include "profiler/gate_flame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/identity.h"
#include "gate/words.h"
#include "profiler/inputs.h"
#include "profiler/message.h"
#include "report/diff.h"

struct flame {
	const struct gate_verb_options *options;
	const struct gate_inputs *inputs;
	const struct downloads *downloads;
	const struct gate_show *show;
	struct profile sides[GATE_SIDES];
	size_t n_runs[GATE_SIDES];
	double operations[GATE_SIDES];
	/* What is significant, by name and whether it is a total; of one name, the worst is first. */
	VEC(const struct gate_finding *) findings;
};

static void flame_deinit(struct flame *flame)
{
	for (int side = 0; side < GATE_SIDES; side++)
		profile_deinit(&flame->sides[side]);
	vec_deinit(&flame->findings);
}

/* A line for each run says nothing of all of them; that they can be compared was looked at. */
static void drop_quality(struct profile *profile)
{
	size_t n = 0;

	vec_each(&profile->comments, comment)
		if (strncmp(strings_get(&profile->strings, *comment), "quality: ", 9))
			profile->comments.data[n++] = *comment;
	profile->comments.n = n;
}

static int read_side(struct flame *flame, enum gate_side side)
{
	const struct gate_verb_options *options = flame->options;
	const struct inputs_options inputs_options = {
		.debug_dirs = &options->debug_dirs,
		.no_cache = options->no_cache,
		.quiet = true, /* it was said when they were judged */
	};
	struct profile *profile = &flame->sides[side];
	int err = profile_init(profile);

	vec_each(&flame->inputs->items, input) {
		if (err || input->side != side || !input->path)
			continue;
		flame->n_runs[side]++;
		flame->operations[side] += input->run.operations;
		err = inputs_read_one(input->path, true, profile);
	}
	drop_quality(profile);
	err = err ?: inputs_resolve(&inputs_options, profile, flame->downloads);
	return err ?: profile_finish(profile);
}

static int merge(struct flame *flame, struct profile *ret)
{
	struct diff_request request = { .by = DIFF_BY_OPS };
	struct report_error error = { "" };
	char *names[GATE_SIDES][2] = {};
	int err = 0;

	for (int side = 0; side < GATE_SIDES; side++) {
		request.sides[side] = &flame->sides[side];
		request.scales[side] = flame->operations[side] > 0 ? flame->operations[side] : 1;
		request.names[side] = names[side];
		if (asprintf(&names[side][0], "%zu runs of the %s", flame->n_runs[side],
			     gate_side_name(side)) < 0) {
			names[side][0] = NULL;
			err = -ENOMEM;
		}
	}
	err = err ?: diff_merge(&request, ret, &error);
	for (int side = 0; side < GATE_SIDES; side++)
		free(names[side][0]);
	if (err && error.text[0])
		message("--flame: %s", error.text);
	return err;
}

static int compare_names(const struct gate_finding *a, const struct gate_finding *b)
{
	return strcmp(a->name, b->name) ?: a->total - b->total;
}

static int compare(const void *a, const void *b)
{
	const struct gate_finding *x = *(const struct gate_finding *const *)a;
	const struct gate_finding *y = *(const struct gate_finding *const *)b;

	return compare_names(x, y) ?: (x > y) - (x < y);
}

static int sort_findings(struct flame *flame)
{
	int err = 0;

	vec_each(&flame->show->result->findings, finding)
		if (finding->is_slower || finding->is_faster)
			err = err ?: vec_push(&flame->findings, finding);
	if (flame->findings.n)
		qsort(flame->findings.data, flame->findings.n, sizeof(*flame->findings.data),
		      compare);
	return err;
}

/* The first of this name or above it. */
static size_t find(const struct flame *flame, const struct gate_finding *key)
{
	size_t low = 0, high = flame->findings.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_names(flame->findings.data[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int add_finding(const struct flame *flame, const char *label,
		       const struct gate_finding *finding, struct profile *to)
{
	const struct gate_root *root = &flame->show->result->root;
	guard_free char *words = gate_words_finding(flame->show, finding);
	guard_free char *says = NULL;
	char share[GATE_WORD];
	struct diff_gated function = {
		.name = label,
		.is_slower = finding->is_slower, .is_total = finding->total,
	};

	if (!words)
		return -ENOMEM;
	function.says = words;
	if (finding->total && root->found && !strcmp(root->name, finding->name) &&
	    gate_words_explains(flame->show->result)) {
		if (asprintf(&says, "%s; here is %s of the program's change", words,
			     gate_words_percent(root->explains, false, share)) < 0) {
			says = NULL;
			return -ENOMEM;
		}
		function.says = says;
	}
	return diff_gate_add_function(to, &function);
}

/* Of a guess both names, and 0 where there is none. */
static int add_rename(const struct flame *flame, const char *label, const char *name,
		      struct profile *to)
{
	vec_each(&flame->show->result->renames, rename) {
		struct diff_gated function = { .name = label, .is_renamed = true, .is_total = true };
		bool is_from = !strcmp(rename->from, label) || !strcmp(rename->from, name);
		guard_free char *says = NULL;

		if (!is_from && strcmp(rename->to, label) != 0 && strcmp(rename->to, name) != 0)
			continue;
		if (asprintf(&says, "perhaps renamed %s %s (a guess: like cost, same callers)",
			     is_from ? "to" : "from", is_from ? rename->to : rename->from) < 0) {
			says = NULL;
			return -ENOMEM;
		}
		function.says = says;
		return diff_gate_add_function(to, &function);
	}
	return 0;
}

/* The gate knows a function by less than its whole name. */
static int add_function(const struct flame *flame, const char *label, struct profile *to)
{
	guard_free char *name = malloc(strlen(label) + 1);
	int err = 0;

	if (!name)
		return -ENOMEM;
	gate_identity_name(label, strlen(label), name);
	err = add_rename(flame, label, name, to);
	for (int total = 0; !err && total < 2; total++) {
		struct gate_finding key = { .name = label, .total = total };
		size_t i = find(flame, &key);

		if (i == flame->findings.n || compare_names(flame->findings.data[i], &key)) {
			key.name = name;
			i = find(flame, &key);
		}
		if (i < flame->findings.n && !compare_names(flame->findings.data[i], &key))
			err = add_finding(flame, label, flame->findings.data[i], to);
	}
	return err;
}

static int judge(struct flame *flame, struct profile *to)
{
	const struct gate_result *result = flame->show->result;
	int err = sort_findings(flame);

	err = err ?: diff_gate_add(to, gate_words_verdict(result), result->alpha,
				   result->program.n_pairs);
	vec_each(&to->functions, function)
		err = err ?: add_function(flame, strings_get(&to->strings, function->name), to);
	return err;
}

int gate_flame_init(struct profile *ret, const struct gate_verb_options *options,
		    const struct gate_inputs *inputs, const struct downloads *downloads,
		    const struct gate_show *show)
{
	guard(flame_deinit) struct flame flame = {
		.options = options, .inputs = inputs, .downloads = downloads, .show = show,
	};
	int err = 0;

	for (int side = 0; !err && side < GATE_SIDES; side++)
		err = read_side(&flame, side);
	err = err ?: merge(&flame, ret);
	return err ?: judge(&flame, ret);
}
