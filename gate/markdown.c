// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in; out goes Markdown for the summary of a CI run or a comment
 * on a change: the verdict, what it could have seen, and what changed. Parts
 * are written one after the other while there is room, most important first.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "gate/fact_words.h"
#include "gate/show.h"
#include "gate/words.h"
#include "report/markdown.h"

enum {
	TOP = 10,
	BUDGETS = 20,
	NAMES = 5,
	NOTES = 20,
	FACTS = 30,
	NAME_POINTS = 120,
	FILE_POINTS = 60,
	WORD_POINTS = 100,
	LINE_POINTS = 400,
	/* Room for the sentence that says that something was left out. */
	ROOM = GATE_MARKDOWN_MAX - 256,
};

struct writer {
	const struct gate_show *show;
	const struct gate_result *result; /* that a part is of: the program's or its waiting's */
	FILE *out;			  /* of the part */
	size_t n_facts;
	int err;
};

static void put_prose(struct writer *writer, const char *text, size_t max)
{
	if (text)
		markdown_prose(text, strlen(text), max, writer->out);
	else
		writer->err = -ENOMEM;
}

/* What could have been seen only if it had been so many times as dear tells nothing. */
#define TELLING 10

/* For a cell of a table. */
static void put_code(struct writer *writer, const char *text, size_t max)
{
	markdown_code(text, strlen(text), max, writer->out);
}

static void put_head(struct writer *writer)
{
	guard_free char *headline = gate_words_headline(writer->show);
	guard_free char *detectable = gate_words_detectable(writer->result);

	fprintf(writer->out, "### flametap gate: %s\n\n", gate_words_verdict(writer->result));
	put_prose(writer, headline, LINE_POINTS);
	fputs("\n\n", writer->out);
	if (!detectable || *detectable) {
		fputs("Could have seen: ", writer->out);
		put_prose(writer, detectable, LINE_POINTS);
		fputs("\n\n", writer->out);
	}
}

static void put_place(struct writer *writer)
{
	const struct gate_root *root = &writer->result->root;
	char share[GATE_WORD];

	if (!root->found)
		return;
	fputs("Where: ", writer->out);
	put_prose(writer, root->name, NAME_POINTS);
	if (root->file && *root->file) {
		fputs(" in ", writer->out);
		put_prose(writer, gate_words_base_name(root->file), FILE_POINTS);
	}
	if (gate_words_explains(writer->result))
		fprintf(writer->out, ", explains %s of the program's change",
			gate_words_percent(root->explains, false, share));
	fprintf(writer->out, "%s\n\n",
		root->anywhere ? ", called from several places" : "");
}

static void put_finding(struct writer *writer, const struct gate_finding *finding)
{
	const struct gate_show *show = writer->show;
	double whole = writer->result->program.base_ns;
	char word[GATE_WORD];

	fprintf(writer->out, "| %s | ", gate_words_cost(show, finding->base_ns, word));
	fprintf(writer->out, "%s | ", gate_words_cost(show, finding->head_ns, word));
	fprintf(writer->out, "%s | ", gate_words_percent(finding->relative, true, word));
	fprintf(writer->out, "%s | ", gate_words_percent(finding->of_program, true, word));
	if (finding->candidate) {
		fprintf(writer->out, "%s to ", gate_words_percent(finding->low_ns / whole, true, word));
		fprintf(writer->out, "%s | %.2g | ",
			gate_words_percent(finding->high_ns / whole, true, word),
			gate_words_p(finding));
	} else {
		fputs(" | | ", writer->out);
	}
	fprintf(writer->out, "%s | ", gate_words_state(writer->result, finding));
	put_code(writer, finding->name, NAME_POINTS);
	fputs(finding->total ? " | " : ", itself | ", writer->out);
	if (*finding->file)
		put_code(writer, gate_words_base_name(finding->file), FILE_POINTS);
	fputs(" |\n", writer->out);
}

