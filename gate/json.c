// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in; out goes JSON as doc/gate.schema.json has it: every member
 * always, null for what is not known. What stands in a list is one line, so
 * that lines can be compared.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "base/json.h"
#include "gate/runs.h"
#include "gate/show.h"
#include "gate/words.h"

enum { FORMAT = 1 };

struct writer {
	FILE *out;
	unsigned int depth;
	unsigned int in_line; /* depth of what stands in one line; 0: nothing does */
	bool comma;
};

/* Before a member or an item; name NULL: an item. */
static void begin(struct writer *writer, const char *name)
{
	if (writer->comma)
		fputc(',', writer->out);
	if (!writer->in_line)
		fprintf(writer->out, "\n%*s", 2 * (int)writer->depth, "");
	else if (writer->comma)
		fputc(' ', writer->out);
	writer->comma = true;
	if (!name)
		return;
	json_write_string(writer->out, name);
	fputs(": ", writer->out);
}

static void open_list(struct writer *writer, const char *name, char bracket)
{
	begin(writer, name);
	fputc(bracket, writer->out);
	writer->depth++;
	writer->comma = false;
}

static void close_list(struct writer *writer, char bracket)
{
	writer->depth--;
	if (writer->comma && !writer->in_line)
		fprintf(writer->out, "\n%*s", 2 * (int)writer->depth, "");
	fputc(bracket, writer->out);
	writer->comma = true;
}

/* An object in one line. */
static void open_line(struct writer *writer, const char *name)
{
	open_list(writer, name, '{');
	if (!writer->in_line)
		writer->in_line = writer->depth;
}

static void close_line(struct writer *writer)
{
	bool ends = writer->in_line == writer->depth;

	close_list(writer, '}');
	if (ends)
		writer->in_line = 0;
}

static void put_number(struct writer *writer, const char *name, double number)
{
	begin(writer, name);
	if (isfinite(number))
		fprintf(writer->out, "%.10g", number);
	else
		fputs("null", writer->out);
}

static void put_count(struct writer *writer, const char *name, uint64_t count)
{
	begin(writer, name);
	fprintf(writer->out, "%" PRIu64, count);
}

static void put_bool(struct writer *writer, const char *name, bool is)
{
	begin(writer, name);
	fputs(is ? "true" : "false", writer->out);
}

static void put_string(struct writer *writer, const char *name, const char *text)
{
	begin(writer, name);
	if (text)
		json_write_string(writer->out, text);
	else
		fputs("null", writer->out);
}

static void put_verdict(struct writer *writer, enum gate_verdict verdict)
{
	put_string(writer, "verdict", gate_verdict_name(verdict));
}

static void put_program(struct writer *writer, const struct gate_program *program)
{
	bool has_limits = program->high > 0;

	if (!(program->base_ns > 0)) {
		put_string(writer, "program", NULL);
		return;
	}
	open_list(writer, "program", '{');
	put_verdict(writer, program->verdict);
	put_number(writer, "ratio", program->ratio);
	put_number(writer, "low", has_limits ? program->low : NAN);
	put_number(writer, "high", has_limits ? program->high : NAN);
	put_number(writer, "p", program->p);
	put_number(writer, "level", program->level);
	put_count(writer, "pairs", program->n_pairs);
	put_number(writer, "base", program->base_ns);
	put_number(writer, "head", program->head_ns);
	put_number(writer, "operations", program->operations);
	put_number(writer, "limit", program->budget);
	put_bool(writer, "in_budget", program->in_budget);
	put_number(writer, "detectable", program->detectable);
	put_bool(writer, "accepted", program->accepted);
	put_string(writer, "reason", program->reason);
	close_list(writer, '}');
}

static void put_finding(struct writer *writer, const struct gate_finding *finding)
{
	bool is_tested = finding->candidate;

	open_line(writer, NULL);
	put_string(writer, "name", finding->name);
	put_string(writer, "file", *finding->file ? finding->file : NULL);
	put_string(writer, "of", finding->total ? "total" : "self");
	put_verdict(writer, finding->verdict);
	put_string(writer, "change",
		   finding->is_slower	? "slower" :
		   finding->is_faster ? "faster" :
					NULL);
	put_number(writer, "base", finding->base_ns);
	put_number(writer, "head", finding->head_ns);
	put_number(writer, "difference", finding->difference_ns);
	put_number(writer, "low", is_tested ? finding->low_ns : NAN);
	put_number(writer, "high", is_tested ? finding->high_ns : NAN);
	put_number(writer, "t", is_tested ? finding->t : NAN);
	put_number(writer, "p", is_tested ? finding->p : NAN);
	put_number(writer, "p_faster", is_tested ? finding->p_faster : NAN);
	put_number(writer, "share", finding->share);
	put_number(writer, "relative", finding->relative);
	put_number(writer, "of_program", finding->of_program);
	put_number(writer, "detectable", finding->detectable_ns);
	put_bool(writer, "tested", is_tested);
	put_bool(writer, "in_budget", finding->in_budget);
	put_bool(writer, "accepted", finding->accepted);
	put_string(writer, "reason", finding->reason);
	close_line(writer);
}

static void put_budgets(struct writer *writer, const struct gate_result *result)
{
	open_list(writer, "budgets", '[');
	vec_each(&result->budgets, budget) {
		open_line(writer, NULL);
		put_string(writer, "name", budget->name);
		put_number(writer, "limit", budget->limit);
		put_string(writer, "limit_of",
			   budget->of_program || budget->is_total ? "program" : "function");
		put_verdict(writer, budget->verdict);
		put_string(writer, "worst",
			   budget->worst < result->findings.n ?
				   result->findings.data[budget->worst].name :
				   NULL);
		put_number(writer, "detectable", budget->detectable);
		put_count(writer, "functions", budget->n_rows);
		put_bool(writer, "is_total", budget->is_total);
		put_bool(writer, "is_default", budget->is_default);
		close_line(writer);
	}
	close_list(writer, ']');
}

