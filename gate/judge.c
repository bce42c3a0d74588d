// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tests of a look come in, verdicts of the program, of each function and of
 * each entry of a budget go out; see judge.h.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/guard.h"
#include "gate/detect.h"
#include "gate/judge.h"

enum { NONE = UINT32_MAX };

/* How bad: a FAIL makes the whole a FAIL, else one that is open leaves the whole open. */
static enum gate_verdict worse(enum gate_verdict a, enum gate_verdict b)
{
	static const int rank[] = {
		[GATE_PASS] = 0, [GATE_INCONCLUSIVE] = 1, [GATE_FAIL] = 2, [GATE_INVALID] = 3};

	return rank[a] >= rank[b] ? a : b;
}

/*
 * Of something that does not fail. With a limit, that it is kept has to be shown. Without one,
 * nothing can be shown to be exactly as fast as before: that no change is seen is enough, but at
 * the first of two looks what is in doubt goes on to the second.
 */
static enum gate_verdict open_or_pass(const struct judge *judge, double limit, bool is_default,
				      double p, double high)
{
	if (!is_default && limit > 0)
		return high < limit ? GATE_PASS : GATE_INCONCLUSIVE;
	return judge->look->is_last || p > GATE_SUSPECT ? GATE_PASS : GATE_INCONCLUSIVE;
}

/* Where there is no limit to be kept, runs that vary so much that not even such a regression would
 * be seen do not let a function or the program pass. */
static bool is_blind(const struct gate_program *program)
{
	return program->detectable > GATE_DEFAULT_SEEN;
}

/* At the first of two looks a FAIL is only told, and waits for the second. */
static enum gate_verdict failed(struct judge *judge)
{
	if (judge->look->is_last)
		return GATE_FAIL;
	judge->result->unconfirmed = true;
	return GATE_INCONCLUSIVE;
}

/* All in ns: a change that fails, what is accepted of it, the limit that somebody has set (0:
 * none), and how far the change's own limits are below and above it. */
struct excused {
	double change, accepted, limit, below, above;
};

/*
 * Of a change that fails: what is left of it without what is accepted is judged as any other one.
 * It fails if it is as much as the limit and as what is noise; and under a limit it has to be shown
 * that it is kept, or the smallest thing that is accepted would let pass all that is in doubt.
 */
static enum gate_verdict excuse(const struct excused *of, double least)
{
	double rest = of->change - of->accepted;

	if (!(of->accepted > 0) || rest >= fmax(least, of->below))
		return GATE_FAIL;
	return of->limit > 0 && rest + of->above >= of->limit ? GATE_INCONCLUSIVE : GATE_PASS;
}

/*
 * At the second look the pairs that are new have to show the change, too, or at least a quarter
 * of it: what only the first ones had was theirs (a layout in memory, a neighbour) and not the
 * code's. before, now: the means at both looks.
 */
static bool recurs(const struct judge *judge, double before, double now)
{
	double n = judge->look->n_pairs, n_before;

	if (!judge->before)
		return true;
	n_before = judge->before->n_pairs;
	return (n * now - n_before * before) / (n - n_before) >= now / 4;
}

static bool program_fails(const struct judge *judge, double limit)
{
	const struct gate_program_test *test = &judge->look->program;
	const struct gate_program_test *before = judge->before ? &judge->before->program : NULL;
	bool failed =
		before && look_fails(judge->before, before->p, before->ratio - 1, limit, false);

	return look_fails(judge->look, test->p, test->ratio - 1, limit, failed) &&
	       recurs(judge, before ? before->mean_log : 0, test->mean_log);
}

/* Of one that fails. */
static enum gate_verdict excuse_program(struct judge *judge, struct gate_program *to)
{
	const struct gate_program_test *test = &judge->look->program;
	double least = to->budget * test->base_ns;
	const struct excused of = {
		.change = test->head_ns - test->base_ns,
		.accepted = judge->accepted.program_ns,
		.limit = to->in_budget ? least : 0,
		.below = (test->ratio - test->low) * test->base_ns,
		.above = (test->high - test->ratio) * test->base_ns,
	};
	enum gate_verdict rest = excuse(&of, least);

	to->reason = judge->request->total_reason;
	if (!to->reason && rest == GATE_PASS)
		to->reason = judge->accepted.reason;
	if (to->reason)
		return GATE_FAIL;
	return rest == GATE_FAIL ? failed(judge) : rest;
}

