// SPDX-License-Identifier: GPL-2.0-or-later
/* Refinement: which samples stay, what becomes of their stacks, and that sums are kept. */
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
#include "report/formats.h"
#include "report/refine.h"
#include "tests/unit/report_maker.h"

static const struct report_options plain;

/* Freed by the caller. */
static char *folded_of(const struct profile *profile)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(folded_write(profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check(const struct maker *maker, const struct refine_options *options,
		  const char *expected)
{
	guard(profile_deinit) struct profile refined = {};
	guard_free char *text = NULL;
	struct report_error error = {""};

	assert_true(refine_is_asked(options));
	assert_int_equal(profile_refine(&maker->profile, options, &refined, &error), 0);
	assert_true(refined.finished);
	text = folded_of(&refined);
	assert_string_equal(text, expected);
}

static const char *word[8];

static struct refine_patterns patterns(const char *first, const char *second)
{
	static size_t next;
	const char **at = &word[next++ % 4 * 2];

	at[0] = first;
	at[1] = second;
	return (struct refine_patterns){.data = at, .n = second ? 2 : 1};
}

static void make_stacks(struct maker *maker)
{
	maker_init(maker);
	maker_folded(maker, "m;a;b;b;c", 50);
	maker_folded(maker, "m;a;d", 30);
	maker_folded(maker, "n;a;e;x", 15);
	maker_folded(maker, "m;f", 4);
	maker_folded(maker, "m;g", 1);
	maker_finish(maker);
}

static void samples_are_chosen_by_frames(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	make_stacks(&maker);
	check(&maker, &(struct refine_options){.focus = patterns("^b$", NULL)}, "m;a;b;b;c 50\n");
	/* Each focus has to be there, anywhere. */
	check(&maker, &(struct refine_options){.focus = patterns("a", "d|x")},
	      "m;a;d 30\nn;a;e;x 15\n");
	check(&maker, &(struct refine_options){.ignore = patterns("c", "x")},
	      "m;a;d 30\nm;f 4\nm;g 1\n");
	check(&maker,
	      &(struct refine_options){.focus = patterns("a", NULL), .ignore = patterns("x", NULL)},
	      "m;a;b;b;c 50\nm;a;d 30\n");
	/* The outermost frame of a folded file is its process. */
	check(&maker, &(struct refine_options){.comms = patterns("n", NULL)}, "n;a;e;x 15\n");
}

static void capitals_count_where_there_are_any(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "Main;Über", 1);
	maker_folded(&maker, "main;über", 2);
	maker_finish(&maker);
	check(&maker, &(struct refine_options){.focus = patterns("main", NULL)},
	      "Main;Über 1\nmain;über 2\n");
	check(&maker, &(struct refine_options){.focus = patterns("Main", NULL)}, "Main;Über 1\n");
	check(&maker, &(struct refine_options){.focus = patterns("^.ber$", NULL)},
	      "Main;Über 1\nmain;über 2\n");
}

static void frames_are_left_out(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	make_stacks(&maker);
	check(&maker, &(struct refine_options){.hide = patterns("^[abf]$", NULL)},
	      "m 4\nm;c 50\nm;d 30\nm;g 1\nn;e;x 15\n");
	check(&maker, &(struct refine_options){.collapse_recursion = true},
	      "m;a;b;c 50\nm;a;d 30\nm;f 4\nm;g 1\nn;a;e;x 15\n");
	/* No modules are known here. */
	check(&maker, &(struct refine_options){.by_module = true},
	      "m;a;b;b;c 50\nm;a;d 30\nm;f 4\nm;g 1\nn;a;e;x 15\n");
	/* What is between is gone first. */
	check(&maker,
	      &(struct refine_options){.hide = patterns("^a$", NULL), .collapse_recursion = true},
	      "m;b;c 50\nm;d 30\nm;f 4\nm;g 1\nn;e;x 15\n");
	/* A sample is found by a frame that is then hidden. */
	check(&maker,
	      &(struct refine_options){.focus = patterns("x", NULL), .hide = patterns("x", NULL)},
	      "n;a;e 15\n");
}

static void small_shares_are_one_frame(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	make_stacks(&maker);
	check(&maker, &(struct refine_options){.min_share = 5},
	      "m;[below 5%] 5\nm;a;b;b;c 50\nm;a;d 30\nn;a;e;x 15\n");
	check(&maker, &(struct refine_options){.min_share = 20},
	      "[below 20%] 15\nm;[below 20%] 5\nm;a;b;b;c 50\nm;a;d 30\n");
	check(&maker, &(struct refine_options){.min_share = 100}, "[below 100%] 100\n");
	/* Of what is left of the whole. */
	check(&maker,
	      &(struct refine_options){.focus = patterns("[efg]", NULL), .min_share = 10},
	      "m;[below 10%] 1\nm;f 4\nn;a;e;x 15\n");
}

static void a_share_that_is_just_large_enough_stays(void **state)
{
	(void)state;
	for (int share = 1; share < 50; share++) {
		guard(maker_deinit) struct maker maker;
		char expected[32];

		maker_init(&maker);
		maker_folded(&maker, "m;a", 100 - share);
		maker_folded(&maker, "m;b", share);
		maker_finish(&maker);
		snprintf(expected, sizeof(expected), "m;a %d\nm;b %d\n", 100 - share, share);
		check(&maker, &(struct refine_options){.min_share = share}, expected);
	}
}

static void names_may_be_long(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *name = malloc(60002), *expected = NULL;

	(void)state;
	for (size_t i = 0; i < 60000; i++)
		name[i] = "ab"[i & 1];
	strcpy(name + 60000, "c");
	maker_init(&maker);
	maker_folded(&maker, name, 1);
	maker_folded(&maker, "other", 1);
	maker_finish(&maker);
	assert_true(asprintf(&expected, "%s 1\n", name) > 0);
	check(&maker, &(struct refine_options){.focus = patterns("^(a|b)*c$", NULL)}, expected);
}

/* main calls outer, into which middle and inner are inlined; then libc, then the kernel. */
static void make_modules(struct maker *maker)
{
	struct profile_frame frames[3], write, entry;
	uint32_t program, libc, kernel, stack;

	maker_init(maker);
	maker_thread(maker, 7, 8, "prog", "worker");
	program = maker_module(maker, "/usr/bin/prog", MODULE_USER);
	libc = maker_module(maker, "/lib/libc.so.6", MODULE_USER);
	kernel = maker_module(maker, "[kernel]", MODULE_KERNEL);
	maker_frame(maker, "inner", "a.c", 3, &frames[0]);
	maker_frame(maker, "middle", "a.c", 2, &frames[1]);
	maker_frame(maker, "outer", "a.c", 1, &frames[2]);
	maker_frame(maker, "write", "", 0, &write);
	maker_frame(maker, "entry", "", 0, &entry);
	stack = maker_call(maker, 0, program, 0x10, &frames[2], 1);
	stack = maker_call(maker, stack, program, 0x20, frames, 3);
	maker_sample(maker, stack, 5);
	stack = maker_call(maker, stack, libc, 0x30, &write, 1);
	stack = maker_call(maker, stack, kernel, 0x40, &entry, 1);
	maker_sample(maker, stack, 3);
	stack = maker_call(maker, 0, libc, 0x99, NULL, 0);
	maker_sample(maker, stack, 1);
	maker_thread(maker, 9, 9, "other", "other");
	maker_sample(maker, stack, 2);
	maker_finish(maker);
}

static void modules_and_inlined_functions(void **state)
{
	guard(maker_deinit) struct maker maker;

	(void)state;
	make_modules(&maker);
	check(&maker, &(struct refine_options){.by_module = true},
	      "other;libc.so.6 2\nprog;libc.so.6 1\nprog;prog 5\nprog;prog;libc.so.6;[kernel] 3\n");
	check(&maker, &(struct refine_options){.collapse_recursion = true},
	      "other;[libc.so.6+0x99] 2\nprog;[libc.so.6+0x99] 1\nprog;outer;middle;inner 5\n"
	      "prog;outer;middle;inner;write;entry 3\n");
	check(&maker, &(struct refine_options){.hide = patterns("middle|outer", "libc")},
	      "other 2\nprog 1\nprog;inner 5\nprog;inner;write;entry 3\n");
	check(&maker, &(struct refine_options){.focus = patterns("^\\[libc.*99\\]$", NULL)},
	      "other;[libc.so.6+0x99] 2\nprog;[libc.so.6+0x99] 1\n");
	/* A part of an inlined chain stays where it is large enough. */
	check(&maker, &(struct refine_options){.min_share = 30},
	      "other;[below 30%] 2\nprog;[below 30%] 1\nprog;outer;outer;middle;inner 5\n"
	      "prog;outer;outer;middle;inner;[below 30%] 3\n");
}

static void tasks_are_chosen(void **state)
{
	static const char other[] = "other;[libc.so.6+0x99] 2\n";
	guard(maker_deinit) struct maker maker;

	(void)state;
	make_modules(&maker);
	check(&maker, &(struct refine_options){.comms = patterns("^other$", NULL)}, other);
	check(&maker, &(struct refine_options){.comms = patterns("\\(9\\)$", NULL)}, other);
	check(&maker, &(struct refine_options){.threads = patterns("^other \\(9\\)$", NULL)}, other);
	check(&maker,
	      &(struct refine_options){.comms = patterns("prog", NULL),
				       .threads = patterns("other", NULL)},
	      "");
}

static void times_are_chosen(void **state)
{
	guard(maker_deinit) struct maker maker;
	struct profile_sample sample = {};
	int64_t values[2] = {1, 1};

	(void)state;
	maker_init(&maker);
	for (uint32_t slice = 0; slice < 100; slice++) {
		sample.slice = slice;
		assert_int_equal(profile_add_sample(&maker.profile, &sample, values), 0);
	}
	maker_finish(&maker);
	/* Slices of 10 ms, which belong to the range that they begin in. */
	check(&maker, &(struct refine_options){.from_ns = 200000000, .until_ns = 300000000},
	      "[no stack] 10\n");
	check(&maker, &(struct refine_options){.from_ns = 990000000}, "[no stack] 1\n");
	check(&maker, &(struct refine_options){.until_ns = 1}, "[no stack] 1\n");
}

static void what_cannot_be_is_told(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(profile_deinit) struct profile refined = {};
	struct report_error error = {""};
	struct refine_options options = {.from_ns = 1};
	char name[64];

	(void)state;
	make_stacks(&maker);
	maker.profile.slice_ns = 0;
	assert_int_equal(profile_refine(&maker.profile, &options, &refined, &error), -EINVAL);
	assert_non_null(strstr(error.text, "--time"));
	assert_int_equal(refine_check_pattern("a(b", &error), -EINVAL);
	assert_non_null(strstr(error.text, "character 4"));
	assert_int_equal(refine_check_pattern("\xff", &error), -EINVAL);
	assert_int_equal(refine_check_pattern("a|b", &error), 0);
	/* Steps without end are refused, not waited for. */
	memset(name, 'a', sizeof(name));
	memcpy(name + sizeof(name) - 2, "!", 2);
	{
		guard(maker_deinit) struct maker hard;
		guard(profile_deinit) struct profile none = {};

		maker_init(&hard);
		maker_folded(&hard, name, 1);
		maker_finish(&hard);
		options = (struct refine_options){.focus = patterns("^(a+)+$", NULL)};
		assert_int_equal(profile_refine(&hard.profile, &options, &none, &error), -EINVAL);
		assert_non_null(strstr(error.text, "too long"));
	}
}

static void the_comment_tells_what_was_done(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard(profile_deinit) struct profile refined = {};
	struct report_error error = {""};
	struct refine_options options = {.focus = patterns("d", "a"), .min_share = 2};

	(void)state;
	make_stacks(&maker);
	assert_int_equal(profile_refine(&maker.profile, &options, &refined, &error), 0);
	assert_int_equal(refined.comments.n, maker.profile.comments.n + 1);
	assert_string_equal(strings_get(&refined.strings,
					refined.comments.data[refined.comments.n - 1]),
			    "refined: focus d, focus a, below 2% folded, 30.00% of the samples");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_chosen_by_frames),
		cmocka_unit_test(capitals_count_where_there_are_any),
		cmocka_unit_test(frames_are_left_out),
		cmocka_unit_test(small_shares_are_one_frame),
		cmocka_unit_test(a_share_that_is_just_large_enough_stays),
		cmocka_unit_test(names_may_be_long),
		cmocka_unit_test(modules_and_inlined_functions),
		cmocka_unit_test(tasks_are_chosen),
		cmocka_unit_test(times_are_chosen),
		cmocka_unit_test(what_cannot_be_is_told),
		cmocka_unit_test(the_comment_tells_what_was_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
