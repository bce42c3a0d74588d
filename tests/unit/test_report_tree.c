// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small profiles built by hand, their tree printed as folded text with self
 * and total, and compared with what was worked out on paper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/tree.h"
#include "tests/unit/cpu_time.h"
#include "tests/unit/report_maker.h"

/* One line a node, in the tree's order: "a;b self/total". */
static char *print_tree(const struct tree *tree)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (uint32_t n = tree_next(tree, 0); n; n = tree_next(tree, n)) {
		uint32_t path[64];
		size_t depth = 0;

		for (uint32_t up = n; up; up = tree->nodes.data[up].parent)
			path[depth++] = up;
		assert_int_equal(depth, tree->nodes.data[n].depth);
		while (depth--)
			fprintf(out, "%s%s",
				strings_get(&tree->labels, tree->nodes.data[path[depth]].label),
				depth ? ";" : "");
		fprintf(out, " %lld/%lld\n", (long long)tree->nodes.data[n].self,
			(long long)tree->nodes.data[n].total);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check_tree(struct maker *maker, const struct report_options *options,
		       const char *expected)
{
	guard(tree_deinit) struct tree tree;
	guard_free char *text = NULL;

	maker_finish(maker);
	assert_int_equal(tree_init(&tree, &maker->profile, options, 0), 0);
	text = print_tree(&tree);
	assert_string_equal(text, expected);
}

static const struct report_options plain;

static void merges_one_name_under_one_parent(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	/* Sorted as lines, "m;foo 1" and "m;foo;bar 1" have "m;foo2 1" between them. */
	maker_init(&maker);
	maker_folded(&maker, "m;foo", 1);
	maker_folded(&maker, "m;foo2", 2);
	maker_folded(&maker, "m;foo;bar", 4);
	maker_folded(&maker, "m", 8);
	check_tree(&maker, &plain,
		   "m 8/15\n"
		   "m;foo 1/5\n"
		   "m;foo;bar 4/4\n"
		   "m;foo2 2/2\n");
}

static void sums_reach_the_root(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "a;b", 1);
	maker_folded(&maker, "c", 2);
	maker_folded(&maker, "", 4); /* no stack at all */
	maker_folded(&maker, "nothing", 0);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	assert_int_equal(tree.nodes.data[0].total, 7);
	assert_int_equal(tree.nodes.data[0].self, 4);
	assert_int_equal(tree.nodes.n, 4);
	assert_int_equal(tree.depth, 2);
	assert_string_equal(strings_get(&tree.labels, tree.nodes.data[0].label), "all");
}

static void add_task_samples(struct maker *maker)
{
	maker_thread(maker, 10, 10, "sh", "sh");
	maker_folded(maker, "main", 1);
	maker_thread(maker, 11, 11, "sh", "sh");
	maker_folded(maker, "main", 2);
	maker_thread(maker, 11, 12, "sh", "worker");
	maker_folded(maker, "main", 4);
}

