// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The .txt report against a golden file, the terminal's tables against text
 * written here by hand, and names that would do a terminal harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/text.h"
#include "tests/unit/report_maker.h"

static const struct report_options plain;

/* 60, 30 and 10 samples of 1 ms below main;work, and one of the kernel for another process. */
static void make_shares(struct maker *maker)
{
	static const struct {
		const char *name;
		int64_t count;
	} leaves[] = {
		{"hot", 60},
		{"warm", 30},
		{"cool", 10},
	};
	struct profile_frame frame;
	uint32_t app, kernel, work;

	maker_init_cpu(maker, 1000000);
	maker_thread(maker, 100, 100, "shares", "shares");
	maker->unwind = UNWIND_WHOLE;
	app = maker_module(maker, "/usr/bin/shares", MODULE_USER);
	kernel = maker_module(maker, "[kernel]", MODULE_KERNEL);
	maker_frame(maker, "main", "", 0, &frame);
	work = maker_call(maker, 0, app, 0x10, &frame, 1);
	maker_frame(maker, "work", "", 0, &frame);
	work = maker_call(maker, work, app, 0x20, &frame, 1);
	for (size_t i = 0; i < 3; i++) {
		maker_frame(maker, leaves[i].name, "", 0, &frame);
		maker_sample(maker, maker_call(maker, work, app, 0x30 + i, &frame, 1),
			     leaves[i].count);
	}
	maker_frame(maker, "do_idle", "", 0, &frame);
	for (int32_t pid = 7; pid < 9; pid++) {
		maker_thread(maker, pid, pid, "kworker/0:1", "kworker/0:1");
		maker_sample(maker, maker_call(maker, 0, kernel, 0x40, &frame, 1), 1);
	}
	maker->profile.time_ns = 1795372800000000000;
	maker->profile.duration_ns = 200000000;
	assert_int_equal(profile_add_comment(&maker->profile, "title: shares"), 0);
	assert_int_equal(profile_add_comment(&maker->profile, "quality: samples=102 lost=0"), 0);
	assert_int_equal(profile_add_comment(&maker->profile, "a comment from elsewhere"), 0);
	maker_finish(maker);
}

static void the_file(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	make_shares(&maker);
	assert_int_equal(text_write(&maker.profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	maker_check_golden("report.txt", text, size);
}

/* Samples that are not all worth the same are counted, not computed from the time. */
static void samples_of_different_worth(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	maker_init_cpu(&maker, 1000000);
	maker_folded(&maker, "a", 5);
	maker.period_ns = 3000000;
	maker_folded(&maker, "a;b", 7);
	maker_finish(&maker);
	assert_int_equal(text_write(&maker.profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(
		text, "0.021   80.77%        0.021   80.77%             7             7  b\n"));
	assert_non_null(strstr(
		text, "0.005   19.23%        0.026  100.00%             5            12  a\n"));
}

/* Samples worth the same time each are shown as time, whichever of the two comes first. */
static void samples_as_time(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL, *by_samples = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	make_shares(&maker);
	assert_int_equal(text_write(&maker.profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	maker.profile.default_value = 0;
	out = open_memstream(&by_samples, &size);
	assert_int_equal(text_write(&maker.profile, &plain, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, by_samples);
}

static void the_top(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	make_shares(&maker);
	assert_int_equal(text_write_top(&maker.profile, &plain, 1, 3, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "     self s             total s          function\n"
				  "      0.060   58.8%       0.060   58.8%  hot  shares\n"
				  "      0.030   29.4%       0.030   29.4%  warm  shares\n"
				  "      0.010    9.8%       0.010    9.8%  cool  shares\n");
}

static void the_processes(void **state)
{
	static const struct report_options pids = {.per_pid = true};
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	make_shares(&maker);
	assert_int_equal(text_write_processes(&maker.profile, &plain, 0, 9, out), 0);
	assert_int_equal(text_write_processes(&maker.profile, &pids, 0, 9, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "    total s          process\n"
				  "      0.100   98.0%  shares  pid 100\n"
				  "      0.002    2.0%  kworker/0:1  2 processes\n"
				  "    total s          process\n"
				  "      0.100   98.0%  shares  pid 100\n"
				  "      0.001    1.0%  kworker/0:1  pid 7\n"
				  "      0.001    1.0%  kworker/0:1  pid 8\n");
}

static void names_are_cut_and_harmless(void **state)
{
	static const struct {
		const char *name;
		size_t min, max;
		const char *written;
		size_t columns;
	} cases[] = {
		{"main", 0, 10, "main", 4},
		{"main", 6, 10, "main  ", 6},
		{"main", 0, 4, "main", 4},
		{"0123456789", 0, 6,
		 "012\xe2\x80\xa6"
		 "89",
		 6},
		{"0123456789", 0, 1, "\xe2\x80\xa6", 1},
		{"0123456789", 0, 0, "", 0},
		/* an escape sequence, a newline, invalid UTF-8, a right-to-left override */
		{"a\x1b[2Jb\n\xff\xe2\x80\xae", 0, 20,
		 "a\xef\xbf\xbd[2Jb\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 9},
		/* wide characters take two columns: five do not fit into nine */
		{"\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 0, 10,
		 "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 10},
		{"\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 9, 9,
		 "\xe4\xb8\xad\xe4\xb8\xad\xe2\x80\xa6\xe4\xb8\xad  ", 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		guard_free char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_int_equal(text_write_name(cases[i].name, strlen(cases[i].name), cases[i].min,
						 cases[i].max, out),
				 cases[i].columns);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, cases[i].written);
	}
}

static void a_full_disk_is_told(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_fclose FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(out);
	setvbuf(out, NULL, _IONBF, 0);
	make_shares(&maker);
	assert_int_equal(text_write(&maker.profile, &plain, out), -EIO);
}

static void an_empty_profile(void **state)
{
	guard(maker_deinit) struct maker maker;
	guard_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	maker_init(&maker);
	maker_finish(&maker);
	assert_int_equal(text_write(&maker.profile, &plain, out), 0);
	assert_int_equal(text_write_top(&maker.profile, &plain, 0, 10, out), 0);
	assert_int_equal(text_write_processes(&maker.profile, &plain, 0, 10, out), 0);
	assert_int_equal(fclose(out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file),
		cmocka_unit_test(samples_of_different_worth),
		cmocka_unit_test(samples_as_time),
		cmocka_unit_test(the_top),
		cmocka_unit_test(the_processes),
		cmocka_unit_test(names_are_cut_and_harmless),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(an_empty_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
