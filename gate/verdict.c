// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs and what is allowed come in, the result goes out: the looks that the plan
 * has are taken, and the last of them is judged; see verdict.h.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "base/guard.h"
#include "gate/detect.h"
#include "gate/judge.h"
#include "gate/look.h"
#include "gate/root_frame.h"
#include "gate/verdict.h"

#define SIGHT 0.05     /* share of the program of the function that is shown as an example */
#define SIGHT_MOST 0.5 /* what has more is no example of a function */

size_t gate_verdict_least_pairs(double alpha, bool two_looks, bool with_program)
{
	double level = alpha * (two_looks ? GATE_FIRST_SHARE : with_program ? 0.5 : 1);

	/* From there on p is as small as so many flips make it, however many pairs there are. */
	for (size_t n = 2; n <= GATE_EXACT_PAIRS + 1; n++)
		if (gate_maxt_least_p(n, 0) <= level)
			return n;
	return 0;
}

static int say_out_of_reach(const struct gate_request *request, const struct look_plan *plan,
			    double least, struct gate_result *result)
{
	const struct look *look = &plan->looks[0];
	bool two = request->last_pairs > request->first_pairs && !look->is_last;
	/* The first of two looks has its level whatever alpha is shared with. */
	double alpha = request->alpha / (two || !request->n_parts ? 1 : request->n_parts);
	size_t n_pairs = gate_verdict_least_pairs(alpha, two, plan->judges_program);
	char needed[64] = "no number of pairs is enough";

	if (n_pairs)
		snprintf(needed, sizeof(needed), "at least %zu pairs are needed", n_pairs);
	return gate_result_cause(result,
				 "alpha %g is out of reach: the smallest p that %zu pairs can give "
				 "a function is %.2g, and it takes %.2g; %s",
				 request->alpha, look->n_pairs, least, look->fail, needed);
}

static int set_invalid(struct gate_result *result)
{
	result->verdict = GATE_INVALID;
	result->status = gate_verdict_status(GATE_INVALID);
	return result->cause ? 0 : -ENOMEM;
}

/* True when there is nothing to test: the cause is said. */
static bool is_invalid(const struct gate_request *request, const struct look_plan *plan,
		       struct gate_result *result)
{
	const struct look *look = &plan->looks[0];
	double least = gate_maxt_least_p(look->n_pairs, request->n_flips);

	if (!(request->alpha > 0 && request->alpha < 0.5)) {
		gate_result_cause(result, "alpha %g is not between 0 and 0.5", request->alpha);
		return true;
	}
	if (!plan->judges_functions || !plan->n_looks || least <= look->fail)
		return false;
	say_out_of_reach(request, plan, least, result);
	return true;
}

static int take_looks(struct look_plan *plan, const struct gate_request *request,
		      struct gate_result *result)
{
	for (size_t i = 0; i < plan->n_looks; i++) {
		struct look *look = &plan->looks[i];
		int err = look_test(look, request);

		if (err)
			return err;
		result->looks[i] = (struct gate_look){
			.n_pairs = look->n_pairs,
			.level = look->fail,
			.program_p = look->program.p,
			.least_p = 1,
			.verdict = GATE_INCONCLUSIVE,
		};
		for (size_t row = 0; look->has_functions && row < look->maxt.n_rows; row++)
			result->looks[i].least_p =
				fmin(result->looks[i].least_p, look->maxt.rows[row].p);
		result->n_looks = i + 1;
	}
	return 0;
}

static void add_up(struct gate_result *result, const struct gate_runs *runs, size_t n_pairs)
{
	for (int side = 0; side < GATE_SIDES; side++) {
		double whole = 0, unknown = 0, all = 0;

		for (size_t pair = 0; pair < n_pairs; pair++) {
			const struct gate_run *run = &runs->runs[side][pair];

			all += run->n_samples;
			whole += run->n_samples * run->whole;
			unknown += run->n_samples * run->unknown;
			result->lost[side] += run->lost;
		}
		result->n_samples[side] = all;
		result->whole[side] = all > 0 ? whole / all : NAN;
		result->unknown[side] = all > 0 ? unknown / all : NAN;
	}
}

/* A function whose share is near to SIGHT, as an example of what could have been seen: with the
 * change that the default rule lets pass, where that is what decides. */
static void take_sight(struct gate_result *result, const struct gate_request *request,
		       const struct look *look)
{
	double limit = request->has_budget ? 0 : GATE_DEFAULT_LEAST * look->program.base_ns;
	const struct gate_finding *best = NULL;
	const struct gate_maxt_row *row;
	double errors;

	vec_each(&result->findings, finding)
		if (finding->candidate && finding->base_ns > 0 && finding->share < SIGHT_MOST &&
		    (!best || fabs(log(finding->share / SIGHT)) < fabs(log(best->share / SIGHT))))
			best = finding;
	if (!best)
		return;
	row = &look->maxt.rows[best->row];
	errors = gate_detect_errors(&look->maxt, look->fail, limit / row->error_ns);
	result->sight = (struct gate_sight){
		.name = best->name,
		.share = best->share,
		.relative = gate_detect_ns(row, errors) / best->base_ns,
	};
}