static void roots_are_processes(void **state)
{
	static const struct report_options pids = {.per_pid = true};
	static const struct report_options threads = {.threads = true};
	static const struct report_options both = {.per_pid = true, .threads = true};
	static const struct {
		const struct report_options *options;
		const char *tree;
	} cases[] = {
		{&plain, "sh 0/7\nsh;main 7/7\n"},
		{&pids, "sh (10) 0/1\nsh (10);main 1/1\nsh (11) 0/6\nsh (11);main 6/6\n"},
		{&threads, "sh 0/7\nsh;sh (10) 0/1\nsh;sh (10);main 1/1\n"
			   "sh;sh (11) 0/2\nsh;sh (11);main 2/2\n"
			   "sh;worker (12) 0/4\nsh;worker (12);main 4/4\n"},
		{&both, "sh (10) 0/1\nsh (10);sh (10) 0/1\nsh (10);sh (10);main 1/1\n"
			"sh (11) 0/6\nsh (11);sh (11) 0/2\nsh (11);sh (11);main 2/2\n"
			"sh (11);worker (12) 0/4\nsh (11);worker (12);main 4/4\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard(maker_deinit) struct maker maker;

		maker_init(&maker);
		add_task_samples(&maker);
		check_tree(&maker, cases[i].options, cases[i].tree);
	}
}

static void incomplete_stacks_say_so(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;
	guard_free char *text = NULL;

	(void)state;
	maker_init(&maker);
	maker_thread(&maker, 10, 10, "sh", "sh");
	maker.unwind = UNWIND_FRAME_POINTER;
	maker_folded(&maker, "read", 1);
	maker.unwind = UNWIND_WHOLE;
	maker_folded(&maker, "main;read", 2);
	maker.unwind = UNWIND_KERNEL_ONLY;
	maker_folded(&maker, "kthread", 4);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	text = print_tree(&tree);
	assert_string_equal(text, "sh 0/7\n"
				  "sh;[incomplete: frame pointer] 0/1\n"
				  "sh;[incomplete: frame pointer];read 1/1\n"
				  "sh;kthread 4/4\n"
				  "sh;main 0/2\n"
				  "sh;main;read 2/2\n");
	/* Neither the process nor the note is a function. */
	assert_int_equal(function_totals_init(&totals, &tree), 0);
	assert_int_equal(totals.items.n, 3);
}

static void recursion_counts_once_a_stack(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;
	static const struct {
		const char *name;
		int64_t self, total;
	} expected[] = {
		{"a", 3, 7},
		{"b", 4, 6},
		{"main", 0, 7},
	};

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;a", 1);
	maker_folded(&maker, "main;a;b;a", 2);
	maker_folded(&maker, "main;a;a;b", 4);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	assert_int_equal(function_totals_init(&totals, &tree), 0);
	assert_int_equal(totals.items.n, 3);
	/* By self: b 4, a 3, main 0. */
	for (size_t i = 0; i < 3; i++) {
		const struct function_total *item = &totals.items.data[i];
		size_t k = i == 0 ? 1 : i == 1 ? 0 : 2;

		assert_string_equal(strings_get(&tree.labels, item->label), expected[k].name);
		assert_int_equal(item->self, expected[k].self);
		assert_int_equal(item->total, expected[k].total);
	}
}

static void inlined_frames_and_lines(void **state)
{
	static const struct report_options no_inlines = {.no_inlines = true};
	static const struct report_options lines = {.lines = true};
	static const struct {
		const struct report_options *options;
		const char *tree;
	} cases[] = {
		{&plain, "main 0/1\nmain;work 0/1\nmain;work;inner 1/1\n"},
		{&no_inlines, "main 0/1\nmain;work 1/1\n"},
		{&lines, "main main.c:3 0/1\nmain main.c:3;work work.c:20 0/1\n"
			 "main main.c:3;work work.c:20;inner work.c:7 1/1\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard(maker_deinit) struct maker maker;
		struct profile_frame frames[2];
		uint32_t module, stack;

		maker_init(&maker);
		module = maker_module(&maker, "/usr/bin/app", MODULE_USER);
		maker_frame(&maker, "main", "/src/main.c", 3, &frames[0]);
		stack = maker_call(&maker, 0, module, 0x100, frames, 1);
		maker_frame(&maker, "inner", "/src/work.c", 7, &frames[0]);
		maker_frame(&maker, "work", "/src/work.c", 20, &frames[1]);
		stack = maker_call(&maker, stack, module, 0x200, frames, 2);
		maker_sample(&maker, stack, 1);
		check_tree(&maker, cases[i].options, cases[i].tree);
	}
}

/* A call from another line each time, of a location with inlined frames, innermost first. */
static uint32_t call_from_line(struct maker *maker, uint32_t line, const struct profile_frame *frames,
			       uint32_t n)
{
	struct profile_frame caller;

	maker_frame(maker, "main", "main.c", line, &caller);
	return maker_call(maker, maker_call(maker, 0, 0, 0, &caller, 1), 0, 0, frames, n);
}

static void stacks_that_end_in_one_location(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard_free uint32_t *nodes = NULL;
	guard_free char *text = NULL;
	struct profile_frame inlined[3], other[3], leaf;

	(void)state;
	maker_init(&maker);
	maker_frame(&maker, "c", "a.c", 3, &inlined[0]);
	maker_frame(&maker, "b", "a.c", 2, &inlined[1]);
	maker_frame(&maker, "a", "a.c", 1, &inlined[2]);
	memcpy(other, inlined, sizeof(other));
	maker_frame(&maker, "d", "a.c", 4, &other[0]);
	maker_frame(&maker, "leaf", "a.c", 5, &leaf);
	for (uint32_t line = 1; line <= 4; line++) {
		uint32_t stack = call_from_line(&maker, line, inlined, 3);

		maker_sample(&maker, stack, line);
		maker_sample(&maker, call_from_line(&maker, line, other, 3), 10 * line);
		maker_sample(&maker, maker_call(&maker, stack, 0, 0, &leaf, 1), 100 * line);
		/* The same frames again, from within: they are not where the others are. */
		maker_sample(&maker, maker_call(&maker, stack, 0, 0, inlined, 3), 1000 * line);
	}
	maker_finish(&maker);
	nodes = calloc(maker.profile.samples.n, sizeof(*nodes));
	assert_non_null(nodes);
	assert_int_equal(tree_init_nodes(&tree, &maker.profile, &plain, 0, nodes), 0);
	text = print_tree(&tree);
	assert_string_equal(text, "main 0/11110\n"
				  "main;a 0/11110\n"
				  "main;a;b 0/11110\n"
				  "main;a;b;c 10/11010\n"
				  "main;a;b;c;a 0/10000\n"
				  "main;a;b;c;a;b 0/10000\n"
				  "main;a;b;c;a;b;c 10000/10000\n"
				  "main;a;b;c;leaf 1000/1000\n"
				  "main;a;b;d 100/100\n");
	/* Each sample ends where its value says that it does. */
	for (size_t i = 0; i < maker.profile.samples.n; i++) {
		int64_t self = tree.nodes.data[nodes[i]].self;

		assert_int_equal(self / 10, maker.profile.values.data[i] >= 1000  ? 1000
					    : maker.profile.values.data[i] >= 100 ? 100
					    : maker.profile.values.data[i] >= 10  ? 10
										  : 1);
	}
}

/* Each of the stacks went through each of the frames: for minutes. */
static void many_stacks_that_end_in_many_inlined_frames(void **state)
{
	enum { MANY = 40000 };
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard_free struct profile_frame *frames = calloc(MANY, sizeof(*frames));
	struct profile_frame caller;
	uint32_t stack, location;
	double start;

	(void)state;
	assert_non_null(frames);
	maker_init(&maker);
	for (uint32_t i = 0; i < MANY; i++)
		maker_frame(&maker, i % 2 ? "odd" : "even", "a.c", 1, &frames[i]);
	stack = call_from_line(&maker, 1, frames, MANY);
	location = maker.profile.stacks.data[stack].location;
	maker_sample(&maker, stack, 1);
	for (uint32_t i = 2; i <= MANY; i++) {
		maker_frame(&maker, "main", "main.c", i, &caller);
		assert_int_equal(profile_intern_stack(&maker.profile,
						      maker_call(&maker, 0, 0, 0, &caller, 1),
						      location, &stack),
				 0);
		maker_sample(&maker, stack, 1);
	}
	maker_finish(&maker);
	start = cpu_seconds();
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	assert_cpu_seconds_since(start, 20);
	assert_int_equal(tree.depth, MANY + 1);
	assert_int_equal(tree.nodes.data[tree.nodes.n - 1].self, MANY);
}

static void unresolved_and_kinds(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	static const struct {
		const char *label;
		enum frame_kind kind;
	} expected[] = {
		{"[app+0xbeef]", FRAME_USER},	 {"outer", FRAME_JIT},	{"inner", FRAME_INLINED},
		{"[kernel+0x10]", FRAME_KERNEL}, {"[0x7]", FRAME_USER}, {"[kernel]", FRAME_NOTE},
		{"do_idle_[k]", FRAME_KERNEL},
	};
	struct profile_frame frames[2];
	uint32_t stack, node = 0;

	(void)state;
	maker_init(&maker);
	stack = maker_call(&maker, 0, maker_module(&maker, "/usr/bin/app", MODULE_USER), 0xbeef,
			   NULL, 0);
	maker_frame(&maker, "inner", "", 0, &frames[0]);
	maker_frame(&maker, "outer", "", 0, &frames[1]);
	stack = maker_call(&maker, stack, maker_module(&maker, "[anon]", MODULE_JIT), 1, frames, 2);
	stack = maker_call(&maker, stack, maker_module(&maker, "[kernel]", MODULE_KERNEL), 0x10,
			   NULL, 0);
	stack = maker_call(&maker, stack, 0, 7, NULL, 0);
	maker_frame(&maker, "[kernel]", "", 0, &frames[0]);
	stack = maker_call(&maker, stack, 0, 0, frames, 1);
	maker_frame(&maker, "do_idle_[k]", "", 0, &frames[0]);
	stack = maker_call(&maker, stack, 0, 0, frames, 1);
	maker_sample(&maker, stack, 1);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		node = tree_next(&tree, node);
		assert_string_equal(strings_get(&tree.labels, tree.nodes.data[node].label),
				    expected[i].label);
		assert_int_equal(tree.nodes.data[node].kind, expected[i].kind);
	}
	assert_int_equal(tree_next(&tree, node), 0);
}

/* The same name in two libraries is one box and one row, which then belong to neither. */
static void modules_that_disagree(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;
	struct profile_frame init, call;
	uint32_t a, b;

	(void)state;
	maker_init(&maker);
	a = maker_module(&maker, "/lib/a.so", MODULE_USER);
	b = maker_module(&maker, "/lib/b.so", MODULE_USER);
	maker_frame(&maker, "init", "", 0, &init);
	maker_frame(&maker, "call", "", 0, &call);
	maker_sample(&maker, maker_call(&maker, 0, a, 1, &init, 1), 1);
	maker_sample(&maker, maker_call(&maker, 0, b, 1, &init, 1), 2);
	maker_sample(&maker,
		     maker_call(&maker, maker_call(&maker, 0, a, 2, &call, 1), a, 1, &init, 1), 4);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	assert_int_equal(tree.nodes.n, 4);
	assert_int_equal(function_totals_init(&totals, &tree), 0);
	assert_int_equal(totals.items.n, 2);
	assert_int_equal(totals.items.data[0].self, 7);
	assert_int_equal(totals.items.data[0].module, 0);
	assert_true(totals.items.data[0].several_modules);
	assert_int_equal(totals.items.data[1].module, a);
	assert_false(totals.items.data[1].several_modules);
}

/* A few thousand samples, of threads of three processes, some of them cut short, with frames
 * inlined into others. */
static void make_many(struct maker *maker)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
	struct profile_frame frames[6];
	uint32_t random = 1;

	maker_init(maker);
	for (int i = 0; i < 6; i++)
		maker_frame(maker, names[i], "", 0, &frames[i]);
	for (int i = 0; i < 4000; i++) {
		uint32_t stack = 0;

		random = random * 1103515245 + 12345;
		maker_thread(maker, random >> 16 & 3, 1 + (random >> 18 & 3),
			     names[random >> 16 & 3], "t");
		maker->unwind = random >> 24 & 7 ? UNWIND_WHOLE : UNWIND_DEPTH;
		for (int depth = 1 + (random >> 27 & 7); depth > 0; depth--) {
			unsigned first;

			random = random * 1103515245 + 12345;
			first = (random >> 20) % 5;
			stack = maker_call(maker, stack, 0, 0, &frames[first],
					   1 + (random >> 16 & 1));
		}
		maker_sample(maker, stack, 1 + (random >> 28) * (random >> 29));
	}
	maker_finish(maker);
}

