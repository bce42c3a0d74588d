// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages and the quality line: what comes out is one line that a terminal
 * can take, whatever went in, and says nothing that is not so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "profiler/quality.h"

static void assert_cleaned(const char *text, const char *expected)
{
	char *copy guard_free = strdup(text);

	assert_non_null(copy);
	assert_int_equal(message_clean(copy), strlen(expected));
	assert_string_equal(copy, expected);
}

static void test_clean(void **state)
{
	(void)state;
	assert_cleaned("", "");
	assert_cleaned("plain; text", "plain; text");
	assert_cleaned("na\xc3\xafve \xe6\x97\xa5 \xf0\x9f\x94\xa5",
		       "na\xc3\xafve \xe6\x97\xa5 \xf0\x9f\x94\xa5");
	assert_cleaned("\x1b[31mred\nnext\r\ttab\x7f", "?[31mred?next??tab?");
	assert_cleaned("bad \xff\xc0\x80 \xe6\x97", "bad ??? ??");
	assert_cleaned("c1 \xc2\x9b right-to-left \xe2\x80\xae", "c1 ? right-to-left ?");
}

static void test_message(void **state)
{
	FILE *file guard_fclose = tmpfile();
	int saved = dup(STDERR_FILENO);
	char said[256] = "";

	(void)state;
	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	errno = ENOENT;
	message("%s: cause %d; remedy", "a\nb", 7);
	assert_int_equal(errno, ENOENT);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(said, 1, sizeof(said) - 1, file) > 0);
	assert_string_equal(said, "flametap: a?b: cause 7; remedy\n");
}

/* The example of the documentation. */
static struct quality example(void)
{
	struct quality quality;

	quality_init(&quality);
	quality.samples = 4995;
	quality.covered = 0.9962;
	quality.user_samples = 4990;
	quality.whole = 4980;
	quality.unnamed_weight = 5;
	quality.total_weight = 4995;
	quality.event = "cpu-clock";
	quality.frequency = 999;
	quality.elapsed_s = 5.0012;
	return quality;
}

static void assert_line(const struct quality *quality, const char *expected)
{
	char line[QUALITY_LINE_SIZE];

	quality_line(quality, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void test_quality_line(void **state)
{
	struct quality quality = example();

	(void)state;
	assert_line(&quality, "samples=4995 lost=0 covered=99.6% whole=99.8% unnamed=0.1% "
			      "event=cpu-clock hz=999 elapsed=5.00s");
	quality.lost.ring = 3;
	quality.lost.wire = 1;
	quality.lost_remaps = 7;
	quality.foreign = 12;
	quality.cpus_changed = 2;
	assert_line(&quality, "samples=4995 lost=4 covered=99.6% whole=99.8% unnamed=0.1% "
			      "event=cpu-clock hz=999 elapsed=5.00s lost-remaps=7 foreign=12 "
			      "cpus-changed=2");
}

/* 100.0 % and 0.0 % are claims that nothing is missing. */
static void test_quality_rounding(void **state)
{
	struct quality quality = example();

	(void)state;
	quality.user_samples = 1000000;
	quality.whole = 999999;
	quality.unnamed_weight = 1;
	quality.total_weight = 1000000;
	assert_line(&quality, "samples=4995 lost=0 covered=99.6% whole=99.9% unnamed=0.1% "
			      "event=cpu-clock hz=999 elapsed=5.00s");
	quality.whole = 1000000;
	quality.unnamed_weight = 0;
	assert_line(&quality, "samples=4995 lost=0 covered=99.6% whole=100.0% unnamed=0.0% "
			      "event=cpu-clock hz=999 elapsed=5.00s");
}

static void test_quality_unknown(void **state)
{
	struct quality quality;
	char cut[12];

	(void)state;
	quality_init(&quality);
	quality.event = "page-faults";
	quality.count = 1;
	assert_line(&quality, "samples=0 lost=0 covered=unknown whole=unknown unnamed=unknown "
			      "event=page-faults count=1 elapsed=0.00s");
	quality_line(&quality, cut, sizeof(cut));
	assert_string_equal(cut, "samples=0 l");
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void test_quality_json(void **state)
{
	struct quality quality = example();
	char *text guard_free = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	quality.lost.ring = 3;
	quality.lost_exits = 4;
	quality.lost_remaps = 5;
	quality.copies.forgotten = 6;
	quality.incomplete[UNWIND_DEPTH] = 10;
	quality.own_cpu_s = 0.25;
	quality.event = "a\"b\n";
	assert_int_equal(quality_write_json(&quality, out), 0);
	fclose(out);
	assert_has(text, "{\n  \"samples\": 4995,\n");
	assert_has(text, "\"lost\": {\"total\": 3, \"ring buffer full\": 3,");
	assert_has(text, "\"lost_exits\": 4,\n  \"lost_remaps\": 5,\n");
	assert_has(text, "\"forgotten\": 6,");
	assert_has(text, "\"covered\": 0.9962,\n");
	assert_has(text, "\"target_cpu_seconds\": null,\n");
	assert_has(text, "\"depth\": 10");
	assert_has(text, "\"event\": \"a\\\"b\\u000a\",\n");
	assert_has(text, "\"frequency\": 999,\n");
	assert_has(text, "\"own_cpu_seconds\": 0.25,\n");
	assert_has(text, "\"peak_rss_bytes\": null\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),		cmocka_unit_test(test_message),
		cmocka_unit_test(test_quality_line),	cmocka_unit_test(test_quality_rounding),
		cmocka_unit_test(test_quality_unknown), cmocka_unit_test(test_quality_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