static void put_findings(struct writer *writer)
{
	const struct gate_result *result = writer->result;
	size_t n = 0;

	if (result->verdict == GATE_INVALID)
		return;
	if (!result->has_functions) {
		fputs("Functions: unavailable, the runs have no samples; only the program was "
		      "judged.\n\n",
		      writer->out);
		return;
	}
	vec_each(&result->findings, finding) {
		if (!gate_words_has_changed(result, finding) || n++ >= TOP)
			continue;
		if (n == 1)
			fputs("| base | head | change | of the program | surely between | p | verdict | "
			      "function | file |\n|--:|--:|--:|--:|--:|--:|:--|:--|:--|\n",
			      writer->out);
		put_finding(writer, finding);
	}
	if (n > TOP)
		fprintf(writer->out, "\nAnd %zu more.\n", n - TOP);
	fputs(n ? "\n" : "No function has changed by more than chance.\n\n", writer->out);
}

static void put_budget(struct writer *writer, const struct gate_budget_result *budget)
{
	char word[GATE_WORD];

	fputs("| ", writer->out);
	put_code(writer, budget->name, NAME_POINTS);
	fprintf(writer->out, " | %s%s | %s | ", gate_words_percent(budget->limit, false, word),
		budget->of_program && !budget->is_total ? " of the program" : "",
		budget->n_rows || budget->is_total ? gate_verdict_name(budget->verdict) :
						     "not seen");
	fprintf(writer->out, "%s |\n",
		!isfinite(budget->detectable)  ? "" :
		budget->detectable > TELLING ? "too few samples" :
						 gate_words_percent(budget->detectable, false, word));
}

static void put_budgets(struct writer *writer)
{
	size_t n = 0;

	vec_each(&writer->result->budgets, budget) {
		if (budget->is_default || n++ >= BUDGETS)
			continue;
		if (n == 1)
			fputs("| budget | slower by at most | verdict | could have seen |\n"
			      "|:--|--:|:--|--:|\n",
			      writer->out);
		put_budget(writer, budget);
	}
	if (n > BUDGETS)
		fprintf(writer->out, "\nAnd %zu more.\n", n - BUDGETS);
	fputs(n ? "\n" : "", writer->out);
}

/* A guess has named it already. */
static bool is_renamed(const struct gate_result *result, const char *name)
{
	size_t n = 0;

	vec_each(&result->renames, rename) {
		if (n++ >= NAMES)
			return false;
		if (!strcmp(rename->from, name) || !strcmp(rename->to, name))
			return true;
	}
	return false;
}

static void put_names(struct writer *writer, const char *what, const char *const *names, size_t n)
{
	size_t n_put = 0, n_more = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_renamed(writer->result, names[i]))
			continue;
		if (n_put == NAMES) {
			n_more++;
			continue;
		}
		if (n_put++)
			fputs(", ", writer->out);
		else
			fprintf(writer->out, "%s: ", what);
		put_prose(writer, names[i], NAME_POINTS);
	}
	if (n_more)
		fprintf(writer->out, " and %zu more", n_more);
	fputs(n_put ? "\n\n" : "", writer->out);
}

static void put_rename(struct writer *writer, const struct gate_rename *rename)
{
	char base[GATE_WORD], head[GATE_WORD];

	fputs("Perhaps renamed (a guess: like cost, same callers): ", writer->out);
	put_prose(writer, rename->from, NAME_POINTS);
	fputs(" to ", writer->out);
	put_prose(writer, rename->to, NAME_POINTS);
	fprintf(writer->out, ", %s to %s\n\n",
		gate_words_cost(writer->show, rename->base_ns, base),
		gate_words_cost(writer->show, rename->head_ns, head));
}

static void put_changes(struct writer *writer)
{
	const struct gate_result *result = writer->result;
	size_t n = 0;

	vec_each(&result->renames, rename)
		if (n++ < NAMES)
			put_rename(writer, rename);
	put_names(writer, "New", result->new_functions.data, result->new_functions.n);
	put_names(writer, "Gone", result->vanished.data, result->vanished.n);
}

