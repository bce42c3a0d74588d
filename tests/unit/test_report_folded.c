// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folded stacks written and read back: the same text must come out, the sums
 * must be those that went in, and what cannot be read must say where and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"
#include "tests/unit/report_maker.h"

static int read_text_n(const char *text, size_t n, struct profile *profile,
		       struct report_error *error)
{
	guard_close int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	error->text[0] = '\0';
	return report_read(fd, profile, error);
}

static void write_text(struct profile *profile, bool annotate, char **ret)
{
	struct report_options options = {.annotate = annotate};
	size_t n;
	guard_fclose FILE *out = open_memstream(ret, &n);

	assert_non_null(out);
	assert_int_equal(folded_write(profile, &options, out), 0);
}

/* Reads a text and writes it again. */
static void assert_becomes(const char *text, bool annotate, const char *expected)
{
	guard(profile_deinit) struct profile profile = {};
	guard_free char *written = NULL;
	struct report_error error;

	assert_int_equal(profile_init(&profile), 0);
	if (read_text_n(text, strlen(text), &profile, &error))
		fail_msg("%s", error.text);
	assert_int_equal(profile_finish(&profile), 0);
	write_text(&profile, annotate, &written);
	assert_string_equal(written, expected);
}

static void test_read_and_write(void **state)
{
	(void)state;
	/* Sorted by frames, not by lines; the same stack once. */
	assert_becomes("m;foo;bar 3\nm;foo 1\nm;foo2 2\nm;foo;bar 4\n", false,
		       "m;foo 1\nm;foo;bar 7\nm;foo2 2\n");
	/* Comments, empty lines, CRLF, tabs, no new line at the end, zero counts. */
	assert_becomes("# made by hand\n\r\n\na;b 5\r\na;c\t 6\n  \na;d 0\na 7", false,
		       "a 7\na;b 5\na;c 6\n");
	/* Blanks within names stay; so does what looks like a number further left. */
	assert_becomes("std::pair<int, int> f(char const*);operator() 5 x 9\n", false,
		       "std::pair<int, int> f(char const*);operator() 5 x 9\n");
	assert_becomes("a;;b 1\n;c 2\n", false, "[unknown];c 2\na;[unknown];b 1\n");
	assert_becomes("a;b -3\n", false, "a;b -3\n");
}

/* Lines that differ at each place around where many bytes are compared at once. */
static void test_long_lines_that_differ_somewhere(void **state)
{
	enum { LONG = 1100, NAME = 10 };
	char line[LONG + 4];

	(void)state;
	for (size_t at = 0; at < LONG; at++) {
		guard_free char *text = NULL;
		size_t n;
		FILE *out = open_memstream(&text, &n);

		assert_non_null(out);
		for (size_t i = 0; i < LONG; i++)
			line[i] = i % NAME == NAME - 1 ? ';' : 'm';
		memcpy(line + LONG - 1, "m 1", 4);
		fputs(line, out);
		if (line[at] == 'm') {
			line[at] = 'n';
			fprintf(out, "\n%s", line);
		}
		fputs("\n", out);
		assert_int_equal(fclose(out), 0);
		assert_becomes(text, false, text);
	}
}

static void test_annotations(void **state)
{
	static const char text[] = "a;f;g_[i];h_[i];sys_read_[k] 3\na;jit_[j] 2\na;w_[w] 1\n";

	(void)state;
	assert_becomes(text, true, "a;f;g_[i];h_[i];sys_read_[k] 3\na;jit_[j] 2\na;w_[w] 1\n");
	assert_becomes(text, false, "a;f;g;h;sys_read 3\na;jit 2\na;w_[w] 1\n");
	assert_becomes("_[k];x_[k] 1\n", true, "_[k];x_[k] 1\n");
}

static void test_kinds(void **state)
{
	static const char text[] = "a;f;g_[i];sys_[k] 3\n";
	guard(profile_deinit) struct profile profile = {};
	struct report_error error;
	const struct profile_stack *stack;
	const struct profile_location *location;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(read_text_n(text, strlen(text), &profile, &error), 0);
	assert_int_equal(profile.samples.n, 1);
	stack = &profile.stacks.data[profile.samples.data[0].stack];
	location = &profile.locations.data[stack->location];
	assert_int_equal(profile.modules.data[location->module].kind, MODULE_KERNEL);
	stack = &profile.stacks.data[stack->parent];
	location = &profile.locations.data[stack->location];
	assert_int_equal(location->module, 0);
	assert_int_equal(location->n_frames, 2);
	assert_string_equal(
		strings_get(
			&profile.strings,
			profile.functions.data[profile.frames.data[location->first_frame].function]
				.name),
		"g");
	assert_int_equal(profile.slice_ns, 0);
	assert_int_equal(profile.n_values, 1);
	assert_string_equal(strings_get(&profile.strings, profile.value_types[0].type), "samples");
}

