// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The difference of two profiles: the rule of what is told, from figures worked
 * out here by hand; the joined tree; comments that are damaged; and what has to
 * hold whichever side is called the base.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/wait_class.h"
#include "tests/unit/report_maker.h"

static const struct report_options plain;

/* reports.md's case: a parent that grows from 15 to 70 and hardly itself. */
static void make_side(struct maker *maker, bool after, int64_t times)
{
	maker_init_cpu(maker, 10000000);
	maker_thread(maker, after ? 200 : 100, after ? 201 : 100, "prog", "prog");
	maker_folded(maker, "main;parse;lex", times * (after ? 65 : 10));
	maker_folded(maker, "main;parse", times * 5);
	maker_folded(maker, "main;walk;walk", times * (after ? 10 : 40));
	maker_folded(maker, "main;walk", times * 10);
	if (after)
		maker_folded(maker, "main;added", times * 10);
	else
		maker_folded(maker, "main;dropped;below", times * 35);
	maker_finish(maker);
}

static void merge(const struct maker *base, const struct maker *new, enum diff_by by,
		  struct profile *ret)
{
	static char *const names[DIFF_SIDES][2] = {{"before"}, {"after"}};
	struct diff_request request = {
		.sides = {&base->profile, &new->profile},
		.by = by,
		.scales = {2, 4},
		.names = {names[0], names[1]},
	};
	struct report_error error;

	assert_int_equal(diff_merge(&request, ret, &error), 0);
	assert_true(diff_is(ret));
}

struct fixture {
	struct maker base, new;
	struct profile profile;
	struct diff diff;
	struct diff_tree tree;
	struct diff_functions functions;
};

static void fixture_deinit(struct fixture *fixture)
{
	diff_functions_deinit(&fixture->functions);
	diff_tree_deinit(&fixture->tree);
	diff_deinit(&fixture->diff);
	profile_deinit(&fixture->profile);
	maker_deinit(&fixture->base);
	maker_deinit(&fixture->new);
}

static void fixture_init(struct fixture *fixture, bool swapped, enum diff_by by, int64_t times)
{
	memset(fixture, 0, sizeof(*fixture));
	make_side(&fixture->base, swapped, times);
	make_side(&fixture->new, !swapped, times);
	merge(&fixture->base, &fixture->new, by, &fixture->profile);
	assert_int_equal(diff_init(&fixture->diff, &fixture->profile), 0);
	assert_int_equal(
		diff_tree_init(&fixture->tree, &fixture->diff, &fixture->profile, &plain), 0);
	assert_int_equal(
		diff_functions_init(&fixture->functions, &fixture->diff, &fixture->tree), 0);
}

static const struct diff_function *find(const struct fixture *fixture, const char *name)
{
	vec_each(&fixture->functions.items, item)
		if (!strcmp(strings_get(&fixture->tree.tree.labels, item->function.label), name))
			return item;
	fail_msg("%s is not there", name);
	return NULL;
}

static void assert_near(double value, double expected)
{
	if (fabs(value - expected) > 1e-9)
		fail_msg("%g is not %g", value, expected);
}

static void changes_of_functions(void **state)
{
	guard(fixture_deinit) struct fixture fixture;
	const struct diff_function *parse, *walk, *dropped, *added;

	(void)state;
	fixture_init(&fixture, false, DIFF_BY_SHARE, 10);
	parse = find(&fixture, "parse");
	assert_near(parse->total.amounts[DIFF_BASE], 15);
	assert_near(parse->total.amounts[DIFF_NEW], 70);
	assert_near(parse->total.change, 55);
	assert_int_equal(parse->total.verdict, DIFF_GROWN);
	assert_int_equal(parse->total.level, 5);
	assert_near(parse->self.change, 0);
	assert_int_equal(parse->self.verdict, DIFF_TOO_FEW);
	/* Called by itself, it is in each stack once. */
	walk = find(&fixture, "walk");
	assert_near(walk->total.amounts[DIFF_BASE], 50);
	assert_near(walk->total.amounts[DIFF_NEW], 20);
	assert_int_equal(walk->total.verdict, DIFF_SHRUNK);
	assert_int_equal(walk->total.level, 4);
	dropped = find(&fixture, "dropped");
	added = find(&fixture, "added");
	assert_true(dropped->total.is_gone && !dropped->total.is_new);
	assert_true(added->total.is_new && !added->total.is_gone);
	assert_int_equal(dropped->total.verdict, DIFF_SHRUNK);
	assert_int_equal(added->total.level, 5);
}

