// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts over runs that are written down: budgets, looks, what is accepted,
 * what is out of reach; and the root frame in small trees.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "gate/look.h"
#include "gate/root_frame.h"
#include "gate/verdict.h"
#include "tests/unit/gate_maker.h"

enum { SAMPLES = 100000, ROWS = 12, MAIN = 10, LEAF = 2, LEAF_TOTAL = 11 };

static void assert_near(double got, double expected, double tolerance)
{
	if (!(fabs(got - expected) <= tolerance))
		fail_msg("%.12g is not %.12g", got, expected);
}

/* Noise that looks like noise, and is the same each time: -1 to 1. */
static double wobble(size_t row, size_t pair)
{
	return ((row * 7919 + pair * 104729 + row * pair * 31) % 2001) / 1000.0 - 1;
}

/*
 * Ten functions of 10 % each, main's total, and the total of the third, which is slower by so much
 * of its own cost in the pairs from first to last. The program takes as long as its samples.
 */
static void make_runs(struct gate_runs *runs, size_t n_pairs, double slower, size_t first,
		      size_t last)
{
	double more[n_pairs], all[n_pairs];

	gate_maker_init(runs, n_pairs, ROWS, SAMPLES);
	memset(all, 0, sizeof(all));
	for (size_t row = 0; row < 10; row++) {
		char name[] = {'f', '0' + row, 0};

		for (size_t pair = 0; pair < n_pairs; pair++) {
			more[pair] = 40 * wobble(row, pair);
			if (row == LEAF && pair >= first && pair < last)
				more[pair] += slower * SAMPLES / 10;
			all[pair] += more[pair];
		}
		gate_maker_row(runs, row, name, false, SAMPLES / 10, more);
		if (row == LEAF)
			gate_maker_row(runs, LEAF_TOTAL, name, true, SAMPLES / 10, more);
	}
	gate_maker_row(runs, MAIN, "main", true, SAMPLES, all);
	for (size_t pair = 0; pair < n_pairs; pair++) {
		runs->runs[GATE_HEAD][pair].cpu_ns = llround(SAMPLES + all[pair]);
		runs->runs[GATE_HEAD][pair].n_samples = SAMPLES + all[pair];
	}
}

static struct gate_request make_request(const struct gate_runs *runs, size_t first, size_t last)
{
	return (struct gate_request){.runs = runs,
				     .alpha = GATE_ALPHA,
				     .first_pairs = first,
				     .last_pairs = last,
				     .seed = 1};
}

static void decide(const struct gate_request *request, struct gate_result *ret)
{
	assert_int_equal(gate_result_init(ret), 0);
	assert_int_equal(gate_verdict_decide(request, ret), 0);
	assert_int_equal(ret->status, gate_verdict_status(ret->verdict));
	assert_true((ret->verdict == GATE_INVALID || ret->verdict == GATE_INCONCLUSIVE) ==
		    !!ret->cause);
}

static void check_verdict(const struct gate_request *request, enum gate_verdict expected)
{
	struct gate_result result;

	decide(request, &result);
	if (result.verdict != expected)
		fail_msg("%s is not %s: %s", gate_verdict_name(result.verdict),
			 gate_verdict_name(expected), result.cause ? result.cause : "");
	gate_result_deinit(&result);
}

static void test_same(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0, 0, 8);
	request = make_request(&runs, 8, 8);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_PASS);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.findings.n, ROWS);
	assert_int_equal(result.n_looks, 1);
	assert_near(result.looks[0].level, 0.005, 1e-12);
	assert_true(result.exact && result.n_flips == 256);
	assert_true(result.program.detectable > 0 && result.program.detectable < 0.02);
	assert_non_null(result.sight.name);
	/* Functions of 10 %, of which 5 % are the 0.5 % of the program that the rule lets pass. */
	assert_true(result.sight.relative > 0.05 && result.sight.relative < 0.1);
	assert_false(result.root.found);
	assert_near(result.n_samples[GATE_BASE], 8.0 * SAMPLES, 1);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);
}