static void put_waits(struct writer *writer)
{
	struct gate_show waits = *writer->show;
	guard_free char *headline = NULL;

	waits.result = writer->show->result->offcpu;
	waits.is_waiting = true;
	if (!waits.result)
		return;
	headline = gate_words_headline(&waits);
	fprintf(writer->out, "#### Waiting%s: %s\n\n",
		waits.result->advisory ? ", advisory" : "", gate_words_verdict(waits.result));
	put_prose(writer, headline, LINE_POINTS);
	fputs("\n\n", writer->out);
	writer->result = waits.result;
	put_place(writer);
	put_findings(writer);
	writer->result = writer->show->result;
}

static void put_notes(struct writer *writer)
{
	const struct gate_result *result = writer->result;
	size_t n = 0;

	if (writer->show->flame) {
		fputs("- Flame graph, coloured by what is significant: ", writer->out);
		put_prose(writer, writer->show->flame, NAME_POINTS);
		fputc('\n', writer->out);
	}
	vec_each(&result->differences, difference) {
		if (n++ >= NOTES)
			continue;
		fputs("- The environment differs: ", writer->out);
		put_prose(writer, difference->name, WORD_POINTS);
		fputs(": ", writer->out);
		put_prose(writer, difference->base ?: "", WORD_POINTS);
		fputs(" in the base, ", writer->out);
		put_prose(writer, difference->head ?: "", WORD_POINTS);
		fputs(" in the head\n", writer->out);
	}
	vec_each(&result->notes, note) {
		if (n++ >= NOTES)
			continue;
		fputs("- ", writer->out);
		put_prose(writer, *note, LINE_POINTS);
		fputc('\n', writer->out);
	}
	if (n > NOTES)
		fprintf(writer->out, "- And %zu more notes.\n", n - NOTES);
	fputs(n || writer->show->flame ? "\n" : "", writer->out);
}

static void put_fact(void *ctx, const char *name, const char *value)
{
	struct writer *writer = ctx;

	if (writer->n_facts++ >= FACTS)
		return;
	fputs("| ", writer->out);
	put_prose(writer, name, WORD_POINTS);
	fputs(" | ", writer->out);
	put_code(writer, value, WORD_POINTS);
	fputs(" |\n", writer->out);
}

static void put_facts(struct writer *writer)
{
	const struct gate_result *result = writer->result;

	if (!result->n_looks)
		return;
	fprintf(writer->out,
		"<details><summary>How it was measured</summary>\n\n"
		"| | |\n|:--|:--|\n| pairs of runs | %zu |\n| samples | %.0f and %.0f |\n"
		"| false FAILs, at most | %g in 100 |\n| exchanges of the sides | %zu%s |\n",
		result->program.n_pairs, result->n_samples[0], result->n_samples[1],
		100 * result->alpha, result->n_flips, result->exact ? ", all" : "");
	gate_fact_words_each(result, put_fact, writer);
	fputs("\n</details>\n", writer->out);
}

/* Writes a part if there is room for it, else says once that something is not there. */
static int write_part(struct writer *writer, void (*put)(struct writer *writer), size_t *used,
		      FILE *out)
{
	static const char LEFT_OUT[] =
		"More was found than a comment has room for; the JSON file has it all.\n\n";
	guard_free char *text = NULL;
	size_t size;

	writer->out = open_memstream(&text, &size);
	if (!writer->out)
		return -ENOMEM;
	put(writer);
	if (fclose(writer->out))
		return -ENOMEM;
	if (*used + size > ROOM) {
		if (*used <= ROOM)
			fputs(LEFT_OUT, out);
		*used = ROOM + 1;
		return writer->err;
	}
	fwrite(text, 1, size, out);
	*used += size;
	return writer->err;
}

int gate_markdown_write(const struct gate_show *show, FILE *out)
{
	static void (*const parts[])(struct writer *) = {
		put_head,  put_place, put_findings, put_budgets, put_changes,
		put_waits, put_notes, put_facts,
	};
	struct writer writer = {.show = show, .result = show->result};
	size_t used = 0;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(parts) / sizeof(*parts); i++)
		err = write_part(&writer, parts[i], &used, out);
	return err ?: ferror(out) ? -EIO : 0;
}