/* 0.4 five times is 2; nothing is lost line by line. */
static void test_fractions(void **state)
{
	guard(profile_deinit) struct profile profile = {};
	static const char text[] = "a 0.4\nb 0.4\nc 0.4\nd 0.4\ne 0.4\nf 7.\ng 1.5000001\n";
	struct report_error error;
	int64_t sum = 0;

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(read_text_n(text, strlen(text), &profile, &error), 0);
	for (size_t i = 0; i < profile.values.n; i++)
		sum += profile.values.data[i];
	assert_int_equal(sum, 2 + 7 + 2);
	assert_int_equal(profile.comments.n, 1);
	assert_string_equal(strings_get(&profile.strings, profile.comments.data[0]),
			    "note: 6 counts with fractions were rounded");
}

/* Base and new; fractions are carried on in each column. */
static void test_two_counts(void **state)
{
	guard(profile_deinit) struct profile profile = {};
	static const char text[] = "a;b 5 7\na 0 0.4\nb 0.4 0.4\nc 1 0.4\nd;e 0 -1\n";
	struct report_error error;
	int64_t sums[2] = {};

	(void)state;
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(read_text_n(text, strlen(text), &profile, &error), 0);
	assert_int_equal(profile.n_values, 2);
	assert_string_equal(strings_get(&profile.strings, profile.value_types[0].type), "base");
	assert_string_equal(strings_get(&profile.strings, profile.value_types[1].type), "new");
	for (size_t i = 0; i < profile.values.n; i++)
		sums[i % 2] += profile.values.data[i];
	assert_int_equal(sums[0], 6);
	assert_int_equal(sums[1], 7);
	assert_string_equal(strings_get(&profile.strings, profile.comments.data[0]),
			    "diff: by=share value=samples");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *why;
	} cases[] = {
		{"a;b 5\n\na;b five\n", 0, "line 3 does not end in a blank and a count"},
		{"5\n", 0, "line 1 does not end in a blank and a count"},
		{"a;b 5\nhello\n", 0, "line 2 does not end"},
		{"a;b .5\n", 0, "line 1 does not end"},
		{"a;b 1.2.3\n", 0, "line 1 does not end"},
		{"a;b 5 7\na;b 5\n", 0, "line 2 ends in one count"},
		{"a;b 5 6 7\n", 0, "line 1 ends in three counts"},
		{"a;b 5\na;b 5.5 7\n", 0, "line 2 ends in two counts"},
		{"a 9223372036854775808\n", 0, "line 1 has a count that is too large"},
		{"a 9223372036854775807\nb 1\n", 0, "line 2 makes the sum"},
		{"\x7f\x45\x4c\x46 5 \xff\xfe\n", 0, "line 1 does not end"},
		{"", 0, "is empty"},
		{"\x7f\x45\x4c\x46\0\1", 6, "byte 0x7f"},
		{"<svg></svg>", 0, "no profile in it"},
		{"<!DOCTYPE html><html></html>", 0, "no profile in it"},
		{"<?xml version=\"1.0\"?><a/>", 0, "byte 0x3c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		guard(profile_deinit) struct profile profile = {};
		size_t n = cases[i].n ? cases[i].n : strlen(cases[i].text);
		struct report_error error;

		assert_int_equal(profile_init(&profile), 0);
		assert_int_equal(read_text_n(cases[i].text, n, &profile, &error), -EINVAL);
		if (!strstr(error.text, cases[i].why))
			fail_msg("\"%s\" says nothing of \"%s\"", error.text, cases[i].why);
	}
}

/* Rubbish behind the bytes that are probed is told by its line. */
static void test_rubbish_later(void **state)
{
	guard(profile_deinit) struct profile profile = {};
	guard_free char *text = NULL;
	struct report_error error;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	for (int i = 0; i < 5000; i++)
		fputs("a;b 1\n", out);
	fwrite("a;b\0c 1\n", 1, 8, out);
	fclose(out);
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(read_text_n(text, n, &profile, &error), -EINVAL);
	assert_non_null(strstr(error.text, "line 5001 holds a byte of value 0"));
}

/* Across the ends of the buffer, and lines longer than it. */
static void test_long_lines(void **state)
{
	guard(profile_deinit) struct profile profile = {};
	guard(profile_deinit) struct profile too_long = {};
	guard_free char *text = NULL;
	guard_free char *line = malloc((17 << 20) + 2);
	struct report_error error;
	int64_t sum = 0;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	for (int i = 0; i < 3000; i++) {
		for (int k = 0; k < 1 + i % 300; k++)
			fprintf(out, "function_%d;", k);
		fprintf(out, "leaf_%d 3\n", i);
	}
	memset(line, 'x', 17 << 20);
	fwrite(line, 1, 1 << 20, out);
	fprintf(out, ";y 5\nz 7\n");
	fclose(out);
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(read_text_n(text, n, &profile, &error), 0);
	assert_int_equal(profile.samples.n, 3002);
	for (size_t i = 0; i < profile.values.n; i++)
		sum += profile.values.data[i];
	assert_int_equal(sum, 9012);

	assert_int_equal(profile_init(&too_long), 0);
	memcpy(line + (17 << 20), " 1", 2);
	assert_int_equal(read_text_n(line, (17 << 20) + 2, &too_long, &error), -EINVAL);
	assert_string_equal(error.text, "line 1 is longer than 16 MiB");
}

