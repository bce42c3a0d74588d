// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The .md report: against a golden file, its rows as a reader of Markdown
 * tables splits them, whatever is in the names, and that it is known for what
 * it is when somebody gives it to `report`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/markdown.h"
#include "tests/unit/report_maker.h"

static const struct report_options plain;

static __attribute__((noinline)) char *write_text(const struct maker *maker, const char *format,
						  size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(report_format_by_name(format)->write(&maker->profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* 60 of `hot`, 25 of `work` itself, 13 that broke off, 2 of the kernel's. */
static void make_shares(struct maker *maker)
{
	struct profile_frame frame;
	uint32_t app, work;

	maker_init_cpu(maker, 1000000);
	maker_thread(maker, 100, 100, "shares", "shares");
	maker->unwind = UNWIND_WHOLE;
	app = maker_module(maker, "/usr/bin/shares", MODULE_USER);
	maker_frame(maker, "main", "", 0, &frame);
	work = maker_call(maker, 0, app, 0x10, &frame, 1);
	maker_frame(maker, "work", "", 0, &frame);
	work = maker_call(maker, work, app, 0x20, &frame, 1);
	maker_sample(maker, work, 25);
	maker_frame(maker, "std::vector<int>::at(unsigned) | const", "", 0, &frame);
	maker_sample(maker, maker_call(maker, work, app, 0x30, &frame, 1), 60);
	maker_frame(maker, "do_idle", "", 0, &frame);
	maker_sample(maker,
		     maker_call(maker, work, maker_module(maker, "[kernel]", MODULE_KERNEL), 0x40,
				&frame, 1),
		     2);
	maker->unwind = UNWIND_COPY_SHORT;
	maker_sample(maker, work, 13);
	maker->profile.duration_ns = 200000000;
}

static void add_comment(struct maker *maker, const char *text)
{
	assert_int_equal(profile_add_comment(&maker->profile, text), 0);
}

static void the_file(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	make_shares(&maker);
	add_comment(&maker, "title: shares of *work* @home");
	add_comment(&maker, "quality: samples=100 lost=3 covered=91.0% whole=87.0% unnamed=25.0% "
			    "event=cpu-clock hz=999");
	add_comment(&maker,
		    "unnamed: 25.0% in /usr/bin/shares: stripped; apt install shares-dbgsym");
	add_comment(&maker, "machine: Linux x86_64");
	maker_finish(&maker);
	text = write_text(&maker, "markdown", &size);
	maker_check_golden("report.md", text, size);
}

static void nothing_falls_short(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL, *silent = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_folded(&maker, "main", 5);
	silent = write_text(&maker, "markdown", &size);
	add_comment(&maker, "quality: samples=5 lost=0 covered=99.9% whole=100.0% unnamed=0.0%");
	maker_finish(&maker);
	text = write_text(&maker, "markdown", &size);
	assert_non_null(strstr(text, "Nothing that is known of."));
	assert_non_null(strstr(silent, "tells nothing of its quality"));
}

static void no_samples(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;

	(void)state;
	maker_init(&maker);
	maker_finish(&maker);
	text = write_text(&maker, "markdown", &size);
	assert_non_null(strstr(text, "There are no samples."));
}

/* As cmark-gfm's scanner has it: a backslash takes the next byte along, a bar ends the cell. */
static size_t count_cells(const char *line, size_t n)
{
	size_t bars = 0;

	for (size_t i = 0; i < n; i++) {
		if (line[i] == '\\')
			i++;
		else if (line[i] == '|')
			bars++;
	}
	return bars - 1;
}

/* The cell's code without what makes it a cell: what a reader is shown. */
static char *shown_code(const char *line, size_t n)
{
	char *out = malloc(n + 1), *start, *end;
	size_t used = 0, fence = 0;

	assert_non_null(out);
	for (size_t i = 0; i < n; i++) {
		if (line[i] == '\\' && i + 1 < n && line[i + 1] == '|')
			i++;
		out[used++] = line[i];
	}
	out[used] = '\0';
	start = strchr(out, '`');
	assert_non_null(start);
	while (start[fence] == '`')
		fence++;
	start += fence;
	/* The first row of exactly as many backticks ends it. */
	for (end = start; *end; end++) {
		size_t row = strspn(end, "`");

		if (row == fence)
			break;
		end += row ? row - 1 : 0;
	}
	assert_true(*end);
	if (end > start + 1 && *start == ' ' && end[-1] == ' ' &&
	    strspn(start, " ") < (size_t)(end - start)) {
		start++;
		end--;
	}
	memmove(out, start, end - start);
	out[end - start] = '\0';
	return out;
}

static void names_stay_in_their_cell(void **state)
{
	enum { LONG = 100 * 1024 };
	static const struct {
		const char *name, *shown;
	} cases[] = {
		{"a|b", "a|b"},
		{"operator||(A, B)", "operator||(A, B)"},
		{"x\\|y", NULL}, /* its cell holds; a backslash too many is shown */
		{"tail\\", "tail\\"},
		{"`tick`", "`tick`"},
		{"``two`", "``two`"},
		{"`", "`"},
		{"<b>bold</b> <script>alert(1)</script>", "<b>bold</b> <script>alert(1)</script>"},
		{"&amp; @everyone #1 :smile: *x* _y_", "&amp; @everyone #1 :smile: *x* _y_"},
		{"line\nbreak\r\x01", "line\xef\xbf\xbd"
				      "break\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x80\xae rtl", "\xef\xbf\xbd rtl"},
		{" blank ", " blank "},
	};
	enum { N = sizeof(cases) / sizeof(*cases) };
	guard_free char *name = malloc(LONG + 1);

	(void)state;
	assert_non_null(name);
	for (size_t i = 0; i <= N; i++) {
		guard(maker_deinit) struct maker maker;
		guard_free char *text = NULL, *shown = NULL;
		struct profile_frame frame;
		const char *row;
		size_t size, n;

		memset(name, "|`"[i % 2], LONG);
		name[LONG] = '\0';
		if (i < N)
			strcpy(name, cases[i].name);
		maker_init(&maker);
		maker_frame(&maker, name, "", 0, &frame);
		maker_sample(&maker,
			     maker_call(&maker, 0, maker_module(&maker, name, MODULE_USER), 0,
					&frame, 1),
			     1);
		add_comment(&maker, name);
		maker_finish(&maker);
		text = write_text(&maker, "markdown", &size);
		row = strstr(text, "| 1 | 100.0% | 1 | 100.0% | ");
		assert_non_null(row);
		n = strcspn(row, "\n");
		assert_int_equal(count_cells(row, n), 6);
		assert_null(strstr(strstr(row + n, "What falls short"), "<script"));
		shown = shown_code(row, n);
		if (i < N && cases[i].shown)
			assert_string_equal(shown, cases[i].shown);
	}
}

/* A step's summary may hold 1 MiB, a comment 64 KiB. */
static void below_64_kb(void **state)
{
	enum { LONG = 100 * 1024 };
	guard_free char *name = malloc(LONG + 1);
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	struct profile_frame frame;
	uint32_t stack = 0;
	size_t size;

	(void)state;
	assert_non_null(name);
	maker_init_cpu(&maker, 1000000);
	for (int i = 0; i < 40; i++) {
		/* A wide letter is 4 bytes, a bar 2, an @ 9. */
		for (size_t b = 0; b < LONG; b += 4)
			memcpy(name + b, i % 2 ? "\xf0\x9f\x94\xa5" : "@@||", 4);
		snprintf(name, 8, "%d", 1000000 + i);
		name[7] = '|';
		name[LONG] = '\0';
		maker_frame(&maker, name, "", 0, &frame);
		stack = maker_call(&maker, stack, maker_module(&maker, name, MODULE_USER), i,
				   &frame, 1);
		maker_sample(&maker, stack, 10);
		memcpy(name, "unnamed: ", 9);
		add_comment(&maker, name);
		memcpy(name, "quality: a=", 11);
		add_comment(&maker, name);
		memcpy(name, "anything: ", 10);
		add_comment(&maker, name);
	}
	maker_finish(&maker);
	text = write_text(&maker, "markdown", &size);
	assert_true(size > 10000);
	assert_true(size < 65536);
}

static void assert_refused(const char *text, size_t size)
{
	guard(profile_deinit) struct profile profile = {};
	struct report_error error = {""};
	guard_close int fd = memfd_create("totals", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(profile_init(&profile), 0);
	assert_int_equal(report_read(fd, &profile, &error), -EINVAL);
	assert_non_null(strstr(error.text, "totals only"));
	assert_non_null(strstr(error.text, ".pb.gz"));
}

static void reports_of_totals_are_refused(void **state)
{
	static const char *const names[] = {"markdown", "txt"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		guard(maker_deinit) struct maker maker, samples;
		guard_free char *text = NULL, *short_text = NULL;
		size_t size;

		make_shares(&maker);
		for (int n = 0; n < 20; n++)
			add_comment(&maker,
				    "unnamed: 25.0% in a file with a long path, of which a "
				    "lot is to be told, so that the table begins late; and more");
		maker_finish(&maker);
		text = write_text(&maker, names[i], &size);
		assert_refused(text, size);
		/* Lines of this one could be folded stacks. */
		maker_init(&samples);
		maker_folded(&samples, "main", 5);
		maker_finish(&samples);
		short_text = write_text(&samples, names[i], &size);
		assert_refused(short_text, size);
	}
}

/* And nothing else is taken for one. */
static void other_text_is_not_taken_for_one(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"\n\n",
		"a;b 1\n\nc 2\n",
		"title\n\nself self total total  function  modul",
		"a 1\nb 2\n\n self self total total  function  module\n",
		"<!-- flametap -->\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_false(text_probe((const unsigned char *)texts[i], strlen(texts[i])));
		assert_false(markdown_probe((const unsigned char *)texts[i], strlen(texts[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file),
		cmocka_unit_test(nothing_falls_short),
		cmocka_unit_test(no_samples),
		cmocka_unit_test(names_stay_in_their_cell),
		cmocka_unit_test(below_64_kb),
		cmocka_unit_test(reports_of_totals_are_refused),
		cmocka_unit_test(other_text_is_not_taken_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
