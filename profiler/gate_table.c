// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Findings come in, rows go out: verdict, cost of both sides, how much that is of
 * the function and of the program, with limits and p where there is room. What
 * has no room is left out by columns, so that a row stays a line.
 */
#include "profiler/gate_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gate/words.h"
#include "report/text.h"

enum {
	COLUMNS_FOR_COSTS = 78,	  /* narrower: changes alone */
	COLUMNS_FOR_LIMITS = 110, /* narrower: without limits and p */
	NAME_COLUMNS = 60,
	LEAST_NAME_COLUMNS = 16,
};

#define MOST_OF_IT 0.8

struct table {
	const struct gate_show *show;
	bool has_costs, has_limits;
	size_t at;   /* where names begin */
	size_t room; /* for a name with its file */
	FILE *out;
};

static void table_init(struct table *table, const struct gate_show *show, size_t columns, FILE *out)
{
	*table = (struct table){
		.show = show,
		.has_costs = !columns || columns >= COLUMNS_FOR_COSTS,
		.has_limits = !columns || columns >= COLUMNS_FOR_LIMITS,
		.out = out,
	};
	table->at = 32 + (table->has_costs ? 20 : 0) + (table->has_limits ? 30 : 0);
	table->room = !columns ? 2 * NAME_COLUMNS :
		      columns > table->at + LEAST_NAME_COLUMNS ? columns - table->at :
								 LEAST_NAME_COLUMNS;
}

static void write_row(const struct table *table, const char *verdict, const char *base,
		      const char *head, const char *change, const char *program,
		      const char *limits, const char *p)
{
	fprintf(table->out, " %-8s ", verdict);
	if (table->has_costs)
		fprintf(table->out, "%9s %9s ", base, head);
	fprintf(table->out, "%9s %10s ", change, program);
	if (table->has_limits)
		fprintf(table->out, "%20s %8s ", limits, p);
	fputc(' ', table->out);
}

/* The file gives way first. */
static void write_name(const struct table *table, const struct gate_finding *finding)
{
	static const char itself[] = ", itself";
	const char *file = gate_words_base_name(finding->file);
	size_t room = table->room - (finding->total ? 0 : strlen(itself));
	size_t name = text_name_columns(finding->name, strlen(finding->name));
	size_t of_file = *file ? text_name_columns(file, strlen(file)) + 3 : 0;
	bool has_file = of_file && name + of_file <= room;

	if (has_file)
		room -= of_file;
	text_write_name(finding->name, strlen(finding->name), 0,
			room < NAME_COLUMNS ? room : NAME_COLUMNS, table->out);
	if (has_file) {
		fputs(" (", table->out);
		text_write_name(file, strlen(file), 0, NAME_COLUMNS, table->out);
		fputc(')', table->out);
	}
	fprintf(table->out, "%s\n", finding->total ? "" : itself);
}

static void write_finding(const struct table *table, const struct gate_finding *finding)
{
	char base[GATE_WORD], head[GATE_WORD], change[GATE_WORD], program[GATE_WORD];
	char low[GATE_WORD], high[GATE_WORD], limits[2 * GATE_WORD + 8] = "", p[GATE_WORD] = "";
	const struct gate_result *result = table->show->result;
	double whole = result->program.base_ns;

	if (finding->candidate) {
		snprintf(limits, sizeof(limits), "%s to %s",
			 gate_words_percent(finding->low_ns / whole, true, low),
			 gate_words_percent(finding->high_ns / whole, true, high));
		snprintf(p, sizeof(p), "%.2g", gate_words_p(finding));
	}
	write_row(table, gate_words_state(result, finding),
		  gate_words_cost(table->show, finding->base_ns, base),
		  gate_words_cost(table->show, finding->head_ns, head),
		  gate_words_percent(finding->relative, true, change),
		  gate_words_percent(finding->of_program, true, program), limits, p);
	write_name(table, finding);
	if (finding->accepted && finding->reason)
		fprintf(table->out, " %8s %s\n", "", finding->reason);
}

/* What a function costs itself needs no row of its own where that is about all it costs. */
static bool is_told(const struct gate_result *result, const struct gate_finding *finding)
{
	if (finding->total)
		return false;
	vec_each(&result->findings, other)
		if (other->total && other->verdict == finding->verdict &&
		    other->accepted == finding->accepted && !strcmp(other->name, finding->name) &&
		    !strcmp(other->file, finding->file) && gate_words_has_changed(result, other))
			return finding->difference_ns / other->difference_ns >= MOST_OF_IT;
	return false;
}

size_t gate_table_write(const struct gate_show *show, size_t most, size_t columns, FILE *out)
{
	struct table table;
	size_t n = 0;

	table_init(&table, show, columns, out);
	vec_each(&show->result->findings, finding) {
		if (!gate_words_has_changed(show->result, finding) ||
		    is_told(show->result, finding) || n++ >= most)
			continue;
		if (n == 1) {
			fputc('\n', out);
			write_row(&table, "", "base", "head", "change", "of program",
				  "surely between", "p");
			fputs(table.room < 28 ? "function\n" : "function, with what it calls\n", out);
		}
		write_finding(&table, finding);
	}
	if (n > most)
		fprintf(out, " %8s %zu more\n", "", n - most);
	if (n)
		fputc('\n', out);
	return n;
}
