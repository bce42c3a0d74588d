// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths of profiles come in, runs and their rows go out; one profile is in memory at a time. */
#include "profiler/gate_read.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/guard.h"
#include "gate/allowed.h"
#include "profiler/downloads.h"
#include "profiler/inputs.h"
#include "profiler/message.h"
#include "report/diff.h"
#include "report/profile.h"
#include "report/value.h"

struct reading {
	const struct gate_verb_options *options;
	const struct gate_inputs *inputs;
	const struct downloads *downloads;
	struct gate_read *read;
	struct gate_gather *running, *waiting;
	size_t n_with_waits;
};

static void reading_deinit(struct reading *reading)
{
	gate_gather_destroy(reading->running);
	gate_gather_destroy(reading->waiting);
}

void gate_read_deinit(struct gate_read *read)
{
	gate_runs_deinit(&read->runs);
	gate_runs_deinit(&read->waits);
	gate_facts_list_deinit(&read->facts);
}

static int add_facts(struct reading *reading, const struct gate_input *input,
		     const struct profile *profile, const struct gate_cost *cost)
{
	struct gate_facts facts;
	int err = gate_facts_init(&facts, profile, cost);

	facts.path = input->path;
	facts.side = input->side;
	/* What ab has counted is the same number, or more. */
	if (input->run.lost > facts.lost)
		facts.lost = input->run.lost;
	if (!err)
		err = vec_push(&reading->read->facts, facts);
	if (err)
		gate_facts_deinit(&facts);
	return err;
}

/* As pprof -diff_base writes it, say. */
static bool has_negative(const struct profile *profile)
{
	vec_each(&profile->values, value)
		if (*value < 0)
			return true;
	return false;
}

static int check_profile(const char *path, const struct profile *profile,
			 const struct gate_cost *cost)
{
	if (diff_is(profile) || has_negative(profile)) {
		message("%s: is a difference already; give the recordings that it was made of", path);
		return -EINVAL;
	}
	/* As ns it has to fit into 64 bits: a larger one would be some other number. */
	if (!(cost->ns < (double)INT64_MAX)) {
		message("%s: its values add up to more than can be counted; record a shorter run",
			path);
		return -EINVAL;
	}
	if (cost->n_samples > 0 && cost->ns >= 1)
		return 0;
	message("%s: has no samples; let the run do more, or record it again", path);
	return -EINVAL;
}

static int add_waits(struct reading *reading, const struct gate_input *input,
		     const struct profile *profile)
{
	struct gate_run run = { .operations = input->run.operations, .wall_ns = input->run.wall_ns };

	if (!value_has_waits(profile))
		return 0;
	reading->n_with_waits++;
	return gate_gather_add(reading->waiting, input->side, input->pair, &run, profile);
}

static int add_profile(struct reading *reading, const struct gate_input *input,
		       const struct profile *profile)
{
	struct gate_run run = input->run;
	struct gate_cost cost;
	int err;

	gate_cost_of(profile, GATE_RUNNING, &cost);
	err = check_profile(input->path, profile, &cost);
	if (!err)
		err = add_facts(reading, input, profile, &cost);
	if (err)
		return err;
	reading->read->is_time &= cost.is_time || run.cpu_ns > 0;
	if (cost.is_time && run.cpu_ns) {
		reading->read->sampled_ns[input->side] += cost.ns;
		reading->read->charged_ns[input->side] += (double)run.cpu_ns;
	}
	run.lost = reading->read->facts.data[reading->read->facts.n - 1].lost;
	if (!run.wall_ns)
		run.wall_ns = profile->duration_ns;
	err = gate_gather_add(reading->running, input->side, input->pair, &run, profile);
	return err ?: add_waits(reading, input, profile);
}

static int read_profile(struct reading *reading, const struct gate_input *input)
{
	const struct gate_verb_options *options = reading->options;
	const struct inputs_options inputs_options = {
		.debug_dirs = &options->debug_dirs,
		.no_cache = options->no_cache,
		/* What has no names is said once, for all runs. */
		.quiet = !options->verbose,
		.verbose = options->verbose,
	};
	guard(profile_deinit) struct profile profile = {};
	int err = profile_init(&profile);

	if (!err)
		err = inputs_read_one(input->path, options->quiet, &profile);
	if (!err)
		err = inputs_resolve(&inputs_options, &profile, reading->downloads);
	if (!err)
		err = profile_finish(&profile);
	return err ?: add_profile(reading, input, &profile);
}

static int finish(struct reading *reading, struct gate_budget *budget)
{
	struct gate_read *read = reading->read;
	gate_gather_wanted wanted = budget ? gate_allowed_wanted : NULL;
	int err = gate_gather_finish(reading->running, wanted, budget, &read->runs);

	if (!err && !read->has_functions)
		read->runs.n_rows = read->runs.tree.n = 0;
	read->has_waits = read->has_functions && reading->n_with_waits == reading->inputs->items.n;
	if (!err && read->has_waits)
		err = gate_gather_finish(reading->waiting, NULL, NULL, &read->waits);
	return err;
}

/* A file that took the place of a run's, from another directory of ab say, is not that run. */
static int check_recorded(const struct gate_input *input, const struct gate_facts *facts)
{
	if (!facts->n_recorded || !input->n_recorded || facts->n_recorded == input->n_recorded)
		return 0;
	message("%s: has %" PRIu64 " samples, and manifest.json says %" PRIu64 " of this run; let "
		"flametap ab make the runs again", input->path, facts->n_recorded,
		input->n_recorded);
	return -EINVAL;
}

/* How complete each run is comes out only when it is gathered. */
static int check_all(struct reading *reading, struct report_error *why)
{
	struct gate_read *read = reading->read;
	size_t i = 0;
	int err;

	vec_each(&reading->inputs->items, input) {
		const struct gate_run *run = &read->runs.runs[input->side][input->pair];

		if (!input->path)
			continue;
		read->facts.data[i].n_samples = run->n_samples;
		read->facts.data[i++].unknown = run->unknown;
	}
	err = gate_comparable(&read->facts, why) ? 0 : -EXDEV;
	i = 0;
	vec_each(&reading->inputs->items, input)
		if (!err && input->path)
			err = check_recorded(input, &read->facts.data[i++]);
	return err;
}

int gate_read(const struct gate_verb_options *options, const struct gate_inputs *inputs,
	      struct gate_budget *budget, const struct downloads *downloads, struct gate_read *ret,
	      struct report_error *why)
{
	guard(reading_deinit) struct reading reading = {
		.options = options, .inputs = inputs, .downloads = downloads, .read = ret,
	};
	int err;

	*ret = (struct gate_read){ .is_time = true, .has_functions = !inputs->n_unprofiled };
	err = gate_gather_create(inputs->n_pairs, GATE_RUNNING, &reading.running);
	if (!err)
		err = gate_gather_create(inputs->n_pairs, GATE_WAITING, &reading.waiting);
	vec_each(&inputs->items, input) {
		if (err)
			break;
		if (input->path)
			err = read_profile(&reading, input);
		else
			err = gate_gather_add(reading.running, input->side, input->pair,
					      &input->run, NULL);
	}
	if (!err)
		err = finish(&reading, budget);
	return err ?: check_all(&reading, why);
}