static void check_same_totals(const struct function_totals *a, const struct tree *of_a,
			      const struct function_totals *b, const struct tree *of_b)
{
	assert_int_equal(a->items.n, b->items.n);
	for (size_t i = 0; i < a->items.n; i++) {
		const struct function_total *x = &a->items.data[i], *y = &b->items.data[i];

		assert_string_equal(strings_get(&of_a->labels, x->label),
				    strings_get(&of_b->labels, y->label));
		assert_int_equal(x->self, y->self);
		assert_int_equal(x->total, y->total);
		assert_int_equal(x->kind, y->kind);
	}
}

static void what_is_small_can_be_left_out(void **state)
{
	enum { SHARE = 100 };
	struct report_options options = {.threads = true};
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree all, visible;
	guard(function_totals_deinit) struct function_totals totals, others;
	guard_free char *text = NULL;
	guard_free char *expected = NULL;
	size_t n_large = 0;

	(void)state;
	make_many(&maker);
	assert_int_equal(tree_init(&all, &maker.profile, &options, 0), 0);
	assert_int_equal(function_totals_init(&totals, &all), 0);
	assert_int_equal(tree_init_visible(&visible, &others, &maker.profile, &options, 0, SHARE),
			 0);
	assert_true(visible.nodes.n < all.nodes.n / 2);
	assert_int_equal(visible.nodes.n + visible.n_forgotten, all.nodes.n);
	assert_int_equal(visible.depth, all.depth);
	check_same_totals(&totals, &all, &others, &visible);
	expected = print_tree(&all);
	text = print_tree(&visible);
	for (char *line = strtok(expected, "\n"); line; line = strtok(NULL, "\n")) {
		if (atoll(strchr(line, '/') + 1) < all.nodes.data[0].total / SHARE)
			continue;
		assert_non_null(strstr(text, line));
		n_large++;
	}
	assert_true(n_large > 20);
}

