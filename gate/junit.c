// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in; out goes a report of tests for CI systems: each entry of
 * the budget is a test, and so is a comparison that never came to entries.
 */
#include <errno.h>
#include <stdint.h>

#include "base/guard.h"
#include "gate/show.h"
#include "gate/words.h"
#include "report/svg.h"

enum {
	FINDINGS = 20, /* in the text of a failure */
	NAME_POINTS = 500,
};

struct writer {
	const struct gate_show *show;
	FILE *out;
	int err;
	size_t tests[GATE_INVALID + 1]; /* by verdict */
};

/* Names as long as templates make them lose their middle; the JSON file has the whole. */
static void put_name(struct writer *writer, const char *name)
{
	svg_text_cstr(name, NAME_POINTS, writer->out);
}

/* NULL: there was no memory for it. */
static void put_text(struct writer *writer, const char *text)
{
	if (text)
		svg_text_cstr(text, SIZE_MAX, writer->out);
	else
		writer->err = -ENOMEM;
}

static void put_headline(struct writer *writer)
{
	guard_free char *headline = gate_words_headline(writer->show);

	put_text(writer, headline);
}

static void put_finding(struct writer *writer, const struct gate_finding *finding)
{
	guard_free char *words = gate_words_finding(writer->show, finding);

	put_name(writer, finding->name);
	if (*finding->file) {
		fputs(" (", writer->out);
		put_text(writer, finding->file);
		fputc(')', writer->out);
	}
	fputs(finding->total ? ": " : ", itself: ", writer->out);
	put_text(writer, words);
	fputc('\n', writer->out);
}

static void put_line(struct writer *writer, const char *what, const char *text)
{
	if (text && !*text)
		return;
	fprintf(writer->out, "%s: ", what);
	put_text(writer, text);
	fputc('\n', writer->out);
}

/* What failed, and where that is. */
static void put_details(struct writer *writer)
{
	const struct gate_result *result = writer->show->result;
	guard_free char *detectable = gate_words_detectable(result);
	size_t n = 0;

	fputc('\n', writer->out);
	vec_each(&result->findings, finding)
		if (finding->verdict == GATE_FAIL && n++ < FINDINGS)
			put_finding(writer, finding);
	if (n > FINDINGS)
		fprintf(writer->out, "and %zu more\n", n - FINDINGS);
	if (result->root.found) {
		fputs("where: ", writer->out);
		put_name(writer, result->root.name);
		fputc('\n', writer->out);
	}
	put_line(writer, "could have seen", detectable);
	vec_each(&result->notes, note)
		put_line(writer, "note", *note);
}

/* Of an entry for functions, what it is about; else what all of it is about. */
static void put_message(struct writer *writer, const struct gate_budget_result *budget)
{
	const struct gate_result *result = writer->show->result;
	const struct gate_finding *worst = NULL;
	guard_free char *words = NULL;

	if (budget && budget->worst < result->findings.n && result->verdict != GATE_INVALID)
		worst = &result->findings.data[budget->worst];
	if (!worst) {
		put_headline(writer);
		return;
	}
	words = gate_words_finding(writer->show, worst);
	put_name(writer, worst->name);
	fputs(worst->total ? ": " : ", itself: ", writer->out);
	put_text(writer, words);
}

static void put_element(struct writer *writer, const char *element, const char *type,
			const struct gate_budget_result *budget)
{
	fprintf(writer->out, "\n<%s type=\"%s\" message=\"", element, type);
	put_message(writer, budget);
	fputs("\">", writer->out);
	put_details(writer);
	fprintf(writer->out, "</%s>\n", element);
}

static bool is_unseen(const struct gate_budget_result *budget)
{
	return budget && !budget->n_rows && !budget->is_total && !budget->is_default;
}

/* budget NULL: of the comparison as a whole. */
static void put_test(struct writer *writer, enum gate_verdict verdict,
		     const struct gate_budget_result *budget)
{
	const struct gate_result *result = writer->show->result;

	fputs("\" time=\"0\">", writer->out);
	if (verdict == GATE_FAIL)
		put_element(writer, "failure", "regression", budget);
	else if (verdict == GATE_INVALID)
		put_element(writer, "error", result->status == 4 ? "incomparable" : "invalid",
			    budget);
	if (verdict == GATE_INCONCLUSIVE) {
		fputs(is_unseen(budget) ? "\n<skipped>no such function was seen; " :
					  "\n<skipped>inconclusive: ",
		      writer->out);
		put_message(writer, budget);
		fputs("</skipped>\n", writer->out);
	}
	fputs("</testcase>\n", writer->out);
}

/* Of what is invalid no entry was looked at, and a test that looks at nothing did not pass. */
static enum gate_verdict verdict_of(const struct gate_result *result,
				    const struct gate_budget_result *budget)
{
	if (result->verdict == GATE_INVALID)
		return GATE_INVALID;
	return budget->verdict == GATE_PASS && is_unseen(budget) ? GATE_INCONCLUSIVE :
								    budget->verdict;
}

static void put_budget(struct writer *writer, const struct gate_budget_result *budget)
{
	guard_free char *name = gate_words_budget(budget);

	fputs("<testcase classname=\"flametap.gate\" name=\"", writer->out);
	put_text(writer, name);
	put_test(writer, verdict_of(writer->show->result, budget), budget);
}

static void count(struct writer *writer)
{
	const struct gate_result *result = writer->show->result;

	vec_each(&result->budgets, budget)
		writer->tests[verdict_of(result, budget)]++;
	/* No entry says how it went as a whole, so that this is a test, too. */
	if (!writer->tests[result->verdict])
		writer->tests[result->verdict]++;
}

static void put_suite(struct writer *writer)
{
	const struct gate_result *result = writer->show->result;
	const size_t *tests = writer->tests;
	size_t n = tests[GATE_PASS] + tests[GATE_FAIL] + tests[GATE_INCONCLUSIVE] +
		   tests[GATE_INVALID];

	fprintf(writer->out,
		"<testsuite name=\"flametap gate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\" time=\"0\">\n<properties>\n"
		"<property name=\"verdict\" value=\"%s\"/>\n"
		"<property name=\"flametap\" value=\"" FLAMETAP_VERSION "\"/>\n</properties>\n",
		n, tests[GATE_FAIL], tests[GATE_INVALID], tests[GATE_INCONCLUSIVE],
		gate_words_verdict(result));
	vec_each(&result->budgets, budget)
		put_budget(writer, budget);
	if (n > result->budgets.n) {
		fputs("<testcase classname=\"flametap.gate\" name=\"verdict", writer->out);
		put_test(writer, result->verdict, NULL);
	}
	fputs("<system-out>", writer->out);
	put_headline(writer);
	fputs("</system-out>\n</testsuite>\n", writer->out);
}

int gate_junit_write(const struct gate_show *show, FILE *out)
{
	struct writer writer = {.show = show, .out = out};

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"flametap\">\n", out);
	count(&writer);
	put_suite(&writer);
	fputs("</testsuites>\n", out);
	return ferror(out) ? -EIO : writer.err;
}
