// SPDX-License-Identifier: GPL-2.0-or-later
/* A result comes in; out go its numbers with their units and its findings as sentences. */
#include "gate/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gate_words_verdict(const struct gate_result *result)
{
	if (result->verdict == GATE_INVALID && result->status == 4)
		return "INCOMPARABLE";
	return gate_verdict_name(result->verdict);
}

const char *gate_words_percent(double share, bool is_change, char text[GATE_WORD])
{
	double value = 100 * share, magnitude = fabs(value);
	int digits = magnitude >= 0.995 || magnitude == 0 ? 1 : magnitude >= 0.0995 ? 2 : 3;

	if (isnan(value))
		snprintf(text, GATE_WORD, "?");
	else if (isinf(value))
		snprintf(text, GATE_WORD, "%s", value > 0 ? "new" : "gone");
	else
		snprintf(text, GATE_WORD, is_change ? "%+.*f %%" : "%.*f %%", digits, value);
	return text;
}

const char *gate_words_cost(const struct gate_show *show, double ns, char text[GATE_WORD])
{
	static const struct {
		double ns;
		const char *name;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
	size_t i = 0;
	double value;

	if (!show->is_time) {
		snprintf(text, GATE_WORD, "%.4g", ns / 1e6);
		return text;
	}
	while (i < 3 && fabs(ns) < units[i].ns)
		i++;
	value = ns / units[i].ns;
	snprintf(text, GATE_WORD, "%.*f %s",
		 fabs(value) < 9.995  ? 2 :
		 fabs(value) < 99.95 ? 1 :
				       0,
		 value, units[i].name);
	return text;
}

const char *gate_words_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *gate_words_state(const struct gate_result *result, const struct gate_finding *finding)
{
	if (finding->accepted)
		return "accepted";
	if (finding->verdict == GATE_FAIL)
		return "FAIL";
	if (!result->n_looks)
		return "";
	return finding->is_slower ? "slower" : finding->is_faster ? "faster" : "";
}

bool gate_words_has_changed(const struct gate_result *result, const struct gate_finding *finding)
{
	if (!result->n_looks)
		return finding->difference_ns != 0; /* described, and nothing is claimed */
	return finding->verdict == GATE_FAIL || finding->accepted || finding->is_slower ||
	       finding->is_faster;
}

const struct gate_finding *gate_words_worst(const struct gate_result *result)
{
	vec_each(&result->findings, finding)
		if (finding->verdict == GATE_FAIL && !finding->accepted)
			return finding;
	return NULL;
}

static void write_program(const struct gate_program *program, bool is_waiting, FILE *out)
{
	char change[GATE_WORD], low[GATE_WORD], high[GATE_WORD];

	gate_words_percent(fabs(program->ratio - 1), false, change);
	if (is_waiting)
		fprintf(out, "the program waits %s %s", change,
			program->ratio >= 1 ? "longer" : "shorter");
	else
		fprintf(out, "the program is %s %s", change,
			program->ratio >= 1 ? "slower" : "faster");
	if (isfinite(program->high) && program->high > 0)
		fprintf(out, " (%s to %s), p %.2g, in %zu pairs of runs",
			gate_words_percent(program->low - 1, true, low),
			gate_words_percent(program->high - 1, true, high), program->p,
			program->n_pairs);
}

static void write_headline(const struct gate_show *show, FILE *out)
{
	const struct gate_result *result = show->result;
	const struct gate_finding *worst = gate_words_worst(result);
	const char *separator = "";
	char text[GATE_WORD];

	if (result->verdict == GATE_INVALID) {
		fputs(result->cause ?: "nothing can be decided", out);
		return;
	}
	if (result->verdict == GATE_FAIL && worst && result->program.verdict != GATE_FAIL) {
		fputs(worst->name, out);
		if (isfinite(worst->relative))
			fprintf(out, "%s is %s slower", worst->total ? "" : ", itself,",
				gate_words_percent(worst->relative, false, text));
		else
			fputs(" is new", out);
		separator = "; ";
	}
	if (result->program.base_ns > 0) {
		fputs(separator, out);
		write_program(&result->program, show->is_waiting, out);
		separator = "; ";
	}
	if (result->program.in_budget)
		fprintf(out, "%s%s is allowed", separator,
			gate_words_percent(result->program.budget, false, text));
	if (result->cause)
		fprintf(out, "%s%s", separator, result->cause);
}

static void write_detectable(const struct gate_result *result, FILE *out)
{
	char text[GATE_WORD], share[GATE_WORD];

	if (result->verdict == GATE_INVALID || !result->n_looks ||
	    !isfinite(result->program.detectable))
		return;
	fprintf(out, "%s of the program",
		gate_words_percent(result->program.detectable, false, text));
	if (result->sight.name)
		fprintf(out, ", %s in a function of %s",
			gate_words_percent(result->sight.relative, false, text),
			gate_words_percent(result->sight.share, false, share));
}

double gate_words_p(const struct gate_finding *finding)
{
	return finding->p_faster < finding->p ? finding->p_faster : finding->p;
}

bool gate_words_explains(const struct gate_result *result)
{
	return isfinite(result->root.explains) && result->program.low > 1;
}

static void write_finding(const struct gate_show *show, const struct gate_finding *finding,
			  FILE *out)
{
	char base[GATE_WORD], head[GATE_WORD], change[GATE_WORD], program[GATE_WORD];
	char low[GATE_WORD], high[GATE_WORD];
	double whole = show->result->program.base_ns;

	fprintf(out, "%s -> %s, %s; %s of the program", gate_words_cost(show, finding->base_ns, base),
		gate_words_cost(show, finding->head_ns, head),
		gate_words_percent(finding->relative, true, change),
		gate_words_percent(finding->of_program, true, program));
	if (finding->candidate)
		fprintf(out, " (%s to %s), p %.2g",
			gate_words_percent(finding->low_ns / whole, true, low),
			gate_words_percent(finding->high_ns / whole, true, high),
			gate_words_p(finding));
	if (finding->accepted)
		fprintf(out, "; accepted: %s", finding->reason ?: "");
}

/* A sentence that is being written; one at a time. */
struct sentence {
	char *text;
	size_t size;
	FILE *out;
};

/* NULL: no memory. */
static char *end(struct sentence *sentence)
{
	if (sentence->out && !fclose(sentence->out))
		return sentence->text;
	free(sentence->text);
	return NULL;
}

static bool begin(struct sentence *sentence)
{
	sentence->out = open_memstream(&sentence->text, &sentence->size);
	return sentence->out;
}

char *gate_words_headline(const struct gate_show *show)
{
	struct sentence sentence = {};

	if (begin(&sentence))
		write_headline(show, sentence.out);
	return end(&sentence);
}

char *gate_words_detectable(const struct gate_result *result)
{
	struct sentence sentence = {};

	if (begin(&sentence))
		write_detectable(result, sentence.out);
	return end(&sentence);
}

char *gate_words_finding(const struct gate_show *show, const struct gate_finding *finding)
{
	struct sentence sentence = {};

	if (begin(&sentence))
		write_finding(show, finding, sentence.out);
	return end(&sentence);
}

char *gate_words_budget(const struct gate_budget_result *budget)
{
	struct sentence sentence = {};
	char text[GATE_WORD];

	if (begin(&sentence))
		fprintf(sentence.out, "%s: at most %s%s slower", budget->name,
			gate_words_percent(budget->limit, false, text),
			budget->of_program && !budget->is_total ? " of the program" : "");
	return end(&sentence);
}
