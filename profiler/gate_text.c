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
#include "profiler/gate_table.h"
#include "profiler/message.h"
#include "report/text.h"

enum { TOP = 10, TOP_VERBOSE = 100, TOP_NAMES = 5, NAME_COLUMNS = 60, WRAP_INDENT = 2 };

#define NEXT "next: "

struct writer {
	const struct gate_verb_options *options;
	const struct gate_show *show;
	const struct gate_result *result;
	size_t columns; /* of the terminal; 0: it is none */
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

static void write_findings(const struct writer *writer)
{
	const struct gate_result *result = writer->result;
	size_t n, most = writer->options->verbose ? TOP_VERBOSE : TOP;

	if (!result->has_functions) {
		if (result->n_looks)
			fputs("functions: unavailable, the runs have no samples; only the program "
			      "was judged\n", writer->out);
		return;
	}
	n = gate_table_write(writer->show, most, writer->columns, writer->out);
	if (!n && result->n_looks)
		fputs("no function alone has changed by more than chance\n", writer->out);
	if (n > most && !writer->options->verbose)
		fputs("-v shows more functions\n", writer->out);
}

static void write_budgets(const struct writer *writer)
{
	vec_each(&writer->result->budgets, budget) {
		bool is_seen = budget->n_rows || budget->is_total;
		bool is_small = budget->n_rows && !budget->is_total && budget->worst == UINT32_MAX &&
				writer->result->has_functions;
		const char *missing = writer->result->has_functions ?
					      "nothing of that name was there to compare" :
					      "not known, functions are unavailable";
		char seen[GATE_WORD];

		if (budget->is_default)
			continue;
		fputs("budget: ", writer->out);
		write_sentence(writer, gate_words_budget(budget));
		fprintf(writer->out, ": %s", is_seen ? gate_verdict_name(budget->verdict) :
						      missing);
		if (is_small)
			fputs(", nothing of that name has its min-share", writer->out);
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

/* Whether the function that explains the change has itself changed by more than chance. */
static bool is_seen(const struct gate_result *result, const struct gate_root *root)
{
	vec_each(&result->findings, finding)
		if (finding->is_slower && !strcmp(finding->name, root->name))
			return true;
	return false;
}

static bool is_new(const struct gate_result *result, const struct gate_root *root)
{
	vec_each(&result->new_functions, name)
		if (!strcmp(*name, root->name))
			return true;
	return false;
}

static void write_root(const struct writer *writer)
{
	const struct gate_root *root = &writer->result->root;
	char share[GATE_WORD];

	if (!root->found)
		return;
	fputs(is_seen(writer->result, root) || is_new(writer->result, root) ?
		      "where: " :
		      "where: probably ", writer->out);
	write_function(writer, root->name, root->file);
	if (is_new(writer->result, root))
		fputs(", which is new", writer->out);
	if (root->anywhere)
		fputs(", called from several places", writer->out);
	if (gate_words_explains(writer->result) && root->explains >= 0.995)
		fputs(", explains all of the program's change", writer->out);
	else if (gate_words_explains(writer->result))
		fprintf(writer->out, ", explains %s of the program's change",
			gate_words_percent(root->explains, false, share));
	fputc('\n', writer->out);
}

static void write_places(const struct writer *writer)
{
	const struct gate_result *result = writer->result;

	write_root(writer);
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

static void write_next_of_fail(const struct writer *writer)
{
	const char *directory = writer->options->directory;

	if (!writer->options->flame.n)
		fprintf(writer->out, NEXT "flametap gate %s --flame gate.svg draws what has changed\n",
			directory ?: "with the same words and");
	else if (directory)
		fprintf(writer->out, NEXT "flametap diff -b %s/runs/*-base.pb.gz -n "
			"%s/runs/*-head.pb.gz -o diff.html\n", directory, directory);
}

static void write_next(const struct writer *writer)
{
	const struct gate_result *result = writer->result;
	const char *directory = writer->options->directory;

	if (result->verdict == GATE_INCONCLUSIVE && directory && result->more_pairs)
		fprintf(writer->out, NEXT "the same flametap ab again goes on with pairs in %s\n",
			directory);
	else if (result->verdict == GATE_INCONCLUSIVE && !directory && !result->n_looks)
		fprintf(writer->out, NEXT "let flametap ab make pairs of runs%s\n",
			writer->options->paired ? "" : "; or give --paired if the k-th files of "
			"both sides ran beside each other");
	else if (result->verdict == GATE_INCONCLUSIVE && result->n_looks)
		fputs(NEXT "flametap calibrate --cmd CMD says how many and how long runs it takes\n",
		      writer->out);
	else if (result->verdict == GATE_FAIL && result->has_functions)
		write_next_of_fail(writer);
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

/* Returns the columns that it takes. */
static size_t print_verdict(const struct gate_result *result)
{
	static const char *const colours[] = {
		[GATE_PASS] = "32", [GATE_FAIL] = "31", [GATE_INCONCLUSIVE] = "33",
		[GATE_INVALID] = "31",
	};
	const char *verdict = gate_words_verdict(result);

	if (wants_colour())
		fprintf(stderr, "flametap: \033[1;%sm%s\033[0m: ", colours[result->verdict], verdict);
	else
		fprintf(stderr, "flametap: %s: ", verdict);
	return strlen("flametap: : ") + strlen(verdict);
}

/* By words, with what goes on indented. A percent sign stays with its number. */
static void print_wrapped(const char *line, size_t at, size_t columns)
{
	for (const char *word = line; *word;) {
		size_t n = strcspn(word, " ");

		if (!strncmp(word + n, " %", 2))
			n += 1 + strcspn(word + n + 1, " ");
		if (at > WRAP_INDENT && at + text_name_columns(word, n) + (word > line) > columns) {
			fprintf(stderr, "\n%*s", WRAP_INDENT, "");
			at = WRAP_INDENT;
		} else if (word > line) {
			fputc(' ', stderr);
			at++;
		}
		fwrite(word, 1, n, stderr);
		at += text_name_columns(word, n);
		word += n + (word[n] == ' ');
	}
	fputc('\n', stderr);
}

/* Rows are as wide as they are, and a command is to be copied. */
static bool is_sentence(const char *line)
{
	return *line != ' ' && strncmp(line, NEXT, strlen(NEXT)) != 0;
}

static void print_lines(char *rest, size_t at, size_t columns)
{
	while (rest && *rest) {
		char *line = strsep(&rest, "\n");

		message_clean(line);
		if (columns && is_sentence(line))
			print_wrapped(line, at, columns);
		else
			fprintf(stderr, "%s\n", line);
		at = 0;
	}
	fflush(stderr);
}

void gate_text_print(const struct gate_verb_options *options, const struct gate_show *show)
{
	guard_free char *lines = NULL;
	size_t size;
	struct writer writer = {
		.options = options, .show = show, .result = show->result,
		.columns = isatty(STDERR_FILENO) ? text_terminal_columns(stderr) : 0,
		.out = open_memstream(&lines, &size),
	};

	if (!writer.out) {
		message("gate: out of memory");
		return;
	}
	write_all(&writer);
	if (fclose(writer.out)) {
		message("gate: out of memory");
		return;
	}
	print_lines(lines, print_verdict(show->result), writer.columns);
}
