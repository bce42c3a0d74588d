// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in, lines for people go out. It is put together in memory and
 * made safe for a terminal line by line, since names come from profiles.
 */
#include "profiler/gate_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "gate/words.h"
#include "profiler/message.h"
#include "report/text.h"

enum { TOP = 10, TOP_VERBOSE = 100, TOP_NAMES = 5, NAME_COLUMNS = 60, NAME_AT = 85 };

struct writer {
	const struct gate_verb_options *options;
	const struct gate_show *show;
	const struct gate_result *result;
	FILE *out;
};

static void write_name(const struct writer *writer, const char *name)
{
	text_write_name(name, strlen(name), 0, NAME_COLUMNS, writer->out);
}

/* A function and where it is. */
static void write_function(const struct writer *writer, const char *name, const char *file)
{
	write_name(writer, name);
	if (!*file)
		return;
	fputs(" (", writer->out);
	write_name(writer, gate_words_base_name(file));
	fputc(')', writer->out);
}

/* A sentence that is freed here; names in it may hold anything but ends of lines. */
static void write_sentence(const struct writer *writer, char *sentence)
{
	for (char *p = sentence; p && *p; p++)
		fputc(*p == '\n' ? '?' : *p, writer->out);
	free(sentence);
}

static void write_detectable(const struct writer *writer)
{
	char *sentence = gate_words_detectable(writer->result);

	if (sentence && *sentence) {
		fputs("could have seen: ", writer->out);
		write_sentence(writer, sentence);
		fputc('\n', writer->out);
	} else {
		free(sentence);
	}
}

static const char *finding_verdict(const struct gate_finding *finding)
{
	if (finding->accepted)
		return "accepted";
	return finding->verdict == GATE_FAIL ? "FAIL" : "";
}

static void write_finding(const struct writer *writer, const struct gate_finding *finding)
{
	char base[GATE_WORD], head[GATE_WORD], change[GATE_WORD], program[GATE_WORD];
	char low[GATE_WORD], high[GATE_WORD], limits[2 * GATE_WORD + 8] = "", p[GATE_WORD] = "";
	double whole = writer->result->program.base_ns;

	if (finding->candidate) {
		snprintf(limits, sizeof(limits), "%s to %s",
			 gate_words_percent(finding->low_ns / whole, true, low),
			 gate_words_percent(finding->high_ns / whole, true, high));
		snprintf(p, sizeof(p), "%.2g", fmin(finding->p, finding->p_faster));
	}
	fprintf(writer->out, "%10s %10s %9s %10s %22s %8s %8s  ",
		gate_words_cost(writer->show, finding->base_ns, base),
		gate_words_cost(writer->show, finding->head_ns, head),
		gate_words_percent(finding->relative, true, change),
		gate_words_percent(finding->of_program, true, program), limits, p,
		finding_verdict(finding));
	write_function(writer, finding->name, finding->file);
	fprintf(writer->out, "%s\n", finding->total ? "" : ", itself");
	if (finding->accepted && finding->reason)
		fprintf(writer->out, "%*s%s\n", NAME_AT, "", finding->reason);
}

static void write_findings(const struct writer *writer)
{
	const struct gate_result *result = writer->result;
	size_t n = 0, most = writer->options->verbose ? TOP_VERBOSE : TOP;

	if (!result->has_functions) {
		if (result->n_looks)
			fputs("functions: unavailable, the runs have no samples; only the program "
			      "was judged\n", writer->out);
		return;
	}
	vec_each(&result->findings, finding) {
		if (!gate_words_has_changed(result, finding) || n++ >= most)
			continue;
		if (n == 1)
			fprintf(writer->out, "\n%10s %10s %9s %10s %22s %8s %8s  %s\n", "base",
				"head", "change", "of program", "surely between", "p", "",
				"function, with what it calls");
		write_finding(writer, finding);
	}
	if (!n && result->n_looks)
		fputs("no function has changed by more than chance\n", writer->out);
	if (n > most)
		fprintf(writer->out, "%*s%zu more%s\n", NAME_AT, "", n - most,
			writer->options->verbose ? "" : ", -v shows them");
	if (n)
		fputc('\n', writer->out);
}

static void write_budgets(const struct writer *writer)
{
	vec_each(&writer->result->budgets, budget) {
		bool is_seen = budget->n_rows || budget->is_total;
		char seen[GATE_WORD];

		if (budget->is_default)
			continue;
		fputs("budget: ", writer->out);
		write_sentence(writer, gate_words_budget(budget));
		fprintf(writer->out, ": %s", is_seen ? gate_verdict_name(budget->verdict) :
						      "nothing of that name was there to compare");
		if (isfinite(budget->detectable))
			fprintf(writer->out, " (could have seen %s)",
				gate_words_percent(budget->detectable, false, seen));
		fputc('\n', writer->out);
	}
}