/* Nothing can be said of what is below a node when parts of it cancel out. */
static void negative_values_leave_nothing_out(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;
	guard_free char *text = NULL;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "a;b;c", 100);
	maker_folded(&maker, "a;b;d", -100);
	maker_folded(&maker, "e", 1000);
	maker_finish(&maker);
	assert_int_equal(tree_init_visible(&tree, &totals, &maker.profile, &plain, 0, 10), 0);
	text = print_tree(&tree);
	assert_string_equal(text, "a 0/0\na;b 0/0\na;b;c 100/100\na;b;d -100/-100\ne 1000/1000\n");
}

/* A process and a function of one name at the same place are one box. */
static void a_process_named_like_a_function(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard_free char *text = NULL;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "nginx;main;a", 1);
	maker_thread(&maker, 7, 7, "nginx", "nginx");
	maker_folded(&maker, "main;a", 2);
	maker_folded(&maker, "main;b", 4);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	text = print_tree(&tree);
	assert_string_equal(text,
			    "nginx 0/7\nnginx;main 0/7\nnginx;main;a 3/3\nnginx;main;b 4/4\n");
	assert_true(tree.nodes.data[1].is_function);
	assert_int_equal(tree.nodes.data[1].kind, FRAME_ROOT);
}

static void deep_stacks_and_long_names(void **state)
{
	enum { DEPTH = 200000, LENGTH = 50000 };
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;
	guard_free char *name = malloc(LENGTH + 1);
	struct profile_frame frame;
	uint32_t stack = 0;

	(void)state;
	assert_non_null(name);
	memset(name, 'x', LENGTH);
	name[LENGTH] = '\0';
	maker_init(&maker);
	maker_frame(&maker, name, "", 0, &frame);
	for (int i = 0; i < DEPTH; i++)
		stack = maker_call(&maker, stack, 0, 0, &frame, 1);
	maker_sample(&maker, stack, 3);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	assert_int_equal(tree.depth, DEPTH);
	assert_int_equal(function_totals_init(&totals, &tree), 0);
	assert_int_equal(totals.items.n, 1);
	assert_int_equal(totals.items.data[0].self, 3);
	assert_int_equal(totals.items.data[0].total, 3);
}

