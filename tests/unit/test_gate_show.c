// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is written of a gate's result: against golden files (tests/e2e/test_gate_files.py holds
 * those to their schemas), and with names that try to break out of where they stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/runs.h"
#include "gate/show.h"
#include "gate/words.h"
#include "tests/unit/report_maker.h"

static void fill_program(struct gate_result *result, enum gate_verdict verdict)
{
	result->verdict = verdict;
	result->status = gate_verdict_status(verdict);
	result->has_functions = true;
	result->alpha = .01;
	result->seed = 18446744073709551615u;
	result->n_flips = 256;
	result->exact = true;
	result->phi = 1.25;
	result->n_looks = 1;
	result->looks[0] = (struct gate_look){
		.n_pairs = 8, .level = .004, .program_p = .0002, .least_p = .0039, .verdict = verdict};
	result->program = (struct gate_program){
		.ratio = 1.0412, .low = 1.031, .high = 1.0515, .p = .0002, .n_pairs = 8,
		.base_ns = 2.5e6, .head_ns = 2.603e6, .operations = 16000, .budget = .02,
		.in_budget = true, .detectable = .0071, .verdict = verdict, .level = .004};
	for (int side = 0; side < 2; side++) {
		result->n_samples[side] = 40000 + 1600 * side;
		result->lost[side] = 3;
		result->whole[side] = .998;
		result->unknown[side] = side ? NAN : .0125;
	}
}

static struct gate_finding *add_finding(struct gate_result *result, const char *name,
					const char *file, bool total)
{
	struct gate_finding finding = {
		.name = gate_result_copy(result, name), .file = gate_result_copy(result, file),
		.total = total, .candidate = true, .base_ns = 125e3, .head_ns = 228e3,
		.difference_ns = 103e3, .low_ns = 80e3, .high_ns = 126e3, .t = 11.5, .p = .0039,
		.p_faster = 1, .share = .05, .relative = .824, .of_program = .0412,
		.detectable_ns = 12e3, .verdict = GATE_PASS};

	assert_non_null(finding.name);
	assert_non_null(finding.file);
	assert_int_equal(vec_push(&result->findings, finding), 0);
	return &result->findings.data[result->findings.n - 1];
}

static void add_budget(struct gate_result *result, struct gate_budget_result budget)
{
	budget.name = gate_result_copy(result, budget.name);
	assert_non_null(budget.name);
	assert_int_equal(vec_push(&result->budgets, budget), 0);
}

static void add_fact(struct gate_result *result, const char *name, const char *base,
		     const char *head)
{
	struct gate_fact fact = {.name = name, .base = base, .head = head};

	if (head)
		assert_int_equal(vec_push(&result->differences, fact), 0);
	else
		assert_int_equal(vec_push(&result->facts, fact), 0);
}

static void add_functions(struct gate_result *result)
{
	struct gate_finding *finding = add_finding(result, "parse_header", "/src/app/lex.c", true);

	finding->verdict = GATE_FAIL;
	finding->is_slower = finding->in_budget = true;
	finding = add_finding(result, "parse_header", "/src/app/lex.c", false);
	finding->is_slower = true;
	finding = add_finding(result, "std::map<K, V>::at(int) | [x]", "", false);
	finding->accepted = finding->is_slower = true;
	finding->verdict = GATE_FAIL;
	finding->reason = "wanted: bug 4711, <see> there";
	finding = add_finding(result, "render", "draw.c", true);
	finding->is_faster = true;
	finding->difference_ns = -103e3;
	finding->relative = -.45;
	finding->of_program = -.0412;
	finding->low_ns = -126e3;
	finding->high_ns = -80e3;
	finding->p = 1;
	finding->p_faster = .0039;
	finding = add_finding(result, "idle", "", true);
	finding->candidate = false;
	finding->base_ns = 0;
	finding->relative = INFINITY;
	finding->detectable_ns = NAN;
}

