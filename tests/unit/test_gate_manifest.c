// SPDX-License-Identifier: GPL-2.0-or-later
/* manifest.json: what is written is read again, and nothing that is only nearly one is taken. */
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
#include "gate/manifest.h"
#include "report/format.h"

static void make(struct gate_manifest *manifest)
{
	struct gate_manifest_difference difference = {};
	struct gate_manifest_run run = {
		.number = 0, .warm_up = true, .side = GATE_HEAD, .file = "runs/000-head.pb.gz",
		.profile = true, .cpu_ns = 123456789012345678 / 100, .user_ns = 7, .wall_ns = 11,
		.operations = 0.1, .samples = 1000, .lost = 3, .covered = 0.999, .whole = -1,
		.load1 = 1.5, .started = 0.25,
	};

	assert_int_equal(gate_manifest_init(manifest), 0);
	assert_int_equal(gate_manifest_set(&manifest->flametap, "0.1.0"), 0);
	assert_int_equal(gate_manifest_set(&manifest->command[GATE_BASE], "./a \"x\" \xc3\xa9 &&\n b"), 0);
	assert_int_equal(gate_manifest_set(&manifest->command[GATE_HEAD], "./b"), 0);
	assert_int_equal(gate_manifest_set(&manifest->cpu_time_from, "rusage"), 0);
	manifest->seed = UINT64_MAX;
	manifest->first_pairs = 1;
	manifest->max_pairs = 2;
	for (int i = 0; i < 4; i++)
		assert_int_equal(vec_push(&manifest->order, i == 0 || i == 3), 0);
	assert_int_equal(gate_manifest_word_set(&manifest->options, "event", "x"), 0);
	assert_int_equal(gate_manifest_word_set(&manifest->options, "event", "cpu-clock"), 0);
	assert_int_equal(gate_manifest_word_set(&manifest->machine, "kernel", "6.1"), 0);
	assert_int_equal(gate_manifest_word_set(&manifest->machine, "cpu_model", "A (R) B"), 0);
	assert_int_equal(gate_manifest_word_set(&manifest->build_ids[GATE_HEAD], "/p/b", "ab12"), 0);
	assert_int_equal(gate_manifest_set(&difference.name, "LANG"), 0);
	assert_int_equal(gate_manifest_set(&difference.base, ""), 0);
	assert_int_equal(gate_manifest_set(&difference.head, "C"), 0);
	assert_int_equal(vec_push(&manifest->environment, difference), 0);
	assert_int_equal(gate_manifest_add_run(manifest, &run), 0);
	run.number = 1;
	run.warm_up = run.profile = false;
	run.file = "";
	run.status = 139;
	assert_int_equal(gate_manifest_add_run(manifest, &run), 0);
}

static void write_text(const struct gate_manifest *manifest, char **ret)
{
	size_t n;
	FILE *out = open_memstream(ret, &n);

	assert_int_equal(gate_manifest_write(manifest, out), 0);
	fclose(out);
}

static int read_text(const char *text, size_t n, struct gate_manifest *manifest,
		     struct report_error *error)
{
	guard_close int fd = memfd_create("manifest", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, n), n);
	error->text[0] = '\0';
	return gate_manifest_read(fd, manifest, error);
}

static void test_round_trip(void **state)
{
	guard(gate_manifest_deinit) struct gate_manifest made = {}, read = {};
	guard_free char *text = NULL;
	guard_free char *again = NULL;
	struct report_error error;

	(void)state;
	make(&made);
	write_text(&made, &text);
	if (read_text(text, strlen(text), &read, &error))
		fail_msg("%s\n%s", error.text, text);
	write_text(&read, &again);
	assert_string_equal(text, again);
	assert_true(read.seed == UINT64_MAX);
	assert_string_equal(read.command[GATE_BASE], made.command[GATE_BASE]);
	assert_int_equal(read.runs.n, 2);
	assert_true(read.runs.data[0].cpu_ns == made.runs.data[0].cpu_ns);
	assert_true(read.runs.data[0].operations == 0.1);
	assert_true(read.runs.data[0].covered == 0.999);
	assert_int_equal(read.runs.data[0].side, GATE_HEAD);
	assert_int_equal(read.order.data[3], GATE_HEAD);
	assert_string_equal(gate_manifest_word(&read.options, "event"), "cpu-clock");
	assert_null(gate_manifest_word(&read.options, "frequency"));
	assert_string_equal(read.environment.data[0].head, "C");
}