static void test_slower(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0.2, 0, 8);
	request = make_request(&runs, 8, 8);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_FAIL);
	assert_int_equal(result.status, 1);
	/* Worst first: the function itself, its total, main. */
	for (size_t i = 0; i < 3; i++) {
		const struct gate_finding *finding = &result.findings.data[i];

		assert_int_equal(finding->verdict, GATE_FAIL);
		assert_true(finding->p == 1.0 / 256 && finding->is_slower && !finding->is_faster);
		assert_near(finding->difference_ns, SAMPLES * 0.02, 300);
		assert_near(finding->of_program, 0.02, 0.003);
	}
	assert_int_equal(result.findings.data[3].verdict, GATE_PASS);
	assert_near(result.program.ratio, 1.02, 0.003);
	assert_true(result.program.low > 1 && result.program.p < 0.005);
	assert_true(result.root.found);
	assert_string_equal(result.root.name, "f2");
	assert_near(result.root.explains, 1, 0.2);
	/* Both defaults failed, and the functions' names the worst of them. */
	assert_int_equal(result.budgets.n, 2);
	assert_true(result.budgets.data[0].is_total && result.budgets.data[1].is_default);
	assert_int_equal(result.budgets.data[1].verdict, GATE_FAIL);
	assert_int_equal(result.budgets.data[1].worst, 0);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);
}

/* As much the other way is no regression of anybody. */
static void test_faster(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;
	size_t n_faster = 0;

	(void)state;
	make_runs(&runs, 8, -0.2, 0, 8);
	request = make_request(&runs, 8, 8);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_PASS);
	vec_each(&result.findings, finding) {
		assert_false(finding->is_slower);
		n_faster += finding->is_faster;
	}
	assert_int_equal(n_faster, 3);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);
}

static void test_two_looks(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0.2, 0, 8);
	request = make_request(&runs, 8, 16);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_INCONCLUSIVE);
	assert_true(result.unconfirmed && result.more_pairs);
	assert_near(result.looks[0].level, 0.004, 1e-12);
	assert_string_equal(result.root.name, "f2");
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);

	make_runs(&runs, 16, 0.2, 0, 16);
	request = make_request(&runs, 8, 16);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_FAIL);
	assert_int_equal(result.n_looks, 2);
	assert_near(result.looks[1].level, 0.003, 1e-12);
	assert_false(result.unconfirmed || result.more_pairs);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);

	/* What only the first eight pairs had does not come again. */
	make_runs(&runs, 16, 0.2, 0, 8);
	request = make_request(&runs, 8, 16);
	decide(&request, &result);
	assert_true(result.verdict != GATE_FAIL);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);

	/* Nothing is seen at the first look, and it ends there. */
	make_runs(&runs, 8, 0, 0, 8);
	request = make_request(&runs, 8, 16);
	check_verdict(&request, GATE_PASS);
	gate_runs_deinit(&runs);
}

/* Pairs between the looks wait for the second, unless no more will come. */
static void test_between_looks(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 11, 0.2, 0, 11);
	request = make_request(&runs, 8, 16);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_INCONCLUSIVE);
	assert_int_equal(result.looks[0].n_pairs, 8);
	assert_int_equal(result.n_looks, 1);
	gate_result_deinit(&result);
	request.is_complete = true;
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_FAIL);
	assert_int_equal(result.looks[1].n_pairs, 11);
	gate_result_deinit(&result);
	request.first_pairs = 12;
	request.is_complete = false;
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_INCONCLUSIVE);
	assert_int_equal(result.n_looks, 0);
	assert_true(result.more_pairs);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);
}

