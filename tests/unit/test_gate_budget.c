// SPDX-License-Identifier: GPL-2.0-or-later
/* The budget file: what is read, and that a typo is an error with its line and no free pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "gate/budget.h"

static int read_bytes(const char *text, size_t n, struct gate_budget *budget, unsigned int *line,
		      struct report_error *error)
{
	guard_close int fd = memfd_create("budget", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return gate_budget_read(fd, budget, line, error);
}

static int read_text(const char *text, struct gate_budget *budget, unsigned int *line,
		     struct report_error *error)
{
	return read_bytes(text, strlen(text), budget, line, error);
}

static void test_whole_file(void **state)
{
	static const char text[] = "\xef\xbb\xbf# a comment\r\n"
				   "[total]\r\n"
				   "  limit = 2%  \r\n"
				   "\n"
				   "; another\n"
				   "[function parse_header]\n"
				   "limit=0.5 %\n"
				   "min-share = 1%\n"
				   "[ function /^std::[a-z]+</ ]\n"
				   "limit = 1.25% of program\n"
				   "[accept render]\n"
				   "reason = wanted: see [4711] = so\n"
				   "until = 2027-03-31\n"
				   "[offcpu]\n"
				   "gate = yes\n"
				   "limit = 5%";
	struct gate_budget budget;
	struct report_error error = { "" };
	unsigned int line;

	(void)state;
	assert_int_equal(read_text(text, &budget, &line, &error), 0);
	assert_true(budget.has_total);
	assert_float_equal(budget.total_limit, .02, 1e-12);
	assert_int_equal(budget.functions.n, 2);
	assert_string_equal(budget.functions.data[0].pattern.text, "parse_header");
	assert_int_equal(budget.functions.data[0].line, 6);
	assert_float_equal(budget.functions.data[0].limit.fraction, .005, 1e-12);
	assert_false(budget.functions.data[0].limit.of_program);
	assert_float_equal(budget.functions.data[0].min_share, .01, 1e-12);
	assert_true(budget.functions.data[1].pattern.is_expression);
	assert_float_equal(budget.functions.data[1].limit.fraction, .0125, 1e-12);
	assert_true(budget.functions.data[1].limit.of_program);
	assert_int_equal(budget.accepts.n, 1);
	assert_string_equal(budget.accepts.data[0].reason, "wanted: see [4711] = so");
	assert_int_equal(budget.accepts.data[0].until, 20908);
	assert_true(budget.gate_offcpu);
	assert_true(budget.has_offcpu_limit);
	assert_float_equal(budget.offcpu_limit, .05, 1e-12);
	gate_budget_deinit(&budget);
}

static void test_patterns(void **state)
{
	static const char text[] = "[function parse]\nlimit = 1%\n"
				   "[function ns::read(int, char const*)]\nlimit = 1%\n"
				   "[function /^ns::.*sort/]\nlimit = 1%\n"
				   "[accept /lower/]\nreason = r\nuntil = 2000-02-29\n";
	struct gate_budget budget;
	struct report_error error = { "" };
	unsigned int line;
	const struct gate_pattern *patterns[4];

	(void)state;
	assert_int_equal(read_text(text, &budget, &line, &error), 0);
	for (int i = 0; i < 3; i++)
		patterns[i] = &budget.functions.data[i].pattern;
	patterns[3] = &budget.accepts.data[0].pattern;
	assert_true(gate_budget_matches(&budget, patterns[0], "parse"));
	assert_true(gate_budget_matches(&budget, patterns[0], "parse(char const*)"));
	assert_false(gate_budget_matches(&budget, patterns[0], "parse_header"));
	assert_false(gate_budget_matches(&budget, patterns[0], "reparse"));
	assert_true(gate_budget_matches(&budget, patterns[1], "ns::read(int, char const*)"));
	assert_false(gate_budget_matches(&budget, patterns[1], "ns::read(int)"));
	assert_true(gate_budget_matches(&budget, patterns[2], "ns::quick_sort<int>(int*)"));
	assert_false(gate_budget_matches(&budget, patterns[2], "other::quick_sort"));
	assert_true(gate_budget_matches(&budget, patterns[3], "to_LOWER"));
	gate_budget_deinit(&budget);
}

/* A name may be as long as C++ makes them. */
static void test_long_name(void **state)
{
	char name[4000], text[4200];
	struct gate_budget budget;
	struct report_error error = { "" };
	unsigned int line;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "[function %s]\nlimit = 3%%\n", name);
	assert_int_equal(read_text(text, &budget, &line, &error), 0);
	assert_string_equal(budget.functions.data[0].pattern.text, name);
	assert_true(gate_budget_matches(&budget, &budget.functions.data[0].pattern, name));
	name[sizeof(name) - 2] = '\0';
	assert_false(gate_budget_matches(&budget, &budget.functions.data[0].pattern, name));
	gate_budget_deinit(&budget);
}