static void judge_program(struct judge *judge)
{
	const struct gate_request *request = judge->request;
	const struct gate_program_test *test = &judge->look->program;
	struct gate_program *to = &judge->result->program;
	bool is_default = !request->has_total;

	*to = (struct gate_program){
		.ratio = test->ratio,
		.low = test->low,
		.high = test->high,
		.p = test->p,
		.n_pairs = test->n,
		.base_ns = test->base_ns,
		.head_ns = test->head_ns,
		.budget = is_default ? GATE_DEFAULT_LEAST : request->total_limit,
		.in_budget = request->has_total,
		.level = judge->look->fail,
	};
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < test->n; pair++)
			to->operations += request->runs->runs[side][pair].operations;
	to->detectable = gate_detect_program(test, to->level, to->budget);
	if (!judge->plan->judges_program) {
		to->verdict = GATE_PASS;
	} else if (program_fails(judge, to->budget)) {
		to->verdict = excuse_program(judge, to);
	} else {
		to->verdict = open_or_pass(judge, to->budget, is_default, test->p, test->high - 1);
		if ((is_default || !(to->budget > 0)) && is_blind(to))
			to->verdict = GATE_INCONCLUSIVE;
	}
	to->accepted = to->reason != NULL;
}

static struct gate_finding make_finding(const struct judge *judge, size_t row)
{
	const struct gate_row *name = &judge->request->runs->rows[row];
	const struct gate_maxt_row *of = &judge->look->maxt.rows[row];
	double program = judge->look->program.base_ns, level = judge->look->fail;

	return (struct gate_finding){
		.name = name->name,
		.file = name->file,
		.row = row,
		.total = name->total,
		.is_leaf = name->is_leaf,
		.base_ns = of->base_ns,
		.head_ns = of->head_ns,
		.difference_ns = of->mean_ns,
		.low_ns = of->low_ns,
		.high_ns = of->high_ns,
		.t = of->t,
		.p = of->p,
		.p_faster = of->p_faster,
		.share = of->base_ns / program,
		.relative = of->base_ns > 0   ? of->mean_ns / of->base_ns
			    : of->mean_ns > 0 ? INFINITY
					      : 0,
		.of_program = of->mean_ns / program,
		.detectable_ns = of->candidate ? gate_detect_ns(of, judge->errors) : NAN,
		.is_slower = of->candidate && of->p <= level,
		.is_faster = of->candidate && of->p_faster <= level,
		.candidate = of->candidate,
		.verdict = GATE_PASS,
	};
}

static int make_findings(struct judge *judge)
{
	size_t n_rows = judge->request->runs->n_rows;
	int err = 0;

	judge->finding = malloc((n_rows + 1) * sizeof(*judge->finding));
	if (!judge->finding)
		return -ENOMEM;
	for (size_t row = 0; !err && row < n_rows; row++) {
		judge->finding[row] = judge->result->findings.n;
		err = vec_push(&judge->result->findings, make_finding(judge, row));
	}
	return err;
}

/* limit: that somebody has set, or 0; least: below it nothing fails. */
static enum gate_verdict excuse_row(const struct judge *judge, const struct gate_finding *finding,
				    double limit, double least)
{
	const struct excused of = {
		.change = finding->difference_ns,
		.accepted = gate_accepted_of(&judge->accepted, finding->row),
		.limit = limit,
		.below = finding->difference_ns - finding->low_ns,
		.above = finding->high_ns - finding->difference_ns,
	};

	return excuse(&of, least);
}

/* One function under one limit, in ns of an operation. */
static enum gate_verdict judge_row(struct judge *judge, struct gate_finding *finding, double limit,
				   bool is_default)
{
	const struct gate_maxt_row *before =
		judge->before ? &judge->before->maxt.rows[finding->row] : NULL;
	const char *reason =
		judge->request->accepted ? judge->request->accepted[finding->row] : NULL;
	bool failed_before = before && before->candidate &&
			     look_fails(judge->before, before->p, before->mean_ns, limit, false);
	enum gate_verdict rest;

	if (!finding->candidate)
		return GATE_PASS;
	if (!look_fails(judge->look, finding->p, finding->difference_ns, limit, failed_before) ||
	    !recurs(judge, before ? before->mean_ns : 0, finding->difference_ns))
		return open_or_pass(judge, limit, is_default, finding->p, finding->high_ns);
	rest = reason ? GATE_PASS : excuse_row(judge, finding, is_default ? 0 : limit, limit);
	if (rest == GATE_PASS) {
		finding->accepted = true;
		finding->reason = reason ?: judge->accepted.reason;
	}
	return rest == GATE_FAIL ? failed(judge) : rest;
}

static double limit_ns(const struct judge *judge, const struct gate_limit *limit,
		       const struct gate_finding *finding)
{
	return limit->limit * (limit->of_program ? judge->look->program.base_ns : finding->base_ns);
}

/* What could have been seen of a row under a limit, as a share of what the limit is of. */
static double detectable(const struct judge *judge, const struct gate_limit *limit,
			 const struct gate_finding *finding)
{
	const struct gate_maxt_row *row = &judge->look->maxt.rows[finding->row];
	double of = limit->of_program ? judge->look->program.base_ns : finding->base_ns;

	if (!finding->candidate || !(of > 0))
		return NAN;
	return gate_detect_ns(row,
			      gate_detect_errors(&judge->look->maxt, judge->look->fail,
						 limit_ns(judge, limit, finding) / row->error_ns)) /
	       of;
}