static void test_levels(void **state)
{
	struct look_plan plan;
	struct gate_request request;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 16, 0, 0, 16);
	request = make_request(&runs, 8, 16);
	look_plan_make(&plan, &request);
	/* Program and functions share alpha; what confirms may be all of a share. */
	assert_near(plan.looks[0].fail, 0.004, 1e-12);
	assert_near(plan.looks[1].fail, 0.003, 1e-12);
	assert_near(plan.looks[1].confirm, 0.005, 1e-12);
	assert_near(plan.looks[1].interval, 0.006, 1e-12);
	request.has_budget = request.has_total = true;
	look_plan_make(&plan, &request);
	assert_near(plan.looks[1].fail, 0.006, 1e-12);
	assert_near(plan.looks[1].confirm, 0.01, 1e-12);
	assert_true(look_fails(&plan.looks[1], 0.006, 1, 0.5, false));
	assert_false(look_fails(&plan.looks[1], 0.007, 1, 0.5, false));
	assert_true(look_fails(&plan.looks[1], 0.007, 1, 0.5, true));
	assert_false(look_fails(&plan.looks[1], 0.011, 1, 0.5, true));
	assert_false(look_fails(&plan.looks[1], 0.001, 0.4, 0.5, true));
	assert_false(look_fails(&plan.looks[1], 0.001, 0, 0, true));
	assert_int_equal(gate_verdict_least_pairs(0.01, true, true), 8);
	assert_int_equal(gate_verdict_least_pairs(0.01, false, true), 8);
	assert_int_equal(gate_verdict_least_pairs(0.01, false, false), 7);
	assert_int_equal(gate_verdict_least_pairs(0.1, false, true), 5);
	/* 10,000 flips: beyond 12 pairs p goes down to 1e-4, and no further. */
	assert_int_equal(gate_verdict_least_pairs(0.0004, true, true), 13);
	assert_int_equal(gate_verdict_least_pairs(0.0001, true, true), 0);
	request.has_budget = request.has_total = false;
	/* Where waiting decides, too, both have half; the first look's level costs nothing. */
	request.n_parts = 2;
	look_plan_make(&plan, &request);
	assert_near(plan.looks[0].fail, 0.004, 1e-12);
	assert_near(plan.looks[1].fail, 0.0015, 1e-12);
	assert_near(plan.looks[1].confirm, 0.0025, 1e-12);
	assert_near(plan.looks[1].interval, 0.006, 1e-12);
	assert_int_equal(gate_verdict_least_pairs(0.01 / 2, false, true), 9);
	request = make_request(&runs, 16, 16);
	request.n_parts = 2;
	look_plan_make(&plan, &request);
	assert_near(plan.looks[0].fail, 0.0025, 1e-12);
	gate_runs_deinit(&runs);
}

static void test_out_of_reach(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 7, 0.2, 0, 7);
	request = make_request(&runs, 7, 7);
	decide(&request, &result);
	assert_int_equal(result.status, 2);
	assert_non_null(strstr(result.cause, "alpha 0.01 is out of reach"));
	assert_non_null(strstr(result.cause, "at least 8 pairs"));
	gate_result_deinit(&result);
	/* The program alone is tested by t, which has no smallest p. */
	request.has_budget = request.has_total = true;
	check_verdict(&request, GATE_FAIL);
	request.alpha = 0;
	check_verdict(&request, GATE_INVALID);
	request.alpha = NAN;
	check_verdict(&request, GATE_INVALID);
	gate_runs_deinit(&runs);
}

static void test_damaged_runs(void **state)
{
	struct gate_request request;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0, 0, 8);
	request = make_request(&runs, 8, 8);
	runs.runs[GATE_HEAD][3].n_samples = 0;
	check_verdict(&request, GATE_INVALID);
	runs.runs[GATE_HEAD][3].n_samples = SAMPLES;
	runs.runs[GATE_BASE][0].cpu_ns = 0;
	check_verdict(&request, GATE_INVALID);
	gate_runs_deinit(&runs);
	gate_maker_init(&runs, 1, 0, SAMPLES);
	request = make_request(&runs, 1, 1);
	check_verdict(&request, GATE_INCONCLUSIVE);
	gate_runs_deinit(&runs);
}

/* No samples at all (no rights): the program is judged, with all of alpha. */
static void test_program_alone(void **state)
{
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 8, 0, 1e9);
	for (size_t pair = 0; pair < 8; pair++) {
		runs.runs[GATE_HEAD][pair].cpu_ns = llround(1e9 * (1.02 + 0.001 * wobble(0, pair)));
		runs.runs[GATE_HEAD][pair].n_samples = runs.runs[GATE_BASE][pair].n_samples = 0;
	}
	request = make_request(&runs, 8, 8);
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_FAIL);
	assert_false(result.has_functions);
	assert_near(result.looks[0].level, 0.01, 1e-12);
	assert_int_equal(result.budgets.n, 1);
	gate_result_deinit(&result);
	gate_runs_deinit(&runs);
}

/* Noise of 15 % in the program: a PASS would say nothing. */
static void test_too_noisy(void **state)
{
	struct gate_request request;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0, 0, 8);
	for (size_t pair = 0; pair < 8; pair++)
		runs.runs[pair % 2][pair].cpu_ns *= 1.15;
	request = make_request(&runs, 8, 8);
	check_verdict(&request, GATE_INCONCLUSIVE);
	gate_runs_deinit(&runs);
}

