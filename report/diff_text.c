// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A difference comes in; out goes the .txt report: what was compared, and the
 * functions with the largest changes, by self and by total.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/text.h"

enum {
	NAME_COLUMNS = 60,	/* the column of functions is no wider */
	NAME_COLUMNS_MAX = 400, /* a longer name is cut */
	ROWS = 100,		/* of what is told */
	ROWS_TOO_FEW = 10,	/* of what is not */
};

struct diff_table {
	const struct profile *profile;
	const struct diff *diff;
	const struct diff_tree *tree;
	const struct diff_functions *functions;
	const uint32_t *order;
	bool by_total;
	FILE *out;
};

static const struct diff_function *row_of(const struct diff_table *table, size_t i)
{
	return &table->functions->items.data[table->order[i]];
}

static const struct diff_change *change_of(const struct diff_table *table, size_t i)
{
	return table->by_total ? &row_of(table, i)->total : &row_of(table, i)->self;
}

static bool is_told(const struct diff_table *table, size_t i)
{
	return change_of(table, i)->verdict != DIFF_TOO_FEW;
}

static size_t count_told(const struct diff_table *table)
{
	size_t n = 0;

	while (n < table->functions->items.n && is_told(table, n))
		n++;
	return n;
}

/* Not told, but more than a hundredth of the whole, had it been real. */
static bool is_large(const struct diff_table *table, size_t i)
{
	struct diff_change whole;

	diff_compare(table->diff, table->tree->sides.data[0].total, &whole);
	return fabs(change_of(table, i)->change) >=
	       fmax(whole.amounts[DIFF_BASE], whole.amounts[DIFF_NEW]) / 100;
}

static void put_heads(const struct diff_table *table)
{
	char unit[160];

	snprintf(unit, sizeof(unit), "%s %s, in %s", table->diff->what,
		 diff_by_text(table->diff),
		 table->diff->by == DIFF_BY_SHARE ? "percent and points" : table->diff->unit);
	fprintf(table->out, "largest changes of %s, ", table->by_total ? "total" : "self");
	text_write_name(unit, strlen(unit), 0, 80, table->out);
	fprintf(table->out, "\n%12s %12s %12s %9s  function\n", "base", "new", "change", "new/base");
}

static void put_row(const struct diff_table *table, size_t i, size_t columns)
{
	const struct diff_function *row = row_of(table, i);
	const struct diff_change *change = change_of(table, i);
	const struct strings *labels = &table->tree->tree.labels;
	const struct strings *strings = &table->profile->strings;
	bool has_module = row->function.module || row->function.several_modules;
	const char *verdict = diff_verdict_text(change);
	bool has_more = has_module || *verdict;
	char texts[DIFF_SIDES][DIFF_TEXT], difference[DIFF_TEXT], ratio[DIFF_TEXT];
	uint32_t path = table->profile->modules.data[row->function.module].path;

	for (int side = 0; side < DIFF_SIDES; side++)
		diff_print_amount(table->diff, change->amounts[side], texts[side]);
	diff_print_change(table->diff, change->change, difference);
	diff_print_ratio(change, ratio);
	fprintf(table->out, "%12s %12s %12s %9s  ", texts[DIFF_BASE], texts[DIFF_NEW], difference,
		ratio);
	text_write_name(strings_get(labels, row->function.label),
			strings_length(labels, row->function.label), has_more ? columns : 0,
			NAME_COLUMNS_MAX, table->out);
	if (row->function.several_modules)
		fputs("  (several)", table->out);
	else if (has_module) {
		fputs("  ", table->out);
		text_write_name(strings_get(strings, path), strings_length(strings, path), 0,
				NAME_COLUMNS_MAX, table->out);
	}
	if (*verdict)
		fprintf(table->out, "  (%s)", verdict);
	fputc('\n', table->out);
}

static size_t widest_name(const struct diff_table *table, size_t n)
{
	const struct strings *labels = &table->tree->tree.labels;
	size_t columns = strlen("function");

	for (size_t i = 0; i < n; i++) {
		uint32_t label = row_of(table, i)->function.label;
		size_t name = text_name_columns(strings_get(labels, label),
						strings_length(labels, label));

		if (name > columns)
			columns = name < NAME_COLUMNS ? name : NAME_COLUMNS;
	}
	return columns;
}