static void write_names(const struct writer *writer, const char *what, const char *const *names,
			size_t n)
{
	size_t most = writer->options->verbose ? TOP_VERBOSE : TOP_NAMES;

	if (!n)
		return;
	fprintf(writer->out, "%s: ", what);
	for (size_t i = 0; i < n && i < most; i++) {
		fputs(i ? ", " : "", writer->out);
		write_name(writer, names[i]);
	}
	if (n > most)
		fprintf(writer->out, " and %zu more", n - most);
	fputc('\n', writer->out);
}

static void write_renames(const struct writer *writer)
{
	char base[GATE_WORD], head[GATE_WORD];

	vec_each(&writer->result->renames, rename) {
		fputs("perhaps renamed (a guess: like cost, same callers): ", writer->out);
		write_name(writer, rename->from);
		fputs(" -> ", writer->out);
		write_name(writer, rename->to);
		fprintf(writer->out, ", %s -> %s\n",
			gate_words_cost(writer->show, rename->base_ns, base),
			gate_words_cost(writer->show, rename->head_ns, head));
	}
}

static void write_places(const struct writer *writer)
{
	const struct gate_result *result = writer->result;
	char share[GATE_WORD];

	if (result->root.found) {
		fputs("where: ", writer->out);
		write_function(writer, result->root.name, result->root.file);
		if (isfinite(result->root.explains))
			fprintf(writer->out, " explains %s of the program's change",
				gate_words_percent(result->root.explains, false, share));
		fprintf(writer->out, "%s\n",
			result->root.anywhere ? ", called from several places" : "");
	}
	write_renames(writer);
	write_names(writer, "new", result->new_functions.data, result->new_functions.n);
	write_names(writer, "gone", result->vanished.data, result->vanished.n);
}

static void write_waits(const struct writer *writer)
{
	const struct gate_result *waits = writer->result->offcpu;
	struct gate_show show = { .result = waits, .is_time = true, .is_waiting = true };

	if (!waits)
		return;
	fprintf(writer->out, "off the CPU%s: %s: ", waits->advisory ? " (decides nothing)" : "",
		gate_words_verdict(waits));
	write_sentence(writer, gate_words_headline(&show));
	fputc('\n', writer->out);
}

static void write_notes(const struct writer *writer)
{
	vec_each(&writer->result->differences, difference) {
		fputs("differs: ", writer->out);
		write_name(writer, difference->name);
		fputs(": base \"", writer->out);
		write_name(writer, difference->base ?: "");
		fputs("\", head \"", writer->out);
		write_name(writer, difference->head ?: "");
		fputs("\"\n", writer->out);
	}
	vec_each(&writer->result->notes, note) {
		fputs("note: ", writer->out);
		write_sentence(writer, strdup(*note));
		fputc('\n', writer->out);
	}
}

static void write_next(const struct writer *writer)
{
	const struct gate_result *result = writer->result;
	const char *directory = writer->options->directory;

	if (result->verdict == GATE_INCONCLUSIVE && directory && result->more_pairs)
		fprintf(writer->out, "next: the same flametap ab again goes on with pairs in %s\n",
			directory);
	else if (result->verdict == GATE_INCONCLUSIVE && !directory && !result->n_looks)
		fprintf(writer->out, "next: let flametap ab make pairs of runs%s\n",
			writer->options->paired ? "" : "; or give --paired if the k-th files of "
			"both sides ran beside each other");
	else if (result->verdict == GATE_FAIL && directory && result->has_functions)
		fprintf(writer->out, "next: flametap diff -b %s/runs/*-base.pb.gz -n "
			"%s/runs/*-head.pb.gz -o diff.html\n", directory, directory);
}

static void write_all(const struct writer *writer)
{
	write_sentence(writer, gate_words_headline(writer->show));
	fputc('\n', writer->out);
	if (writer->options->quiet || writer->result->verdict == GATE_INVALID)
		return;
	write_detectable(writer);
	write_findings(writer);
	write_budgets(writer);
	write_places(writer);
	write_waits(writer);
	write_notes(writer);
	write_next(writer);
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

static void print_verdict(const struct gate_result *result)
{
	static const char *const colours[] = {
		[GATE_PASS] = "32", [GATE_FAIL] = "31", [GATE_INCONCLUSIVE] = "33",
		[GATE_INVALID] = "31",
	};

	if (wants_colour())
		fprintf(stderr, "flametap: \033[1;%sm%s\033[0m: ", colours[result->verdict],
			gate_words_verdict(result));
	else
		fprintf(stderr, "flametap: %s: ", gate_words_verdict(result));
}

void gate_text_print(const struct gate_verb_options *options, const struct gate_show *show)
{
	guard_free char *lines = NULL;
	size_t size;
	struct writer writer = {
		.options = options, .show = show, .result = show->result,
		.out = open_memstream(&lines, &size),
	};
	char *rest;

	if (!writer.out) {
		message("gate: out of memory");
		return;
	}
	write_all(&writer);
	if (fclose(writer.out)) {
		message("gate: out of memory");
		return;
	}
	print_verdict(show->result);
	rest = lines;
	while (rest && *rest) {
		char *line = strsep(&rest, "\n");

		message_clean(line);
		fprintf(stderr, "%s\n", line);
	}
	fflush(stderr);
}