static void refuse(const char *text, unsigned int expected_line, const char *word)
{
	struct gate_budget budget;
	struct report_error error = { "" };
	unsigned int line = 99;
	int err = read_text(text, &budget, &line, &error);

	if (err != -EINVAL || line != expected_line || !strstr(error.text, word))
		fail_msg("%s: %d, line %u: %s", text, err, line, error.text);
	/* Cause, and what to do about it. */
	if (!strchr(error.text, ';'))
		fail_msg("no remedy: %s", error.text);
	gate_budget_deinit(&budget);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", 0, "no section");
	refuse("# only this\n", 0, "no section");
	refuse("limit = 2%\n", 1, "before the first section");
	refuse("[totl]\nlimit = 2%\n", 1, "no such section");
	refuse("[Total]\nlimit = 2%\n", 1, "no such section");
	refuse("[total\nlimit = 2%\n", 1, "]");
	refuse("[total]\n", 1, "limit");
	refuse("[total]\nlimt = 2%\n", 2, "limt");
	refuse("[total]\nlimit 2%\n", 2, "key = value");
	refuse("[total]\nlimit =\n", 2, "no value");
	refuse("[total]\nlimit = 2\n", 2, "percentage");
	refuse("[total]\nlimit = -2%\n", 2, "percentage");
	refuse("[total]\nlimit = 2%%\n", 2, "percentage");
	refuse("[total]\nlimit = 2,5%\n", 2, "percentage");
	refuse("[total]\nlimit = nan%\n", 2, "percentage");
	refuse("[total]\nlimit = 1e1%\n", 2, "percentage");
	refuse("[total]\nlimit = 1001%\n", 2, "percentage");
	refuse("[total]\nlimit = 2% # of it\n", 2, "percentage");
	refuse("[total]\nlimit = 2% of program\n", 2, "of program");
	refuse("[total]\nlimit = 2%\nlimit = 3%\n", 3, "already");
	refuse("[total]\nlimit = 2%\n[total]\nlimit = 2%\n", 3, "already");
	refuse("[total x]\nlimit = 2%\n", 1, "no name");
	refuse("[total]\nlimit = 2%\nreason = none\n", 3, "reason");
	refuse("[function]\nlimit = 2%\n", 1, "which one");
	refuse("[function f]\nlimit = 2% of programs\n", 2, "percentage");
	refuse("[function f]\nlimit = 2% ofprogram\n", 2, "percentage");
	refuse("[function f]\nmin-share = 2%\n", 1, "limit");
	refuse("[function f]\nlimit = 2%\nmin-share = 101%\n", 3, "100%");
	refuse("[function f]\nlimit = 2%\n[function f]\nlimit = 1%\n", 3, "already");
	refuse("[function /a(/]\nlimit = 2%\n", 1, "parenthes");
	refuse("[function /a]\nlimit = 2%\n", 1, "slashes");
	refuse("[function //]\nlimit = 2%\n", 1, "slashes");
	refuse("\n[accept f]\nreason = r\n\n[total]\nlimit = 1%\n", 2, "until");
	refuse("[accept f]\nuntil = 2027-01-01\n", 1, "reason");
	refuse("[accept f]\nreason = r\nuntil = 2027-02-29\n", 3, "no such day");
	refuse("[accept f]\nreason = r\nuntil = 2027-13-01\n", 3, "no such day");
	refuse("[accept f]\nreason = r\nuntil = 27-01-01\n", 3, "no such day");
	refuse("[accept f]\nreason = r\nuntil = 2027-1-1\n", 3, "no such day");
	refuse("[accept f]\nreason = r\nuntil = tomorrow\n", 3, "no such day");
	refuse("[offcpu]\nlimit = 2%\n", 1, "gate");
	refuse("[offcpu]\ngate = maybe\n", 2, "yes nor no");
	refuse("[offcpu]\ngate = no\n[offcpu]\ngate = yes\n", 3, "already");
}

static void test_no_text(void **state)
{
	static const char zero[] = "[total]\nlimit = 2%\n\0[function f]\n", latin[] = "[function \xe9]\nlimit = 1%\n";
	struct gate_budget budget;
	struct report_error error = { "" };
	unsigned int line;

	(void)state;
	assert_int_equal(read_bytes(zero, sizeof(zero) - 1, &budget, &line, &error), -EINVAL);
	assert_int_equal(line, 0);
	gate_budget_deinit(&budget);
	assert_int_equal(read_text(latin, &budget, &line, &error), -EINVAL);
	gate_budget_deinit(&budget);
}

static void test_too_large(void **state)
{
	guard_free char *text = malloc(GATE_BUDGET_MAX + 2);
	struct gate_budget budget;
	struct report_error error = { "" };
	unsigned int line;

	(void)state;
	memset(text, '\n', GATE_BUDGET_MAX + 1);
	assert_int_equal(read_bytes(text, GATE_BUDGET_MAX + 1, &budget, &line, &error), -EINVAL);
	assert_non_null(strstr(error.text, "1 MiB"));
	gate_budget_deinit(&budget);
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t days;
	} dates[] = {
		/* As date -d DAY +%s says, by 86400. */
		{ "1970-01-01", 0 },	 { "1970-12-31", 364 },	 { "1971-01-01", 365 },
		{ "2000-02-29", 11016 }, { "2000-03-01", 11017 }, { "2026-11-23", 20780 },
		{ "2100-03-01", 47541 }, { "9999-12-31", 2932896 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		char text[GATE_DATE_TEXT];
		int64_t days;

		assert_int_equal(gate_budget_parse_date(dates[i].text, &days), 0);
		assert_int_equal(days, dates[i].days);
		gate_budget_print_date(days, text);
		assert_string_equal(text, dates[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_file), cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_long_name),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_text),	   cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