static bool is_worse(const struct gate_finding *a, const struct gate_finding *b)
{
	if (a->verdict != b->verdict)
		return worse(a->verdict, b->verdict) == a->verdict;
	if (a->p != b->p)
		return a->p < b->p;
	/* The surest first: a caller has the same change, and the noise of all else that it calls.
	 */
	return a->t > b->t || (a->t == b->t && a->difference_ns > b->difference_ns);
}

static int judge_limit(struct judge *judge, const struct gate_limit *limit)
{
	struct gate_budget_result to = {.name = limit->name,
					.limit = limit->limit,
					.of_program = limit->of_program,
					.worst = NONE,
					.detectable = NAN,
					.n_rows = limit->n_rows};
	struct gate_finding *worst = NULL;

	to.verdict = limit->n_rows && judge->look->has_functions ? GATE_PASS : GATE_INCONCLUSIVE;
	for (size_t i = 0; judge->look->has_functions && i < limit->n_rows; i++) {
		struct gate_finding *finding =
			&judge->result->findings.data[judge->finding[limit->rows[i]]];
		enum gate_verdict verdict;

		if (look_share(judge->request->runs, judge->look->n_pairs, finding->row) <
		    limit->min_share)
			continue;
		finding->in_budget = true;
		verdict = judge_row(judge, finding, limit_ns(judge, limit, finding), false);
		if (verdict == GATE_PASS && !finding->accepted && !(limit->limit > 0) &&
		    is_blind(&judge->result->program))
			verdict = GATE_INCONCLUSIVE;
		finding->verdict = worse(finding->verdict, verdict);
		to.verdict = worse(to.verdict, verdict);
		if (!worst || is_worse(finding, worst))
			worst = finding;
	}
	if (worst) {
		to.worst = worst->row;
		to.detectable = detectable(judge, limit, worst);
	}
	return vec_push(&judge->result->budgets, to);
}

static int judge_default(struct judge *judge)
{
	double limit = GATE_DEFAULT_LEAST * judge->look->program.base_ns;
	struct gate_budget_result to = {.name = "functions",
					.limit = GATE_DEFAULT_LEAST,
					.of_program = true,
					.is_default = true,
					.worst = NONE,
					.detectable = NAN,
					.n_rows = judge->result->findings.n};
	struct gate_finding *worst = NULL;

	vec_each(&judge->result->findings, finding) {
		finding->verdict = judge_row(judge, finding, limit, true);
		to.verdict = worse(to.verdict, finding->verdict);
		if (finding->candidate && (!worst || is_worse(finding, worst)))
			worst = finding;
	}
	if (worst)
		to.worst = worst->row;
	return vec_push(&judge->result->budgets, to);
}

static int compare_findings(const void *a, const void *b)
{
	const struct gate_finding *x = a, *y = b;

	if (is_worse(x, y) != is_worse(y, x))
		return is_worse(x, y) ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Budgets named their worst by row so far, since findings had no order yet. */
static void order_findings(struct judge *judge)
{
	struct gate_result *result = judge->result;
	size_t n_kept = 0;

	vec_each(&result->findings, finding)
		if (finding->candidate || finding->in_budget)
			result->findings.data[n_kept++] = *finding;
	result->findings.n = n_kept;
	if (n_kept)
		qsort(result->findings.data, n_kept, sizeof(*result->findings.data),
		      compare_findings);
	for (size_t i = 0; i < n_kept; i++)
		judge->finding[result->findings.data[i].row] = i;
	vec_each(&result->budgets, budget)
		if (budget->worst != NONE)
			budget->worst = judge->finding[budget->worst];
}

static int add_total(struct judge *judge)
{
	const struct gate_program *program = &judge->result->program;
	struct gate_budget_result to = {
		.name = "total",
		.limit = program->budget,
		.of_program = true,
		.verdict = program->accepted ? GATE_PASS : program->verdict,
		.worst = NONE,
		.detectable = program->detectable,
		.is_total = true,
		.is_default = !program->in_budget,
	};

	return judge->plan->judges_program ? vec_push(&judge->result->budgets, to) : 0;
}

int judge_all(struct judge *judge)
{
	int err = 0;

	if (judge->look->has_functions)
		judge->errors = gate_detect_errors(&judge->look->maxt, judge->look->fail, 0);
	if (judge->look->has_functions && judge->request->accepted)
		err = gate_accepted_init(&judge->accepted, judge->request->runs, &judge->look->maxt,
					 judge->request->accepted);
	if (err)
		return err;
	judge_program(judge);
	err = add_total(judge);
	if (!err && judge->look->has_functions)
		err = make_findings(judge);
	for (size_t i = 0; !err && i < judge->request->n_limits; i++)
		err = judge_limit(judge, &judge->request->limits[i]);
	if (!err && !judge->request->has_budget && judge->look->has_functions)
		err = judge_default(judge);
	if (!err && judge->look->has_functions)
		order_findings(judge);
	return err;
}

void judge_deinit(struct judge *judge)
{
	gate_accepted_deinit(&judge->accepted);
	free(judge->finding);
}