/* What a name may hold does no harm to the file. */
static void test_names_are_data(void **state)
{
	guard_free char *written = NULL;
	struct maker maker;
	struct profile_frame frame;
	uint32_t stack;

	(void)state;
	maker_init(&maker);
	maker_thread(&maker, 1, 1, "#sh", "worker 1");
	maker_sample(&maker, 0, 1);
	maker_frame(&maker, "a;b 5", "", 0, &frame);
	stack = maker_call(&maker, 0, 0, 0, &frame, 1);
	maker_sample(&maker, stack, 2);
	maker_frame(&maker, "x\ny\x1b[31m \xff\xe2\x80\xae ", "", 0, &frame);
	maker_sample(&maker, maker_call(&maker, stack, 0, 0, &frame, 1), 3);
	maker_frame(&maker, "<script>alert(1)</script>", "", 0, &frame);
	maker_sample(&maker, maker_call(&maker, stack, 0, 0, &frame, 1), 4);
	maker_frame(&maker, "\x01", "", 0, &frame);
	maker_sample(&maker, maker_call(&maker, stack, 0, 0, &frame, 1), 5);
	maker_thread(&maker, 0, 0, "", "");
	maker_sample(&maker, 0, 6);
	maker_finish(&maker);
	write_text(&maker.profile, false, &written);
	assert_string_equal(written, "[no stack] 6\n_sh 1\n_sh;a:b_5 2\n_sh;a:b 5;[unknown] 5\n"
				     "_sh;a:b 5;<script>alert(1)</script> 4\n"
				     "_sh;a:b 5;x y[31m \xef\xbf\xbd 3\n");
	maker_deinit(&maker);
	assert_becomes(written, false,
		       "[no stack] 6\n_sh 1\n_sh;a:b 5;<script>alert(1)</script> 4\n"
		       "_sh;a:b 5;[unknown] 5\n_sh;a:b 5;x y[31m \xef\xbf\xbd 3\n_sh;a:b_5 2\n");
}

/* Samples are written even where another value is shown first, and sums are those of the values. */
static void test_samples_are_written(void **state)
{
	guard_free char *written = NULL;
	struct maker maker;

	(void)state;
	maker_init_cpu(&maker, 10000000);
	maker_folded(&maker, "a;b", 3);
	maker_folded(&maker, "a", 2);
	maker_finish(&maker);
	write_text(&maker.profile, false, &written);
	assert_string_equal(written, "a 2\na;b 3\n");
	maker_deinit(&maker);
}

static void test_not_with_other_values(void **state)
{
	struct report_error error;
	struct maker maker;

	(void)state;
	maker_init_cpu(&maker, 10000000);
	maker_folded(&maker, "a;b", 3);
	assert_int_equal(read_text_n("a;b 3\n", 6, &maker.profile, &error), -EINVAL);
	assert_non_null(strstr(error.text, "cannot be added up"));
	maker_deinit(&maker);
}

/* Names that agree at both ends, in the middle and in length, and those that are no UTF-8. */
static void test_names_alike(void **state)
{
	enum { N = 20000 };
	guard_free char *text = NULL;
	guard_free char *expected = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	(void)state;
	for (int i = 0; i < 2 * N; i++)
		fprintf(file, "main;the_start%05u_the_same_middle_%05u_the_end;\xff\xfe 2\n",
			i % N * 7 % N, i % N * 7 % N);
	fclose(file);
	file = open_memstream(&expected, &n);
	for (int i = 0; i < N; i++)
		fprintf(file,
			"main;the_start%05u_the_same_middle_%05u_the_end;\xef\xbf\xbd\xef\xbf\xbd 4\n",
			i, i);
	fclose(file);
	assert_becomes(text, false, expected);
}

static void test_full_disk(void **state)
{
	guard_fclose FILE *full = fopen("/dev/full", "w");
	struct maker maker;

	(void)state;
	if (!full)
		skip();
	maker_init(&maker);
	maker_folded(&maker, "a;b", 3);
	maker_finish(&maker);
	assert_int_equal(folded_write(&maker.profile, NULL, full), -EIO);
	assert_true(ferror(full));
	maker_deinit(&maker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_and_write),
		cmocka_unit_test(test_long_lines_that_differ_somewhere),
		cmocka_unit_test(test_annotations),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_fractions),
		cmocka_unit_test(test_two_counts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_rubbish_later),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_names_are_data),
		cmocka_unit_test(test_samples_are_written),
		cmocka_unit_test(test_not_with_other_values),
		cmocka_unit_test(test_names_alike),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