static int take_root(struct gate_result *result, const struct gate_request *request,
		     const struct look *look)
{
	const struct gate_program_test *program = &look->program;
	double sure = expm1(program->mean_log - 2 * program->s / sqrt(program->n)) *
		      program->base_ns;
	struct gate_root_frame root;
	int err;

	if (!look->has_functions)
		return 0;
	/* Of what became many times as much, a few runs make the base's mean, and none its logarithm. */
	sure = fmin(sure, program->head_ns - program->base_ns);
	err = gate_root_frame_find(request->runs, &look->maxt, sure, &root);
	if (err)
		return err == -ENOENT ? 0 : err;
	result->root = (struct gate_root){
		.found = true,
		.name = root.name,
		.file = root.file,
		.anywhere = root.anywhere,
		.difference_ns = root.difference_ns,
		.explains = program->head_ns > program->base_ns
				    ? root.difference_ns / (program->head_ns - program->base_ns)
				    : NAN,
	};
	return 0;
}

static enum gate_verdict of_all(const struct gate_result *result)
{
	enum gate_verdict verdict = GATE_PASS;

	vec_each(&result->budgets, budget) {
		if (budget->verdict == GATE_FAIL)
			return GATE_FAIL;
		if (budget->verdict == GATE_INCONCLUSIVE)
			verdict = GATE_INCONCLUSIVE;
	}
	return verdict;
}

/* True when the program did not fail, and a PASS would not say much. */
static bool is_blind(const struct gate_result *result)
{
	const struct gate_program *program = &result->program;

	return program->verdict == GATE_INCONCLUSIVE && program->detectable > GATE_DEFAULT_SEEN &&
	       (!program->in_budget || !(program->budget > 0));
}

/* Why nothing was decided, for people. */
static int say_open(struct gate_result *result, const struct look_plan *plan,
		    const struct gate_request *request)
{
	const struct look *look = &plan->looks[plan->n_looks - 1];

	vec_each(&result->budgets, budget)
		if (budget->verdict == GATE_INCONCLUSIVE && !budget->is_total && !budget->n_rows)
			return gate_result_cause(result,
						 "%s: both sides have no function of that name to compare",
						 budget->name);
	if (request->n_limits && !look->has_functions)
		return gate_result_cause(result,
					 "functions are unavailable, the budget names some");
	if (result->unconfirmed)
		return gate_result_cause(result,
					 "a regression at the first look; %zu more pairs "
					 "have to confirm it",
					 request->last_pairs - look->n_pairs);
	if (plan->more_pairs)
		return gate_result_cause(result, "%zu pairs do not decide it; %zu more may",
					 look->n_pairs, request->last_pairs - look->n_pairs);
	if (is_blind(result))
		return gate_result_cause(result,
					 "runs vary too much: only a program %.0f %% slower would "
					 "have been seen",
					 100 * result->program.detectable);
	vec_each(&result->budgets, budget)
		if (budget->verdict == GATE_INCONCLUSIVE && !budget->is_default)
			return gate_result_cause(result,
						 "%zu pairs do not decide whether %s keeps its "
						 "limit: runs vary too much",
						 look->n_pairs,
						 budget->is_total ? "the program" : budget->name);
	return gate_result_cause(result, "%zu pairs do not decide it: runs vary too much",
				 look->n_pairs);
}

static int conclude(struct look_plan *plan, const struct gate_request *request,
		    struct gate_result *result)
{
	struct look *look = &plan->looks[plan->n_looks - 1];
	struct judge judge = {.request = request,
			      .plan = plan,
			      .look = look,
			      .before = plan->n_looks > 1 ? &plan->looks[0] : NULL,
			      .result = result};
	int err = judge_all(&judge);

	judge_deinit(&judge);
	if (err)
		return err;
	result->has_functions = look->has_functions;
	result->n_flips = look->maxt.n_flips;
	result->exact = look->maxt.exact;
	result->phi = look->maxt.phi;
	result->verdict = of_all(result);
	result->status = gate_verdict_status(result->verdict);
	result->looks[plan->n_looks - 1].verdict = result->verdict;
	add_up(result, request->runs, look->n_pairs);
	take_sight(result, request, look);
	if (result->verdict == GATE_FAIL || result->unconfirmed)
		err = take_root(result, request, look);
	if (!err && result->verdict == GATE_INCONCLUSIVE) {
		result->more_pairs = plan->more_pairs;
		err = say_open(result, plan, request);
	}
	return err;
}

int gate_verdict_decide(const struct gate_request *request, struct gate_result *ret)
{
	struct look_plan plan guard(look_plan_deinit) = {};
	int err;

	/* GSL ends the program when it has no memory or a series does not converge, unless it is
	 * told not to; then it says so in what it returns. */
	gsl_set_error_handler_off();
	ret->alpha = request->alpha;
	ret->seed = request->seed;
	look_plan_make(&plan, request);
	if (is_invalid(request, &plan, ret))
		return set_invalid(ret);
	if (!plan.n_looks) {
		ret->verdict = GATE_INCONCLUSIVE;
		ret->status = gate_verdict_status(ret->verdict);
		ret->more_pairs = plan.more_pairs;
		return gate_result_cause(ret, "%zu pairs are too few; the plan has %zu",
					 request->runs->n_pairs, request->first_pairs);
	}
	err = take_looks(&plan, request, ret);
	if (err == -EINVAL) {
		gate_result_cause(ret, "a run has no CPU time, no operations or no samples");
		return set_invalid(ret);
	}
	return err ? err : conclude(&plan, request, ret);
}