static void put_root(struct writer *writer, const struct gate_root *root)
{
	if (!root->found) {
		put_string(writer, "root_frame", NULL);
		return;
	}
	open_line(writer, "root_frame");
	put_string(writer, "name", root->name);
	put_string(writer, "file", root->file && *root->file ? root->file : NULL);
	put_bool(writer, "anywhere", root->anywhere);
	put_number(writer, "difference", root->difference_ns);
	put_number(writer, "explains", root->explains);
	close_line(writer);
}

static void put_names(struct writer *writer, const char *name, const char *const *names, size_t n)
{
	open_list(writer, name, '[');
	for (size_t i = 0; i < n; i++)
		put_string(writer, NULL, names[i]);
	close_list(writer, ']');
}

static void put_renames(struct writer *writer, const struct gate_result *result)
{
	open_list(writer, "perhaps_renamed", '[');
	vec_each(&result->renames, rename) {
		open_line(writer, NULL);
		put_string(writer, "from", rename->from);
		put_string(writer, "to", rename->to);
		put_number(writer, "base", rename->base_ns);
		put_number(writer, "head", rename->head_ns);
		close_line(writer);
	}
	close_list(writer, ']');
}

static void put_sides(struct writer *writer, const struct gate_result *result)
{
	static const char *const names[] = {"base", "head"};

	open_list(writer, "sides", '{');
	for (int side = 0; side < GATE_SIDES; side++) {
		open_line(writer, names[side]);
		put_number(writer, "samples", result->n_samples[side]);
		put_count(writer, "lost", result->lost[side]);
		put_number(writer, "whole", result->n_samples[side] > 0 ? result->whole[side] : NAN);
		put_number(writer, "unknown",
			   result->n_samples[side] > 0 ? result->unknown[side] : NAN);
		close_line(writer);
	}
	close_list(writer, '}');
}

static void put_looks(struct writer *writer, const struct gate_result *result)
{
	open_list(writer, "looks", '[');
	for (size_t i = 0; i < result->n_looks; i++) {
		const struct gate_look *look = &result->looks[i];

		open_line(writer, NULL);
		put_count(writer, "pairs", look->n_pairs);
		put_number(writer, "level", look->level);
		put_number(writer, "program_p", look->program_p);
		put_number(writer, "least_p", look->least_p);
		put_verdict(writer, look->verdict);
		close_line(writer);
	}
	close_list(writer, ']');
}

static void put_facts(struct writer *writer, const struct gate_result *result)
{
	open_list(writer, "facts", '[');
	vec_each(&result->facts, fact) {
		open_line(writer, NULL);
		put_string(writer, "name", fact->name);
		put_string(writer, "value", fact->base);
		close_line(writer);
	}
	close_list(writer, ']');
	open_list(writer, "differences", '[');
	vec_each(&result->differences, difference) {
		open_line(writer, NULL);
		put_string(writer, "name", difference->name);
		put_string(writer, "base", difference->base);
		put_string(writer, "head", difference->head);
		close_line(writer);
	}
	close_list(writer, ']');
	put_names(writer, "notes", result->notes.data, result->notes.n);
}

static void put_verdicts(struct writer *writer, const struct gate_result *result)
{
	char seed[24];

	put_string(writer, "verdict", gate_words_verdict(result));
	put_count(writer, "status", result->status);
	put_string(writer, "cause", result->cause);
	put_bool(writer, "more_pairs", result->more_pairs);
	put_bool(writer, "unconfirmed", result->unconfirmed);
	put_number(writer, "alpha", result->alpha);
	put_looks(writer, result);
	snprintf(seed, sizeof(seed), "%" PRIu64, result->seed);
	put_string(writer, "seed", seed); /* JSON's readers take it for a double */
	put_count(writer, "flips", result->n_flips);
	put_bool(writer, "exact", result->exact);
	put_number(writer, "phi", result->n_looks ? result->phi : NAN);
}

static void put_result(struct writer *writer, const struct gate_result *result)
{
	put_verdicts(writer, result);
	put_program(writer, &result->program);
	put_bool(writer, "has_functions", result->has_functions);
	put_budgets(writer, result);
	put_root(writer, &result->root);
	open_list(writer, "findings", '[');
	vec_each(&result->findings, finding)
		put_finding(writer, finding);
	close_list(writer, ']');
	put_names(writer, "new_functions", result->new_functions.data, result->new_functions.n);
	put_names(writer, "vanished", result->vanished.data, result->vanished.n);
	put_renames(writer, result);
	put_sides(writer, result);
	put_facts(writer, result);
}

int gate_json_write(const struct gate_show *show, FILE *out)
{
	struct writer writer = {.out = out, .depth = 1};
	const struct gate_result *waits = show->result->offcpu;

	fputc('{', out);
	put_string(&writer, "flametap", FLAMETAP_VERSION);
	put_count(&writer, "format", FORMAT);
	put_string(&writer, "unit", show->is_time ? "ns" : NULL);
	put_result(&writer, show->result);
	if (waits) {
		open_list(&writer, "offcpu", '{');
		put_bool(&writer, "advisory", waits->advisory);
		put_result(&writer, waits);
		close_list(&writer, '}');
	} else {
		put_string(&writer, "offcpu", NULL);
	}
	fputs("\n}\n", out);
	return ferror(out) ? -EIO : 0;
}