static void an_empty_profile(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(tree_deinit) struct tree tree;
	guard(function_totals_deinit) struct function_totals totals;

	(void)state;
	maker_init(&maker);
	maker_finish(&maker);
	assert_int_equal(tree_init(&tree, &maker.profile, &plain, 0), 0);
	assert_int_equal(tree.nodes.n, 1);
	assert_int_equal(tree_next(&tree, 0), 0);
	assert_int_equal(function_totals_init(&totals, &tree), 0);
	assert_int_equal(totals.items.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_one_name_under_one_parent),
		cmocka_unit_test(sums_reach_the_root),
		cmocka_unit_test(roots_are_processes),
		cmocka_unit_test(incomplete_stacks_say_so),
		cmocka_unit_test(recursion_counts_once_a_stack),
		cmocka_unit_test(inlined_frames_and_lines),
		cmocka_unit_test(stacks_that_end_in_one_location),
		cmocka_unit_test(many_stacks_that_end_in_many_inlined_frames),
		cmocka_unit_test(unresolved_and_kinds),
		cmocka_unit_test(modules_that_disagree),
		cmocka_unit_test(what_is_small_can_be_left_out),
		cmocka_unit_test(negative_values_leave_nothing_out),
		cmocka_unit_test(a_process_named_like_a_function),
		cmocka_unit_test(deep_stacks_and_long_names),
		cmocka_unit_test(an_empty_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