/* Something of all that a result can hold. */
static void make_fail(struct gate_result *result)
{
	assert_int_equal(gate_result_init(result), 0);
	fill_program(result, GATE_FAIL);
	add_functions(result);
	add_budget(result, (struct gate_budget_result){
		.name = "total", .limit = .02, .verdict = GATE_FAIL, .worst = UINT32_MAX,
		.detectable = .0071, .is_total = true});
	add_budget(result, (struct gate_budget_result){
		.name = "parse_header", .limit = .05, .verdict = GATE_FAIL, .worst = 0,
		.detectable = .096, .n_rows = 1});
	add_budget(result, (struct gate_budget_result){
		.name = "/^std::map<.*>|\"quoted\"/", .limit = .01, .of_program = true,
		.verdict = GATE_INCONCLUSIVE, .worst = 2, .detectable = .02, .n_rows = 1});
	add_budget(result, (struct gate_budget_result){
		.name = "not_there", .limit = .1, .verdict = GATE_PASS, .worst = UINT32_MAX,
		.detectable = NAN});
	result->root = (struct gate_root){
		.found = true, .name = "skip_blanks", .file = "/src/app/lex.c",
		.difference_ns = 98e3, .explains = .95};
	result->sight = (struct gate_sight){.name = "parse_header", .share = .05, .relative = .096};
	assert_int_equal(vec_push(&result->new_functions, "skip_blanks_slowly"), 0);
	assert_int_equal(vec_push(&result->vanished, "old_way"), 0);
	assert_int_equal(vec_push(&result->renames, (struct gate_rename){
		.from = "draw_line", .to = "stroke_line", .base_ns = 5e3, .head_ns = 5.1e3}), 0);
	add_fact(result, "kernel", "6.1.0-28-amd64", NULL);
	add_fact(result, "cpu_model", "A CPU | of 8 cores", NULL);
	add_fact(result, "something_else", "as it is", NULL);
	add_fact(result, "governor", "none", NULL);
	add_fact(result, "memory", "25276514304", NULL);
	add_fact(result, "begun", "1795442946", NULL);
	add_fact(result, "as_root", "no", NULL);
	add_fact(result, "LANG", "C", "de_DE.UTF-8");
	assert_int_equal(gate_result_note(result, "[accept old] has expired on %s", "2026-01-01"), 0);
}

/* Waiting, told of and not decided on. */
static void add_waits(struct gate_result *result)
{
	result->offcpu = calloc(1, sizeof(*result->offcpu));
	assert_non_null(result->offcpu);
	assert_int_equal(gate_result_init(result->offcpu), 0);
	fill_program(result->offcpu, GATE_INCONCLUSIVE);
	result->offcpu->advisory = true;
	result->offcpu->program.in_budget = false;
}

static struct gate_show show_of(const struct gate_result *result)
{
	return (struct gate_show){
		.result = result, .is_time = true, .flame = "out/gate.svg", .workspace = "/src/app/"};
}

