// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is asked for comes in, the tests of one look at the runs go out; see
 * look.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "gate/look.h"

/* A FAIL of the first look has to be one at the second, too: so its level costs nothing there. */
static void plan_two(struct look_plan *plan, const struct gate_request *request, double share)
{
	plan->looks[0] = (struct look){
		.n_pairs = request->first_pairs,
		.fail = GATE_FIRST_SHARE * request->alpha,
		.interval = GATE_FIRST_SHARE * request->alpha,
	};
	plan->looks[1] = (struct look){
		.fail = (1 - GATE_FIRST_SHARE) * share,
		.confirm = share,
		.interval = (1 - GATE_FIRST_SHARE) * request->alpha,
		.is_last = true,
	};
}

static bool judges_program(const struct gate_request *request)
{
	return !request->has_budget || request->has_total;
}

static bool judges_functions(const struct gate_request *request)
{
	return (!request->has_budget || request->n_limits) && request->runs->n_rows;
}

double look_plan_share(const struct gate_request *request)
{
	size_t n = request->n_parts ? request->n_parts : 1;

	return request->alpha /
	       (n * (judges_program(request) && judges_functions(request) ? 2 : 1));
}

void look_plan_make(struct look_plan *plan, const struct gate_request *request)
{
	size_t n = request->runs->n_pairs, first = request->first_pairs;
	bool two = request->last_pairs > first, ends = request->is_complete || !two;
	double share = look_plan_share(request);

	*plan = (struct look_plan){
		.judges_program = judges_program(request),
		.judges_functions = judges_functions(request),
	};
	if (ends && (!two || n <= first)) {
		plan->looks[0] = (struct look){
			.n_pairs = n, .fail = share, .interval = request->alpha, .is_last = true};
		plan->n_looks = n >= 2;
		return;
	}
	plan_two(plan, request, share);
	plan->n_looks = n >= request->last_pairs || (ends && n > first) ? 2 : n >= first;
	plan->looks[1].n_pairs = n < request->last_pairs ? n : request->last_pairs;
	plan->more_pairs = plan->n_looks < 2;
}

void look_plan_deinit(struct look_plan *plan)
{
	for (size_t i = 0; i < 2; i++) {
		gate_maxt_deinit(&plan->looks[i].maxt);
		free(plan->looks[i].candidates);
	}
}

double look_share(const struct gate_runs *runs, size_t n_pairs, size_t row)
{
	double x = 0, all = 0;

	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < n_pairs; pair++) {
			x += runs->x[side][row * runs->n_pairs + pair];
			all += runs->runs[side][pair].n_samples;
		}
	return all > 0 ? x / all : 0;
}

/* Who is tested must not depend on which side has the samples. */
static void choose(struct look *look, const struct gate_request *request)
{
	gate_maxt_candidates(request->runs, look->n_pairs, look->candidates);
	for (size_t i = 0; i < request->n_limits; i++) {
		const struct gate_limit *limit = &request->limits[i];

		for (size_t k = 0; k < limit->n_rows; k++)
			if (look_share(request->runs, look->n_pairs, limit->rows[k]) >=
			    limit->min_share)
				look->candidates[limit->rows[k]] = true;
	}
}

int look_test(struct look *look, const struct gate_request *request)
{
	struct gate_maxt_options options = {
		.n_pairs = look->n_pairs,
		.level = look->interval,
		.seed = request->seed,
		.n_flips = request->n_flips,
	};
	int err = gate_program_test(request->runs, look->n_pairs, look->interval, &look->program);

	if (err || !request->runs->n_rows)
		return err;
	look->candidates = calloc(request->runs->n_rows, sizeof(*look->candidates));
	if (!look->candidates)
		return -ENOMEM;
	choose(look, request);
	err = gate_maxt_init(&look->maxt, request->runs, look->candidates, &options);
	look->has_functions = !err;
	return err;
}

bool look_fails(const struct look *look, double p, double change, double limit, bool failed)
{
	return change > 0 && change >= limit && (p <= look->fail || (failed && p <= look->confirm));
}