/* Every cut of the file, and of no other is anything believed. */
static void test_truncated(void **state)
{
	guard(gate_manifest_deinit) struct gate_manifest made = {};
	guard_free char *text = NULL;
	size_t n;

	(void)state;
	make(&made);
	write_text(&made, &text);
	n = strlen(text) - 1; /* the line's end */
	for (size_t cut = 0; cut < n; cut++) {
		struct gate_manifest read;
		struct report_error error;

		assert_int_equal(read_text(text, cut, &read, &error), -EINVAL);
		assert_true(error.text[0]);
		gate_manifest_deinit(&read);
	}
}

static void replace_and_refuse(const char *old, const char *new, const char *word)
{
	struct gate_manifest made, read;
	struct report_error error;
	char *changed, *text;
	size_t at;
	int err;

	make(&made);
	write_text(&made, &text);
	assert_non_null(strstr(text, old));
	at = strlen(text) - strlen(strstr(text, old));
	assert_true(asprintf(&changed, "%.*s%s%s", (int)at, text, new, text + at + strlen(old)) > 0);
	err = read_text(changed, strlen(changed), &read, &error);
	if (err != -EINVAL || !strstr(error.text, word))
		fail_msg("%s for %s: %d: %s", new, old, err, error.text);
	free(text);
	free(changed);
	gate_manifest_deinit(&made);
	gate_manifest_deinit(&read);
}

static void test_refused(void **state)
{
	(void)state;
	replace_and_refuse("\"format\": 1", "\"format\": 2", "format 2");
	replace_and_refuse("\"format\"", "\"fromat\"", "fromat");
	replace_and_refuse("\"format\": 1", "\"format\": 1, \"format\": 1", "twice");
	replace_and_refuse(",\n\"pin\": \"\"", "", "\"pin\"");
	replace_and_refuse("\"18446744073709551615\"", "\"18446744073709551616\"", "seed");
	replace_and_refuse("\"18446744073709551615\"", "\"-1\"", "seed");
	replace_and_refuse("\"18446744073709551615\"", "\"\"", "seed");
	replace_and_refuse("[\"head\", \"base\"", "[\"head\", \"head\"", "one side");
	replace_and_refuse("[\"head\", \"base\"", "[\"head\"", "order");
	replace_and_refuse("[\"head\", \"base\"", "[\"new\", \"base\"", "neither base nor head");
	replace_and_refuse("\"first_pairs\": 1", "\"first_pairs\": 3", "plan");
	replace_and_refuse("\"first_pairs\": 1", "\"first_pairs\": 0", "plan");
	replace_and_refuse("\"first_pairs\": 1", "\"first_pairs\": \"1\"", "number");
	replace_and_refuse("{\"shell\": \"./b\"}", "{\"shell\": \"./b\", \"x\": 1}", "\"x\"");
	replace_and_refuse("{\"shell\": \"./b\"}", "{}", "shell");
	replace_and_refuse("{\"event\": \"cpu-clock\"", "{\"event\": \"a\", \"event\": \"b\"", "twice");
	replace_and_refuse("\"cpu_model\"", "\"cpu\"", "cpu_model");
	replace_and_refuse("\"number\": 1", "\"number\": 2", "number 2");
	replace_and_refuse("\"pair\": 0", "\"pair\": 2", "pair 2");
	replace_and_refuse("\"warm_up\": true", "\"warm_up\": false", "same half");
	replace_and_refuse("\"warm_up\": true", "\"warm_up\": 1", "true");
	replace_and_refuse("runs/000", "/runs/000", "file");
	replace_and_refuse("runs/000", "runs/../../000", "file");
	replace_and_refuse("runs/000-head.pb.gz", "..", "file");
	replace_and_refuse("runs/000-head.pb.gz", "", "file");
	replace_and_refuse("\"status\": 0", "\"status\": 256", "cannot be");
	replace_and_refuse("\"operations\": 0.1", "\"operations\": -1", "cannot be");
	replace_and_refuse("\"operations\": 0.1", "\"operations\": 1e999", "too large");
	replace_and_refuse("\"operations\": 0.1", "\"operations\": null", "number");
	replace_and_refuse("\"cpu_ns\"", "\"cpu\"", "cpu");
	replace_and_refuse("]}\n", "]} {}", "behind");
	replace_and_refuse("0.1.0", "0\\u0000", "value 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