static __attribute__((noinline)) char *write_svg(const struct profile *profile, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(svg_write(profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Then it alone says what has changed; a box that has vanished is shown as ever. */
static void a_gate_has_judged(void **state)
{
	static const struct diff_gated functions[] = {
		{.name = "parse", .says = "1 ms -> 2 ms, +100 %", .is_slower = true, .is_total = true},
		{.name = "walk", .says = "", .is_slower = true},
		{.name = "operator,(a b) 100% \xe2\x98\x83", .says = "=", .is_total = true},
	};
	static const struct diff_gated renamed = {
		.name = "dropped", .says = "to added (a guess)", .is_renamed = true, .is_total = true,
	};
	guard(fixture_deinit) struct fixture fixture;
	guard_free char *text = NULL;
	struct diff_gate *gate;
	size_t size;

	(void)state;
	fixture_init(&fixture, false, DIFF_BY_SHARE, 10);
	diff_functions_deinit(&fixture.functions);
	diff_deinit(&fixture.diff);
	assert_int_equal(diff_gate_add(&fixture.profile, "FAIL", .01, 8), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(diff_gate_add_function(&fixture.profile, &functions[i]), 0);
	assert_int_equal(diff_init(&fixture.diff, &fixture.profile), 0);
	assert_int_equal(diff_functions_init(&fixture.functions, &fixture.diff, &fixture.tree), 0);
	gate = &fixture.diff.gate;
	assert_true(gate->is_judged);
	assert_string_equal(gate->verdict, "FAIL");
	assert_near(gate->alpha, .01);
	for (size_t i = 0; i < 3; i++) {
		const struct diff_gated *found =
			diff_gate_find(gate, functions[i].name, functions[i].is_total);

		assert_non_null(found);
		assert_string_equal(found->says, functions[i].says);
		assert_int_equal(found->is_slower, functions[i].is_slower);
		assert_null(diff_gate_find(gate, functions[i].name, !functions[i].is_total));
	}
	assert_int_equal(find(&fixture, "parse")->total.verdict, DIFF_GROWN);
	assert_int_equal(find(&fixture, "parse")->total.level, 5);
	assert_int_equal(find(&fixture, "parse")->self.verdict, DIFF_TOO_FEW);
	assert_int_equal(find(&fixture, "walk")->total.verdict, DIFF_TOO_FEW);
	assert_string_equal(diff_verdict_text(&find(&fixture, "walk")->total), "not significant");
	/* Its samples say less, the gate says slower. */
	assert_int_equal(find(&fixture, "walk")->self.verdict, DIFF_GROWN);
	assert_int_equal(find(&fixture, "added")->total.verdict, DIFF_TOO_FEW);
	assert_int_equal(find(&fixture, "dropped")->total.verdict, DIFF_TOO_FEW);
	text = write_svg(&fixture.profile, &size);
	assert_non_null(strstr(text, "\ngate: slower in total, wherever it is called: 1 ms -&gt; 2 ms"));
	assert_non_null(strstr(text, ">significant changes of total"));
	assert_non_null(strstr(text, "class=\"m5 x\""));
	assert_non_null(strstr(text, ">not significant<"));
	assert_null(strstr(text, ">gated: "));
	assert_null(strstr(text, "class=\"z0 x\""));
	free(text);
	assert_int_equal(diff_gate_add_function(&fixture.profile, &renamed), 0);
	text = write_svg(&fixture.profile, &size);
	assert_non_null(strstr(text, "\ngate: to added (a guess)"));
	assert_non_null(strstr(text, "class=\"z0 x\""));
}

/* What is said twice, wrong or not at all. */
static void damaged_judgements(void **state)
{
	static const char *const comments[] = {
		"gate:", "gate: ", "gated: ", "gated: change=slower", "gated: change=larger name=x",
		"gated: change=faster of=sum name=y says=%zz%4", "gated: name=z change=slower of=total",
	};
	guard(maker_deinit) struct maker maker = {};
	struct profile *profile = &maker.profile;
	struct diff_gate gate;

	(void)state;
	assert_int_equal(profile_init(profile), 0);
	assert_int_equal(diff_gate_init(&gate, profile), 0);
	assert_false(gate.is_judged);
	for (size_t i = 0; i < sizeof(comments) / sizeof(*comments); i++)
		assert_int_equal(profile_add_comment(profile, comments[i]), 0);
	assert_int_equal(diff_gate_init(&gate, profile), 0);
	assert_true(gate.is_judged);
	assert_string_equal(gate.verdict, "");
	assert_null(diff_gate_find(&gate, "x", false));
	assert_non_null(diff_gate_find(&gate, "y", false));
	assert_string_equal(diff_gate_find(&gate, "z", true)->says, "");
	diff_gate_deinit(&gate);
}

/* Boxes add up, and what is on one side only has half its size. */
static void widths(void **state)
{
	guard(fixture_deinit) struct fixture fixture;
	const struct tree_node *nodes;
	const struct strings *labels;

	(void)state;
	fixture_init(&fixture, false, DIFF_BY_SHARE, 1);
	nodes = fixture.tree.tree.nodes.data;
	labels = &fixture.tree.tree.labels;
	assert_int_equal(nodes[0].total, DIFF_WHOLE);
	for (size_t i = 0; i < fixture.tree.tree.nodes.n; i++) {
		int64_t sum = nodes[i].self;
		const char *before = "";

		assert_true(nodes[i].parent < i || !i);
		for (uint32_t k = nodes[i].first_child; k; k = nodes[k].next_sibling) {
			sum += nodes[k].total;
			assert_true(strcmp(before, strings_get(labels, nodes[k].label)) < 0);
			before = strings_get(labels, nodes[k].label);
		}
		assert_int_equal(nodes[i].total, sum);
		if (!strcmp(strings_get(labels, nodes[i].label), "added"))
			assert_int_equal(nodes[i].total, DIFF_WHOLE / 20);
		if (!strcmp(strings_get(labels, nodes[i].label), "parse"))
			assert_int_equal(nodes[i].total, (int64_t)DIFF_WHOLE * 85 / 200);
	}
}

static void swapped_is_mirrored(void **state)
{
	static const enum diff_by ways[] = {DIFF_BY_SHARE, DIFF_BY_OPS};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		guard(fixture_deinit) struct fixture there, back;

		fixture_init(&there, false, ways[k], 3);
		fixture_init(&back, true, ways[k], 3);
		/* Operations are 2 and 4 either way: that is not mirrored, values are. */
		assert_int_equal(there.functions.items.n, back.functions.items.n);
		vec_each(&there.functions.items, item) {
			const char *name = strings_get(&there.tree.tree.labels,
						       item->function.label);
			const struct diff_function *other = find(&back, name);

			assert_int_equal(item->sides.total[0], other->sides.total[1]);
			assert_int_equal(item->sides.self[1], other->sides.self[0]);
			if (ways[k] != DIFF_BY_SHARE)
				continue;
			assert_near(item->total.change, -other->total.change);
			assert_int_equal(item->total.level, other->total.level);
			assert_int_equal(item->function.total, other->function.total);
			assert_int_equal(item->total.verdict == DIFF_GROWN,
					 other->total.verdict == DIFF_SHRUNK);
		}
	}
}

/* The rule of diff.h; the figures beside each case are z without the correction. */
/* What runs and what waits: n waits and 10 samples, of 10 ms each. */
static void make_wall(struct maker *maker, int n)
{
	struct profile_sample sample = {};
	int64_t values[2] = {0, 10000000};

	maker_init_cpu(maker, 10000000);
	maker_thread(maker, 100, 100, "prog", "prog");
	maker_folded(maker, "main;work", 10);
	maker_folded(maker, "main;get", 0);
	sample = maker->profile.samples.data[maker->profile.samples.n - 1];
	sample.wait_class = WAIT_LOCK;
	for (int i = 0; i < n; i++) {
		sample.slice = i;
		assert_int_equal(profile_add_wait(&maker->profile, &sample, values, values[1]), 0);
	}
	maker_finish(maker);
}

static void waits_are_samples_too(void **state)
{
	guard(fixture_deinit) struct fixture fixture = {};

	(void)state;
	make_wall(&fixture.base, 20);
	make_wall(&fixture.new, 200);
	merge(&fixture.base, &fixture.new, DIFF_BY_SHARE, &fixture.profile);
	assert_int_equal(diff_init(&fixture.diff, &fixture.profile), 0);
	assert_near(fixture.diff.samples[DIFF_BASE], 10000000);
	assert_near(fixture.diff.samples[DIFF_NEW], 10000000);
	assert_int_equal(
		diff_tree_init(&fixture.tree, &fixture.diff, &fixture.profile, &plain), 0);
	assert_int_equal(
		diff_functions_init(&fixture.functions, &fixture.diff, &fixture.tree), 0);
	assert_int_equal(find(&fixture, "get")->total.verdict, DIFF_GROWN);
	assert_int_equal(find(&fixture, "work")->total.verdict, DIFF_SHRUNK);
}

static void what_is_told(void **state)
{
	static const struct {
		int64_t base, new;
		double of_base, of_new; /* samples in all, or what a side is divided by */
		enum diff_by by;
		bool told;
	} cases[] = {
		{0, 9, 1000, 1000, DIFF_BY_SHARE, false},  /* 9 samples */
		{0, 10, 1000, 1000, DIFF_BY_SHARE, false}, /* 3.17, corrected 2.86 */
		{0, 11, 1000, 1000, DIFF_BY_SHARE, true},  /* 3.33, corrected 3.02 */
		{100, 142, 10000, 10000, DIFF_BY_SHARE, false}, /* 2.72 */
		{100, 150, 10000, 10000, DIFF_BY_SHARE, true},	/* 3.18 */
		{9000, 9100, 10000, 10000, DIFF_BY_SHARE, false}, /* 2.43, and 0.74 as counts */
		{9000, 9200, 10000, 10000, DIFF_BY_SHARE, true},  /* 4.94 */
		{9000, 9200, 1, 1, DIFF_BY_OPS, false},		  /* 1.48 */
		{9000, 9600, 1, 1, DIFF_BY_OPS, true},		  /* 4.40 */
		{100, 200, 1, 2, DIFF_BY_SECOND, false},	  /* the same rate */
		{100, 100, 1, 2, DIFF_BY_SECOND, true},		  /* half of it: 5.00 */
		{1000, 1000, 1000, 1000, DIFF_BY_SHARE, false},	  /* all of it */
		{0, 0, 1000, 1000, DIFF_BY_SHARE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct diff diff = {
			.by = cases[i].by,
			.scales = {cases[i].of_base, cases[i].of_new},
			.samples = {1, 1},
			.factor = 1,
		};
		struct diff_change change;

		diff_compare(&diff, (int64_t[]){cases[i].base, cases[i].new}, &change);
		if ((change.verdict != DIFF_TOO_FEW) != cases[i].told)
			fail_msg("case %zu is not right", i);
	}
}

/* The same samples, of ten times the worth on one side, tell as much. */
static void worth_of_a_sample(void **state)
{
	struct diff diff = {
		.scales = {1000, 10000},
		.samples = {1, 10},
		.factor = 100,
	};
	struct diff_change change;

	(void)state;
	diff_compare(&diff, (int64_t[]){0, 100}, &change);
	assert_int_equal(change.verdict, DIFF_TOO_FEW);
	diff_compare(&diff, (int64_t[]){0, 110}, &change);
	assert_int_equal(change.verdict, DIFF_GROWN);
	assert_near(change.change, 1.1);
}

static void texts(void **state)
{
	static const struct {
		double base, new;
		const char *amount, *change, *ratio;
	} cases[] = {
		{15, 70, "70.00", "+55.00", "x4.67"}, {70, 15, "15.00", "-55.00", "x0.214"},
		{5, 5.001, "5.00", "0.00", "x1"},     {5.001, 5, "5.00", "0.00", "x1"},
		{0.01, 50, "50.00", "+49.99", "x5000"},
	};
	struct diff diff = {.decimals = 2};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct diff_change change = {.amounts = {cases[i].base, cases[i].new}};
		char text[DIFF_TEXT];

		diff_print_amount(&diff, cases[i].new, text);
		assert_string_equal(text, cases[i].amount);
		diff_print_change(&diff, cases[i].new - cases[i].base, text);
		assert_string_equal(text, cases[i].change);
		diff_print_ratio(&change, text);
		assert_string_equal(text, cases[i].ratio);
	}
}

static __attribute__((noinline)) char *write_text(const struct profile *profile, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(text_write(profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_no_controls(const struct profile *profile)
{
	guard_free char *text = NULL;
	size_t size;

	text = write_text(profile, &size);
	for (size_t i = 0; i < size; i++)
		assert_true(text[i] == '\n' || (unsigned char)text[i] >= ' ');
}

/* Anyone can write a comment: whatever it says, the difference is one, by share at worst. */
static void damaged_comments(void **state)
{
	static const struct {
		const char *text;
		enum diff_by by;
	} cases[] = {
		{"diff:", DIFF_BY_SHARE},
		{"diff: by=", DIFF_BY_SHARE},
		{"diff: by=second", DIFF_BY_SHARE},
		{"diff: by=second base-scale=2 new-scale=0", DIFF_BY_SHARE},
		{"diff: by=second base-scale=2 new-scale=-1", DIFF_BY_SHARE},
		{"diff: by=second base-scale=nan new-scale=inf", DIFF_BY_SHARE},
		{"diff: by=second base-scale=1e999 new-scale=1", DIFF_BY_SHARE},
		{"diff: by=ops base-scale=2 new-scale=1e3x", DIFF_BY_SHARE},
		{"diff: by=ops base-scale=2 new-scale=1e-300 base-sample=0 base=%zz%4 new=%",
		 DIFF_BY_OPS},
		{"diff: by=second base-scale=2 new-scale=3.5 base=%e2%98%83,b new=c%20d "
		 "value=alloc%20space%2",
		 DIFF_BY_SECOND},
		{"diff: value=%1b[2J\033[2J base=%1b%0a\033 new=%00%1b", DIFF_BY_SHARE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard(maker_deinit) struct maker maker = {};
		guard(diff_deinit) struct diff diff = {};
		struct profile_value_type types[2] = {};
		struct profile *profile = &maker.profile;

		assert_int_equal(profile_init(profile), 0);
		assert_int_equal(profile_intern(profile, "base", &types[0].type), 0);
		assert_int_equal(profile_intern(profile, "new", &types[1].type), 0);
		assert_int_equal(profile_set_values(profile, types, 2), 0);
		assert_false(diff_is(profile));
		assert_int_equal(profile_add_comment(profile, cases[i].text), 0);
		assert_true(diff_is(profile));
		assert_int_equal(diff_init(&diff, profile), 0);
		assert_int_equal(diff.by, cases[i].by);
		assert_true(diff.samples[0] > 0 && diff.samples[1] > 0);
		assert_true(diff.scales[0] > 0 && diff.scales[1] > 0);
		if (strstr(cases[i].text, "3.5")) {
			assert_string_equal(diff.names[0], "\xe2\x98\x83, b");
			assert_string_equal(diff.names[1], "c d");
			assert_string_equal(diff.what, "alloc space%2");
		}
		assert_int_equal(profile_add_comment(profile, "a\033[2J: b\033[2J"), 0);
		/* A profile without samples goes through everything. */
		maker_finish(&maker);
		assert_no_controls(profile);
		for (const struct report_format *f = report_formats(); f->name; f++) {
			guard_fclose FILE *out = fopen("/dev/null", "w");

			if (f->write)
				assert_int_equal(f->write(profile, &plain, out), 0);
		}
	}
}

static void add_module(struct maker *maker, const char *path, const char *build)
{
	struct profile *profile = &maker->profile;
	struct profile_module module = {.kind = MODULE_USER};
	struct profile_frame frame;
	uint32_t number;

	assert_int_equal(profile_intern(profile, path, &module.path), 0);
	assert_int_equal(profile_intern(profile, build, &module.build_id), 0);
	assert_int_equal(profile_intern_module(profile, &module, &number), 0);
	maker_frame(maker, "f", "", 0, &frame);
	maker_sample(maker, maker_call(maker, 0, number, 16, &frame, 1), 1);
}

/* A file that was built anew is one module, of no build. */
static void builds_of_modules(void **state)
{
	static const char *const expected[][2] = {{"/same", "aa"}, {"/new", "dd"},  {"/gone", "cc"},
						  {"/built", ""},  {"/stripped", ""}};
	guard(maker_deinit) struct maker base = {}, new = {};
	guard(profile_deinit) struct profile profile = {};

	(void)state;
	maker_init(&base);
	maker_init(&new);
	add_module(&base, "/same", "aa");
	add_module(&base, "/built", "bb");
	add_module(&base, "/gone", "cc");
	add_module(&base, "/stripped", "ee");
	add_module(&new, "/built", "b2");
	add_module(&new, "/same", "aa");
	add_module(&new, "/new", "dd");
	add_module(&new, "/stripped", "");
	maker_finish(&base);
	maker_finish(&new);
	merge(&base, &new, DIFF_BY_SHARE, &profile);
	assert_int_equal(profile.modules.n, 1 + sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		const char *build = NULL;

		vec_each(&profile.modules, module)
			if (!strcmp(strings_get(&profile.strings, module->path), expected[i][0]))
				build = strings_get(&profile.strings, module->build_id);
		assert_non_null(build);
		assert_string_equal(build, expected[i][1]);
	}
}

static void the_text(void **state)
{
	guard(fixture_deinit) struct fixture fixture;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	fixture_init(&fixture, false, DIFF_BY_SECOND, 1);
	text = write_text(&fixture.profile, &size);
	maker_check_golden("diff.txt", text, size);
}

/* Style and script are files of their own. */
static void the_picture(void **state)
{
	guard(fixture_deinit) struct fixture fixture;
	guard_free char *text = NULL;
	char *start, *end;
	FILE *xmllint;
	size_t size;

	(void)state;
	fixture_init(&fixture, false, DIFF_BY_SHARE, 10);
	text = write_svg(&fixture.profile, &size);
	xmllint = popen("xmllint --noout --nonet - 2>&1", "w");
	assert_non_null(xmllint);
	assert_int_equal(fwrite(text, 1, size, xmllint), size);
	assert_int_equal(pclose(xmllint), 0);
	start = strstr(text, "</style>");
	end = strstr(text, "<metadata");
	assert_true(start && end && start < end);
	maker_check_golden("diff.svg", start, end - start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_of_functions), cmocka_unit_test(widths),
		cmocka_unit_test(swapped_is_mirrored),	cmocka_unit_test(what_is_told),
		cmocka_unit_test(waits_are_samples_too),
		cmocka_unit_test(worth_of_a_sample),	cmocka_unit_test(texts),
		cmocka_unit_test(damaged_comments),	cmocka_unit_test(builds_of_modules),
		cmocka_unit_test(the_text),		cmocka_unit_test(the_picture),
		cmocka_unit_test(a_gate_has_judged),	cmocka_unit_test(damaged_judgements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