static void test_total_budget(void **state)
{
	struct gate_request request;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0.2, 0, 8); /* 2 % of the program */
	request = make_request(&runs, 8, 8);
	request.has_budget = request.has_total = true;
	request.total_limit = 0.05;
	check_verdict(&request, GATE_PASS);
	request.total_limit = 0.01;
	check_verdict(&request, GATE_FAIL);
	request.total_limit = 0;
	check_verdict(&request, GATE_FAIL);
	/* Just there: neither is shown. */
	request.total_limit = 0.0201;
	check_verdict(&request, GATE_INCONCLUSIVE);
	request.total_limit = 0.01;
	request.total_reason = "it does more now";
	check_verdict(&request, GATE_PASS);
	gate_runs_deinit(&runs);
}

static void test_function_budget(void **state)
{
	static const uint32_t leaf[] = {LEAF, LEAF_TOTAL}, others[] = {0, 1, 3};
	struct gate_limit limit = {.name = "f2", .limit = 0.3, .rows = leaf, .n_rows = 2};
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0.2, 0, 8);
	request = make_request(&runs, 8, 8);
	request.has_budget = true;
	request.limits = &limit;
	request.n_limits = 1;
	check_verdict(&request, GATE_PASS);
	limit.limit = 0.1;
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_FAIL);
	assert_int_equal(result.budgets.n, 1);
	assert_string_equal(result.budgets.data[0].name, "f2");
	assert_true(result.findings.data[0].in_budget);
	assert_int_equal(result.findings.data[result.budgets.data[0].worst].verdict, GATE_FAIL);
	/* main got slower, too; nobody has a budget for it. */
	vec_each(&result.findings, finding)
		if (finding->row == MAIN)
			assert_true(finding->is_slower && finding->verdict == GATE_PASS);
	gate_result_deinit(&result);
	/* 2 % of the program: more than 1, less than 4. */
	limit.of_program = true;
	limit.limit = 0.01;
	check_verdict(&request, GATE_FAIL);
	limit.limit = 0.04;
	check_verdict(&request, GATE_PASS);
	/* Too small a function for that limit to be about it. */
	limit.limit = 0.01;
	limit.min_share = 0.2;
	check_verdict(&request, GATE_PASS);
	limit = (struct gate_limit){.name = "/f./", .limit = 0.1, .rows = others, .n_rows = 3};
	check_verdict(&request, GATE_PASS);
	limit.n_rows = 0;
	check_verdict(&request, GATE_INCONCLUSIVE);
	gate_runs_deinit(&runs);
}

/* All functions below main, as make_runs() has them. */
static void make_tree(struct gate_runs *runs, double slower)
{
	uint32_t top = gate_maker_node(runs, 0, "main", 0, 0);

	for (size_t row = 0; row < 10; row++) {
		char name[] = {'f', '0' + row, 0};

		gate_maker_node(runs, top, name, SAMPLES / 10,
				SAMPLES / 10 * (row == LEAF ? 1 + slower : 1));
	}
}

static void test_accepted(void **state)
{
	static const char *const reason = "checks its input now";
	const char *accepted[ROWS] = {[LEAF] = reason, [LEAF_TOTAL] = reason};
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 8, 0.2, 0, 8);
	request = make_request(&runs, 8, 8);
	request.accepted = accepted;
	make_tree(&runs, 0.2);
	decide(&request, &result);
	/* Its callers and the program are slower by no more than that. */
	assert_int_equal(result.verdict, GATE_PASS);
	assert_true(result.program.accepted);
	assert_string_equal(result.program.reason, reason);
	for (size_t i = 0; i < result.findings.n; i++)
		assert_true(result.findings.data[i].accepted == result.findings.data[i].is_slower);
	gate_result_deinit(&result);
	/* At the first of two looks nothing is left to confirm. */
	request.last_pairs = 16;
	decide(&request, &result);
	assert_false(result.unconfirmed);
	gate_result_deinit(&result);
	/* Somebody else's reason does not excuse it, were that as much slower. */
	request.last_pairs = 8;
	accepted[LEAF] = accepted[LEAF_TOTAL] = NULL;
	accepted[0] = reason;
	check_verdict(&request, GATE_FAIL);
	gate_runs_deinit(&runs);
}