static __attribute__((noinline)) char *write_show(const struct gate_show *show,
						  gate_show_write write, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(write(show, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const struct {
	gate_show_write write;
	const char *extension;
} writers[] = {
	{gate_json_write, "json"},
	{gate_junit_write, "xml"},
	{gate_markdown_write, "md"},
	{gate_github_write, "github"},
	{gate_benchmark_write, "benchmark.json"},
};

static void check_goldens(const struct gate_result *result, const char *name)
{
	struct gate_show show = show_of(result);

	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		guard_free char *text = NULL;
		char file[64];
		size_t size;

		text = write_show(&show, writers[i].write, &size);
		snprintf(file, sizeof(file), "%s.%s", name, writers[i].extension);
		maker_check_golden(file, text, size);
	}
}

static void a_fail(void **state)
{
	guard(gate_result_deinit) struct gate_result result;

	(void)state;
	make_fail(&result);
	add_waits(&result);
	check_goldens(&result, "gate_fail");
}

static void a_pass(void **state)
{
	guard(gate_result_deinit) struct gate_result result;

	(void)state;
	assert_int_equal(gate_result_init(&result), 0);
	fill_program(&result, GATE_PASS);
	result.program.ratio = .9988;
	result.program.low = .992;
	result.program.high = 1.0057;
	result.program.p = .61;
	result.program.in_budget = false;
	result.sight = (struct gate_sight){.name = "parse_header", .share = .05, .relative = .096};
	add_finding(&result, "parse_header", "lex.c", true);
	add_budget(&result, (struct gate_budget_result){
		.name = "total", .limit = .005, .verdict = GATE_PASS, .worst = UINT32_MAX,
		.detectable = .0071, .is_total = true, .is_default = true});
	check_goldens(&result, "gate_pass");
}

/* Nothing was compared; CI has to see that all the same. */
static void an_invalid_one(void **state)
{
	guard(gate_result_deinit) struct gate_result result;

	(void)state;
	assert_int_equal(gate_result_init(&result), 0);
	assert_int_equal(gate_result_cause(&result, "runs/003-head.pb.gz: made by Linux 6.1 & not <6.6>"),
			 0);
	result.status = 4;
	check_goldens(&result, "gate_invalid");
}

static void without_functions(void **state)
{
	guard(gate_result_deinit) struct gate_result result;
	guard_free char *text = NULL;
	struct gate_show show;
	size_t size;

	(void)state;
	assert_int_equal(gate_result_init(&result), 0);
	fill_program(&result, GATE_INCONCLUSIVE);
	result.has_functions = false;
	result.program.budget = NAN;
	result.program.detectable = INFINITY;
	assert_int_equal(gate_result_cause(&result, "more pairs are needed"), 0);
	show = show_of(&result);
	show.is_time = false;
	text = write_show(&show, gate_markdown_write, &size);
	assert_non_null(strstr(text, "INCONCLUSIVE"));
	assert_non_null(strstr(text, "Functions: unavailable"));
	assert_null(strstr(text, "Could have seen"));
	assert_null(strstr(text, " ms"));
	free(text);
	text = write_show(&show, gate_junit_write, &size);
	assert_non_null(strstr(text, "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""));
	free(text);
	text = write_show(&show, gate_json_write, &size);
	assert_non_null(strstr(text, "\"detectable\": null"));
	assert_null(strstr(text, "inf"));
	assert_null(strstr(text, "nan"));
}

static const char *const hostile_names[] = {
	"::error::\r\n::add-mask::x", "<script>alert(1)</script>", "]]></failure>&amp;\"'",
	"`````` | @all | #1", "\\|\\\\|", "a%0Ab,c:d", "\xff\xfe\xc0\x80", "\x1b[31m\x07",
	"\xe2\x80\xae_evil", "", " ", "| | |\n| x |",
};

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void make_hostile(struct gate_result *result, size_t n)
{
	char name[1000];

	assert_int_equal(gate_result_init(result), 0);
	fill_program(result, GATE_FAIL);
	result->program.verdict = GATE_PASS; /* so that a function is in the headline */
	for (size_t i = 0; i < n; i++) {
		size_t hostile = i % (sizeof(hostile_names) / sizeof(*hostile_names));
		struct gate_finding *finding;

		snprintf(name, sizeof(name), "%s%s%zu", hostile_names[hostile],
			 i % 3 ? "" : "||||||||||||@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@````````````", i);
		for (size_t at = strlen(name), end = at + (i % 2 ? 100 : 10); at < end; at++)
			name[at] = i % 4 < 2 ? 0x60 : 0x40, name[at + 1] = 0;
		finding = add_finding(result, name, name, i % 2);
		finding->verdict = GATE_FAIL;
		finding->is_slower = true;
		add_budget(result, (struct gate_budget_result){
			.name = name, .verdict = GATE_FAIL, .worst = i, .n_rows = 1});
		assert_int_equal(gate_result_note(result, "%s", name), 0);
		add_fact(result, finding->name, finding->name, i % 2 ? finding->name : NULL);
	}
	result->root = (struct gate_root){
		.found = true, .name = hostile_names[0], .file = hostile_names[0]};
}

static void hostile_commands(void **state)
{
	guard(gate_result_deinit) struct gate_result result;
	guard_free char *text = NULL;
	struct gate_show show;
	size_t size;

	(void)state;
	make_hostile(&result, 100);
	show = show_of(&result);
	text = write_show(&show, gate_github_write, &size);
	assert_int_equal(count_lines(text), GATE_ANNOTATIONS);
	for (char *line = text; *line; line = strchr(line, '\n') + 1)
		assert_memory_equal(line, "::error ", 8);
	assert_null(strchr(text, '\r'));
	assert_null(strchr(text, '\x1b'));
}

/* Names stand there as words, and no markup is taken from them. */
static void check_notes(const char *text)
{
	const char *note = text;
	size_t n = 0;

	while ((note = strstr(note, "\n- ")) != NULL) {
		const char *end = strchr(++note, '\n');

		for (const char *at = note; at < end; at++) {
			if (*at == '<')
				assert_memory_equal(at, "<!-- -->", 8);
			if (*at == '`' || *at == '|')
				assert_int_equal(at[-1], '\\');
		}
		n++;
	}
	assert_true(n > 0);
}

static void no_comment_is_too_long(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 10000; n *= 10) {
		guard(gate_result_deinit) struct gate_result result;
		guard_free char *text = NULL;
		struct gate_show show;
		size_t size;

		make_hostile(&result, n);
		show = show_of(&result);
		text = write_show(&show, gate_markdown_write, &size);
		assert_in_range(size, 1000, GATE_MARKDOWN_MAX - 1);
		check_notes(text);
		assert_null(strstr(text, "\n| x |"));
		assert_null(strchr(text, '\x1b'));
	}
}

static void paths_in_the_workspace(void **state)
{
	static const char *const paths[][2] = {
		{"/src/app/lex.c", "file=lex.c,"},
		{"/src/app/sub/lex.c", "file=sub/lex.c,"},
		{"src/lex.c", "file=src/lex.c,"},
		{"/src/apple/lex.c", NULL},
		{"/src/app/", NULL},
		{"/src/app/../lex.c", NULL},
		{"../lex.c", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		guard(gate_result_deinit) struct gate_result result;
		guard_free char *text = NULL;
		struct gate_show show;
		size_t size;

		assert_int_equal(gate_result_init(&result), 0);
		fill_program(&result, GATE_FAIL);
		add_finding(&result, "f", paths[i][0], true)->verdict = GATE_FAIL;
		show = show_of(&result);
		text = write_show(&show, gate_github_write, &size);
		assert_int_equal(strstr(text, "file=") != NULL, paths[i][1] != NULL);
		if (paths[i][1])
			assert_non_null(strstr(text, paths[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fail),
		cmocka_unit_test(a_pass),
		cmocka_unit_test(an_invalid_one),
		cmocka_unit_test(without_functions),
		cmocka_unit_test(hostile_commands),
		cmocka_unit_test(no_comment_is_too_long),
		cmocka_unit_test(paths_in_the_workspace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