static void put_table(struct diff_table *table, bool by_total)
{
	size_t n_told, n, end, columns;

	table->by_total = by_total;
	table->order = by_total ? table->functions->by_total.data : table->functions->by_self.data;
	n_told = count_told(table);
	n = n_told < ROWS ? n_told : ROWS;
	for (end = n_told; end < table->functions->items.n && end < n_told + ROWS_TOO_FEW &&
			   is_large(table, end);)
		end++;
	put_heads(table);
	columns = widest_name(table, end);
	for (size_t i = 0; i < n; i++)
		put_row(table, i, columns);
	for (size_t i = n_told; i < end; i++)
		put_row(table, i, columns);
	if (!n_told)
		fputs("no change that can be told\n", table->out);
	if (n < n_told)
		fprintf(table->out, "and %zu smaller changes\n", n_told - n);
	fputc('\n', table->out);
}

static void put_words(const char *key, const char *words, FILE *out)
{
	text_write_name(key, strlen(key), 10, 32, out);
	fputc(' ', out);
	text_write_name(words, strlen(words), 0, NAME_COLUMNS_MAX, out);
	fputc('\n', out);
}

static void put_side(const struct diff_table *table, int side)
{
	struct value_style style;
	char text[VALUE_TEXT];

	value_style_init(&style, table->profile, side);
	if (!strcmp(style.noun, side == DIFF_BASE ? "base" : "new"))
		style.noun = table->diff->what;
	value_print(&style, value_sum(table->profile, side), text);
	fprintf(table->out, "%-10s ", side == DIFF_BASE ? "base" : "new");
	text_write_name(table->diff->names[side], strlen(table->diff->names[side]), 0,
			NAME_COLUMNS_MAX, table->out);
	fputs(side == DIFF_BASE ? " (before): " : " (after): ", table->out);
	text_write_name(text, strlen(text), 0, VALUE_TEXT, table->out);
	if (style.per_second)
		fprintf(table->out, " in %.0f samples",
			table->diff->totals[side] / table->diff->samples[side]);
	if (table->diff->by == DIFF_BY_SECOND)
		fprintf(table->out, ", %.3f s recorded", table->diff->scales[side]);
	if (table->diff->by == DIFF_BY_OPS)
		fprintf(table->out, ", %.15g operations", table->diff->scales[side]);
	fputc('\n', table->out);
}

static void put_heading(const struct diff_table *table, const struct report_options *options)
{
	const struct profile *profile = table->profile;
	const struct diff *diff = table->diff;
	char texts[DIFF_SIDES][DIFF_TEXT], difference[DIFF_TEXT], ratio[DIFF_TEXT];
	const char *title = value_report_title(profile, options);
	struct diff_change whole;

	text_write_name(title, strlen(title), 0, NAME_COLUMNS_MAX, table->out);
	fprintf(table->out, "\n\n%-10s ", "compared");
	text_write_name(diff->what, strlen(diff->what), 0, NAME_COLUMNS_MAX, table->out);
	fprintf(table->out, " %s, new minus base\n", diff_by_text(diff));
	put_side(table, DIFF_BASE);
	put_side(table, DIFF_NEW);
	diff_compare(diff, table->tree->sides.data[0].total, &whole);
	if (diff->by != DIFF_BY_SHARE) {
		for (int side = 0; side < DIFF_SIDES; side++)
			diff_print_amount(diff, whole.amounts[side], texts[side]);
		diff_print_change(diff, whole.change, difference);
		diff_print_ratio(&whole, ratio);
		fprintf(table->out, "%-10s %s before, %s after: %s, %s%s\n", "all",
			texts[DIFF_BASE], texts[DIFF_NEW], difference, ratio,
			whole.verdict == DIFF_TOO_FEW ? " (too few samples to tell)" : "");
	}
	for (size_t i = 0; i < profile->comments.n; i++) {
		const char *comment = strings_get(&profile->strings, profile->comments.data[i]);
		size_t key = strcspn(comment, ":");
		char word[32];

		if (!strncmp(comment, "diff: ", 6))
			continue;
		if (key >= sizeof(word) || comment[key] != ':' || comment[key + 1] != ' ') {
			put_words("note", comment, table->out);
			continue;
		}
		memcpy(word, comment, key);
		word[key] = '\0';
		put_words(word, comment + key + 2, table->out);
	}
	put_words("told", "is a change beyond three standard deviations of the number of samples, "
			  "of ten samples or more on both sides together", table->out);
	fputc('\n', table->out);
}

int diff_text_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	guard(diff_deinit) struct diff diff = {};
	guard(diff_tree_deinit) struct diff_tree tree = {};
	guard(diff_functions_deinit) struct diff_functions functions = {};
	struct diff_table table = {profile, &diff, &tree, &functions, NULL, false, out};
	int err = diff_init(&diff, profile);

	if (!err)
		err = diff_tree_init(&tree, &diff, profile, options);
	if (!err)
		err = diff_functions_init(&functions, &diff, &tree);
	if (err)
		return err;
	put_heading(&table, options);
	put_table(&table, false);
	put_table(&table, true);
	return ferror(out) ? -EIO : 0;
}