/* Of two functions that got as much slower each: one that is accepted does not excuse the other. */
static void test_accepted_of_two(void **state)
{
	static const char *const reason = "checks its input now";
	const double more = 0.2 * SAMPLES / 10;
	const char *accepted[ROWS] = {[0] = reason};
	struct gate_request request;
	struct gate_result result;
	struct gate_runs runs;
	size_t n_failed = 0;

	(void)state;
	make_runs(&runs, 8, 0.2, 0, 8);
	make_tree(&runs, 0.2);
	for (size_t pair = 0; pair < 8; pair++) {
		runs.x[GATE_HEAD][0 * 8 + pair] += more;
		runs.x[GATE_HEAD][MAIN * 8 + pair] += more;
		runs.runs[GATE_HEAD][pair].cpu_ns += more;
		runs.runs[GATE_HEAD][pair].n_samples += more;
	}
	runs.tree.data[1].head_ns += more; /* below main, which is the root */
	request = make_request(&runs, 8, 8);
	request.accepted = accepted;
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_FAIL);
	assert_false(result.program.accepted);
	for (size_t i = 0; i < result.findings.n; i++) {
		const struct gate_finding *finding = &result.findings.data[i];

		assert_true(finding->accepted == (finding->row == 0));
		n_failed += finding->verdict == GATE_FAIL;
	}
	assert_int_equal(n_failed, 3); /* the other one, its total, and main */
	gate_result_deinit(&result);
	/* Both: what they cost the program is counted together. */
	accepted[LEAF] = accepted[LEAF_TOTAL] = reason;
	decide(&request, &result);
	assert_int_equal(result.verdict, GATE_PASS);
	assert_true(result.program.accepted);
	gate_result_deinit(&result);
	/* Without a tree nobody knows who calls whom, and nothing is excused but what is named. */
	runs.tree.n = 0;
	check_verdict(&request, GATE_FAIL);
	gate_runs_deinit(&runs);
}

static void test_same_again(void **state)
{
	struct gate_request request;
	struct gate_result results[2];
	struct gate_runs runs;

	(void)state;
	make_runs(&runs, 16, 0.02, 0, 16);
	request = make_request(&runs, 8, 16);
	for (int i = 0; i < 2; i++)
		decide(&request, &results[i]);
	assert_int_equal(results[0].findings.n, results[1].findings.n);
	for (size_t i = 0; i < results[0].findings.n; i++)
		assert_true(results[0].findings.data[i].p == results[1].findings.data[i].p &&
			    results[0].findings.data[i].row == results[1].findings.data[i].row);
	for (int i = 0; i < 2; i++)
		gate_result_deinit(&results[i]);
	gate_runs_deinit(&runs);
}

/* Totals of functions, all tested and sure to 1 ns. */
struct total {
	const char *name;
	double change, t;
};

static int find_root(struct gate_runs *runs, const struct total *totals, size_t n,
		     struct gate_root_frame *ret)
{
	struct gate_maxt_row rows[8] = {};
	struct gate_maxt maxt = {.n_rows = n, .rows = rows, .n_candidates = n};

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(gate_runs_name(runs, i, totals[i].name, ""), 0);
		runs->rows[i].total = true;
		rows[i] = (struct gate_maxt_row){.candidate = true,
						 .mean_ns = totals[i].change,
						 .error_ns = 1,
						 .t = totals[i].t};
	}
	return gate_root_frame_find(runs, &maxt, 0, ret);
}

static void test_root_in_a_chain(void **state)
{
	static const struct total totals[] = {
		{"main", 100, 20}, {"parse", 95, 30}, {"other", 5, 1}};
	struct gate_root_frame root;
	struct gate_runs runs;
	uint32_t main_node, parse;

	(void)state;
	gate_maker_init(&runs, 2, 3, 1000);
	main_node = gate_maker_node(&runs, 0, "main", 10, 10);
	parse = gate_maker_node(&runs, main_node, "parse", 50, 55);
	gate_maker_node(&runs, parse, "lex", 30, 120);
	gate_maker_node(&runs, main_node, "other", 100, 105);
	assert_int_equal(find_root(&runs, totals, 3, &root), 0);
	assert_string_equal(root.name, "lex");
	assert_near(root.difference_ns, 90, 1e-9);
	assert_false(root.anywhere);
	gate_runs_deinit(&runs);
}

