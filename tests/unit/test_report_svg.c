// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The SVG: its boxes against a golden file, and what must hold for any
 * profile: an XML parser takes it, the same samples give the same bytes, and
 * what is not drawn is counted.
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
#include "report/formats.h"
#include "report/svg.h"
#include "report/viewer.h"
#include "tests/unit/report_maker.h"

static const struct report_options plain;

/* Inlined, gcc 12 takes what open_memstream() will point to for the pointer itself. */
static __attribute__((noinline)) char *write_svg(const struct maker *maker,
						 const struct report_options *options,
						 size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(svg_write(&maker->profile, options, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_well_formed(const char *text, size_t size)
{
	/* --huge: a text node may pass 10 MB, which is no fault of the document. */
	FILE *xmllint = popen("xmllint --noout --nonet --huge - 2>&1", "w");

	assert_non_null(xmllint);
	assert_int_equal(fwrite(text, 1, size, xmllint), size);
	assert_int_equal(pclose(xmllint), 0);
}

static size_t count(const char *text, const char *what)
{
	size_t found = 0;

	/* Under ASan, strstr() would measure all that follows each time. */
	for (; *text; text++)
		found += *text == *what && !strncmp(text, what, strlen(what));
	return found;
}

/* The style and the script speak of boxes too. */
static size_t count_boxes(const char *text)
{
	const char *start = strstr(text, "<svg id=\"boxes\">"), *end = strstr(text, "<script>");

	return count(start, "%\"><title>") - count(end, "%\"><title>");
}

/* One of each kind of frame. */
static void make_kinds(struct maker *maker)
{
	struct profile_frame frames[2];
	uint32_t app, base, stack;

	maker_init_cpu(maker, 1000000);
	maker_thread(maker, 100, 100, "app", "app");
	maker->unwind = UNWIND_WHOLE;
	app = maker_module(maker, "/usr/bin/app", MODULE_USER);
	maker_frame(maker, "main", "", 0, &frames[0]);
	base = maker_call(maker, 0, app, 0x10, frames, 1);
	maker_frame(maker, "inner", "", 0, &frames[0]);
	maker_frame(maker, "std::vector<int>::push_back(int&&)", "", 0, &frames[1]);
	stack = maker_call(maker, base, app, 0x20, frames, 2);
	maker_sample(maker, stack, 50);
	maker_frame(maker, "entry_SYSCALL_64", "", 0, &frames[0]);
	maker_sample(maker,
		     maker_call(maker, stack, maker_module(maker, "[kernel]", MODULE_KERNEL), 0x30,
				frames, 1),
		     30);
	maker_frame(maker, "LFoo;::bar", "", 0, &frames[0]);
	maker_sample(
		maker,
		maker_call(maker, base, maker_module(maker, "[jit]", MODULE_JIT), 0x40, frames, 1),
		15);
	maker->unwind = UNWIND_DEPTH;
	maker_sample(maker, base, 5);
	maker->profile.time_ns = 1795372800000000000;
	maker->profile.duration_ns = 123456789;
	assert_int_equal(profile_add_comment(&maker->profile, "title: kinds & \"more\""), 0);
	assert_int_equal(
		profile_add_comment(&maker->profile, "quality: samples=100 lost=0 whole=95.0%"), 0);
	assert_int_equal(profile_add_comment(&maker->profile, "event: cpu-clock"), 0);
	maker_finish(maker);
}

/* Style and script are files of their own: the golden file holds what svg.c itself writes. */
static void the_picture(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	char *start, *end;
	size_t size;

	(void)state;
	make_kinds(&maker);
	text = write_svg(&maker, &plain, &size);
	assert_well_formed(text, size);
	start = strstr(text, "</style>");
	end = strstr(text, "<metadata");
	assert_true(start && end && start < end);
	maker_check_golden("boxes.svg", start, end - start);
}

static const char *const hostile_names[] = {
	"<script>alert(1)</script>",
	"]]>",
	"</title></svg><svg onload=\"alert(1)\">",
	"a;b 5",
	"&amp;&lt;\"'&#0;",
	"tab\tnewline\nreturn\rescape\x1b[31m bell\x07 del\x7f",
	"invalid \xff\xfe\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 cut \xe2\x80",
	"nonchar \xef\xbf\xbe\xef\xbf\xbf \xf0\x9f\xbf\xbe \xef\xb7\x90",
	"right to left \xe2\x80\xae gnp.exe \xe2\x81\xa7 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	"wide \xe4\xb8\xad\xe6\x96\x87 emoji \xf0\x9f\x94\xa5",
	"c1 \xc2\x85\xc2\x9b",
	"<!-- --> <![CDATA[ <?xml ?> <!DOCTYPE a [<!ENTITY b \"c\">]> &b;",
	"\x01",
	" ",
};

static void hostile_names_are_data(void **state)
{
	enum { LONG = 50000, N = sizeof(hostile_names) / sizeof(*hostile_names) };
	guard(maker_deinit) struct maker maker;
	guard_free char *name = malloc(LONG + 1);
	guard_free char *text = NULL;
	struct report_options options = {.threads = true, .per_pid = true};
	uint32_t stack = 0;
	size_t size;

	(void)state;
	assert_non_null(name);
	maker_init(&maker);
	for (size_t i = 0; i <= N; i++) {
		struct profile_frame frame;
		uint32_t module;

		/* A name of 50 KB of letters that are escaped, as a function, module and process.
		 */
		memset(name, '<', LONG);
		name[LONG] = '\0';
		if (i < N)
			strcpy(name, hostile_names[i]);
		maker_thread(&maker, i + 1, i + 1, name, name);
		module = maker_module(&maker, name, i % 2 ? MODULE_USER : MODULE_JIT);
		maker_frame(&maker, name, name, 1, &frame);
		stack = maker_call(&maker, stack, module, i, &frame, 1);
		maker_sample(&maker, stack, 10);
		assert_int_equal(profile_add_comment(&maker.profile, name), 0);
	}
	options.title = hostile_names[2];
	maker_finish(&maker);
	text = write_svg(&maker, &options, &size);
	assert_well_formed(text, size);
	assert_int_equal(count(text, "<script>"), 1);
	assert_null(strstr(text, "<svg onload"));
	/* Bounded, although the long name stands in every tooltip and box it could: the picture and
	 * the profile, without the viewer. */
	assert_true(size > viewer_js_size + viewer_css_size);
	assert_true(size - viewer_js_size - viewer_css_size < 100000);
}

static void the_same_bytes(void **state)
{
	static const char *const stacks[] = {"a;b;c", "a;b", "a;d", "e;f;g", "a;b;c2"};
	enum { N = sizeof(stacks) / sizeof(*stacks) };
	guard(maker_deinit) struct maker one, other;
	guard_free char *text = NULL, *again = NULL, *reversed = NULL;
	size_t size, size_again, size_reversed;

	(void)state;
	maker_init(&one);
	maker_init(&other);
	for (size_t i = 0; i < N; i++) {
		maker_folded(&one, stacks[i], i + 1);
		maker_folded(&other, stacks[N - 1 - i], N - i);
	}
	maker_finish(&one);
	maker_finish(&other);
	text = write_svg(&one, &plain, &size);
	again = write_svg(&one, &plain, &size_again);
	reversed = write_svg(&other, &plain, &size_reversed);
	assert_int_equal(size, size_again);
	assert_memory_equal(text, again, size);
	assert_int_equal(size, size_reversed);
	assert_memory_equal(text, reversed, size);
}

/* 9,000 functions of one sample each, below one of 1,000: 0.01 % is under the threshold. */
static void narrow_boxes_are_counted(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;
	char name[32];

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;hot", 1000);
	for (int i = 0; i < 9000; i++) {
		snprintf(name, sizeof(name), "main;f%d", i);
		maker_folded(&maker, name, 1);
	}
	maker_finish(&maker);
	text = write_svg(&maker, &plain, &size);
	assert_well_formed(text, size);
	assert_int_equal(count_boxes(text), 3);
	assert_non_null(strstr(text, "not drawn: 9000 frames of under 0.025% each, in all 90.00%<"));
}

/* A stack of 3,000 calls is drawn in full; of one that no browser could show, the outer part. */
static void deep_stacks(void **state)
{
	static const struct {
		uint32_t depth;
		size_t boxes;
	} cases[] = {{3000, 3001}, {100000, 20000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard(maker_deinit) struct maker maker;
		guard_free char *text = NULL;
		struct profile_frame frame;
		uint32_t stack = 0;
		size_t size;

		maker_init(&maker);
		maker_frame(&maker, "recurse", "", 0, &frame);
		for (uint32_t depth = 0; depth < cases[i].depth; depth++)
			stack = maker_call(&maker, stack, 0, 0, &frame, 1);
		maker_sample(&maker, stack, 1);
		maker_finish(&maker);
		text = write_svg(&maker, &plain, &size);
		assert_well_formed(text, size);
		assert_int_equal(count_boxes(text), cases[i].boxes);
	}
}

/* The markup of a box without its name, module and figures, and the file for each box. */
static void boxes_are_small(void **state)
{
	enum { N = 3000 };
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	struct profile_frame frame;
	uint32_t module, main_stack;
	size_t size, boxes;
	char *start;

	(void)state;
	maker_init_cpu(&maker, 1001001);
	module = maker_module(&maker, "/usr/lib/x86_64-linux-gnu/libexample.so.6", MODULE_USER);
	maker_frame(&maker, "main", "", 0, &frame);
	main_stack = maker_call(&maker, 0, module, 0, &frame, 1);
	for (int i = 0; i < N; i++) {
		char name[40];

		snprintf(name, sizeof(name), "example_function_%d", i);
		maker_frame(&maker, name, "", 0, &frame);
		maker_sample(&maker, maker_call(&maker, main_stack, module, i + 1, &frame, 1), 7);
	}
	maker_finish(&maker);
	text = write_svg(&maker, &plain, &size);
	boxes = count_boxes(text);
	assert_int_equal(boxes, N + 2);
	start = strstr(text, "<svg id=\"boxes\">");
	assert_true((strstr(text, "<script>") - start) / boxes < 220);
}

static void options_of_the_picture(void **state)
{
	static const struct report_options wide = {.width = 800, .title = "a title"};
	static const struct report_options icicle = {.inverted = true, .palette = "cool"};
	static const struct report_options unknown = {.palette = "no such palette"};
	guard(maker_deinit) struct maker maker;
	guard_free char *fluid = NULL, *fixed = NULL, *inverted = NULL, *fallback = NULL;
	size_t size;

	(void)state;
	make_kinds(&maker);
	fluid = write_svg(&maker, &plain, &size);
	fixed = write_svg(&maker, &wide, &size);
	inverted = write_svg(&maker, &icicle, &size);
	fallback = write_svg(&maker, &unknown, &size);
	assert_non_null(strstr(fluid, " width=\"1200\" height="));
	assert_non_null(strstr(fluid, ":root{width:100%}"));
	assert_non_null(strstr(fixed, " width=\"800\" height="));
	assert_null(strstr(fixed, ":root{width:100%}"));
	assert_non_null(strstr(fixed, "<title>a title</title>"));
	assert_string_equal(fluid, fallback);
	/* The root is at the bottom, or at the top. */
	assert_non_null(strstr(fluid, "<g transform=\"translate(0 90)\">\n<svg class=\"r"));
	assert_non_null(strstr(inverted, "<g transform=\"translate(0 0)\">\n<svg class=\"r"));
}

/* Where it is in the source, as far as it is one place. */
static void tooltips_have_the_source(void **state)
{
	static const struct {
		const char *name, *file;
		uint32_t line;
	} calls[] = {{"one", "/src/a.c", 12}, {"lines", "/src/b.c", 1}, {"lines", "/src/b.c", 2},
		     {"files", "/src/c.c", 1}, {"files", "/src/<d>.c", 1}};
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		uint32_t module = maker_module(&maker, "/usr/bin/app", MODULE_USER);
		struct profile_frame frame;

		maker_frame(&maker, calls[i].name, calls[i].file, calls[i].line, &frame);
		maker_sample(&maker, maker_call(&maker, 0, module, i, &frame, 1), 10);
	}
	maker_finish(&maker);
	text = write_svg(&maker, &plain, &size);
	assert_well_formed(text, size);
	assert_non_null(strstr(text, "self 20.00%\n/usr/bin/app\n/src/a.c:12</title>"));
	assert_non_null(strstr(text, "self 40.00%\n/usr/bin/app\n/src/b.c</title>"));
	assert_non_null(strstr(text, "self 40.00%\n/usr/bin/app</title>"));
}

static void an_empty_profile(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_finish(&maker);
	text = write_svg(&maker, &plain, &size);
	assert_well_formed(text, size);
	assert_non_null(strstr(text, "There are no samples."));
}

/* What one of two recordings says of itself is not said of their sum. */
static void two_recordings_added_up(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;work", 12345);
	assert_int_equal(profile_add_comment(&maker.profile, "title: one"), 0);
	assert_int_equal(profile_add_comment(&maker.profile, "quality: samples=1111 lost=0"), 0);
	assert_int_equal(profile_add_comment(&maker.profile, "title: two"), 0);
	assert_int_equal(profile_add_comment(&maker.profile, "quality: samples=2222 lost=5"), 0);
	maker_finish(&maker);
	text = write_svg(&maker, &plain, &size);
	assert_well_formed(text, size);
	assert_non_null(strstr(text, "<title>samples</title>"));
	assert_non_null(strstr(text, ">12,345</text>"));
	assert_null(strstr(text, ">1,111</text>"));
	assert_non_null(strstr(text, "quality: samples=1111 lost=0</text>"));
	assert_non_null(strstr(text, "quality: samples=2222 lost=5</text>"));
}

/* pprof -diff_base leaves values below zero, and children wider than their parents. */
static void negative_values(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main;more", 10);
	maker_folded(&maker, "main;less", -5);
	maker_folded(&maker, "gone", -4);
	maker_finish(&maker);
	text = write_svg(&maker, &plain, &size);
	assert_well_formed(text, size);
	assert_null(strstr(text, " x=\"-"));
	assert_null(strstr(text, " width=\"-"));
	assert_int_equal(count_boxes(text), 3); /* all, main, more */
}

static void a_full_disk_is_told(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_fclose FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(out);
	make_kinds(&maker);
	assert_int_equal(svg_write(&maker.profile, &plain, out), -EIO);
}

static void percents_are_exact(void **state)
{
	static const struct {
		int64_t part, whole;
		int decimals;
		bool trim;
		const char *text;
	} cases[] = {
		{1, 3, 5, true, "33.33333"},
		{1, 2, 5, true, "50"},
		{1, 2, 2, false, "50.00"},
		{2, 3, 2, false, "66.67"},
		{0, 5, 2, true, "0"},
		{5, 0, 2, true, "0"},
		{-1, 5, 2, true, "0"},
		{1, 1000000, 5, true, "0.0001"},
		{INT64_MAX, INT64_MAX, 5, true, "100"},
		{INT64_MAX - 1, INT64_MAX, 2, false, "100.00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard_free char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		svg_percent(cases[i].part, cases[i].whole, cases[i].decimals, cases[i].trim, out);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_picture),
		cmocka_unit_test(hostile_names_are_data),
		cmocka_unit_test(the_same_bytes),
		cmocka_unit_test(narrow_boxes_are_counted),
		cmocka_unit_test(deep_stacks),
		cmocka_unit_test(boxes_are_small),
		cmocka_unit_test(options_of_the_picture),
		cmocka_unit_test(tooltips_have_the_source),
		cmocka_unit_test(an_empty_profile),
		cmocka_unit_test(two_recordings_added_up),
		cmocka_unit_test(negative_values),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(percents_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