/* Those that do nothing themselves, two of which call each other: the innermost. */
static void test_root_of_equals(void **state)
{
	static const struct total totals[] = {{"main", 100, 20}, {"call", 100, 20}};
	struct gate_root_frame root;
	struct gate_runs runs;
	uint32_t node;

	(void)state;
	gate_maker_init(&runs, 2, 2, 1000);
	node = gate_maker_node(&runs, 0, "main", 0, 0);
	node = gate_maker_node(&runs, node, "call", 0, 0);
	node = gate_maker_node(&runs, node, "eval", 0, 0);
	node = gate_maker_node(&runs, node, "call", 0, 0);
	node = gate_maker_node(&runs, node, "eval", 0, 0);
	gate_maker_node(&runs, node, "wait_turn", 10, 110);
	assert_int_equal(find_root(&runs, totals, 2, &root), 0);
	assert_string_equal(root.name, "wait_turn");
	gate_runs_deinit(&runs);
}

/* Two callees with half of it each: it is their caller's. */
static void test_root_of_two(void **state)
{
	static const struct total totals[] = {
		{"main", 100, 20}, {"parse", 98, 30}, {"lex", 49, 40}};
	struct gate_root_frame root;
	struct gate_runs runs;
	uint32_t main_node, parse;

	(void)state;
	gate_maker_init(&runs, 2, 3, 1000);
	main_node = gate_maker_node(&runs, 0, "main", 10, 12);
	parse = gate_maker_node(&runs, main_node, "parse", 50, 50);
	gate_maker_node(&runs, parse, "lex", 30, 79);
	gate_maker_node(&runs, parse, "reduce", 30, 79);
	assert_int_equal(find_root(&runs, totals, 3, &root), 0);
	assert_string_equal(root.name, "parse");
	gate_runs_deinit(&runs);
}

/* Called from two places, and by itself: counted once a stack, and all places together. */
static void test_root_shared(void **state)
{
	static const struct total totals[] = {{"main", 100, 20}, {"a", 50, 10}, {"b", 50, 10}};
	struct gate_root_frame root;
	struct gate_runs runs;
	uint32_t main_node, a, b, copy;

	(void)state;
	gate_maker_init(&runs, 2, 3, 1000);
	main_node = gate_maker_node(&runs, 0, "main", 10, 10);
	a = gate_maker_node(&runs, main_node, "a", 50, 50);
	b = gate_maker_node(&runs, main_node, "b", 50, 50);
	copy = gate_maker_node(&runs, a, "copy", 20, 45);
	gate_maker_node(&runs, copy, "copy", 20, 45);
	gate_maker_node(&runs, b, "copy", 20, 70);
	assert_int_equal(find_root(&runs, totals, 3, &root), 0);
	assert_string_equal(root.name, "copy");
	assert_true(root.anywhere);
	assert_near(root.difference_ns, 100, 1e-9);
	gate_runs_deinit(&runs);
}

static void test_no_root(void **state)
{
	static const struct total faster[] = {{"main", -100, -20}}, slower[] = {{"main", 100, 20}};
	struct gate_root_frame root;
	struct gate_runs runs;

	(void)state;
	gate_maker_init(&runs, 2, 1, 1000);
	assert_int_equal(find_root(&runs, faster, 1, &root), -ENOENT);
	/* Without a tree it is the function that is surest. */
	assert_int_equal(find_root(&runs, slower, 1, &root), 0);
	assert_string_equal(root.name, "main");
	gate_runs_deinit(&runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_slower),
		cmocka_unit_test(test_faster),
		cmocka_unit_test(test_two_looks),
		cmocka_unit_test(test_between_looks),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_out_of_reach),
		cmocka_unit_test(test_damaged_runs),
		cmocka_unit_test(test_program_alone),
		cmocka_unit_test(test_too_noisy),
		cmocka_unit_test(test_total_budget),
		cmocka_unit_test(test_function_budget),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_accepted_of_two),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_root_in_a_chain),
		cmocka_unit_test(test_root_of_equals),
		cmocka_unit_test(test_root_of_two),
		cmocka_unit_test(test_root_shared),
		cmocka_unit_test(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
