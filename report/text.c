// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out goes the .txt report: what was recorded,
 * and the table of functions. The numbers are those of the call tree, and so
 * of every other report.
 */
#include "report/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/guard.h"
#include "base/hash.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"
#include "report/tree.h"
#include "report/value.h"
#include "report/waits.h"

enum {
	NAME_COLUMNS = 60,	/* the column of functions is no wider */
	NAME_COLUMNS_MAX = 400, /* a longer name is cut */
};

static size_t write_string(const struct strings *strings, uint32_t number, size_t min, size_t max,
			   FILE *out)
{
	return text_write_name(strings_get(strings, number), strings_length(strings, number), min,
			       max, out);
}

/* Self and total in samples of the functions of another value's table. */
struct sample_counts {
	VEC(struct function_total) items; /* as many as the table's */
};

static void sample_counts_deinit(struct sample_counts *counts)
{
	vec_deinit(&counts->items);
}

/* Where every sample is worth the same, its count needs no tree of its own. */
static int sample_counts_divide(struct sample_counts *counts, const struct function_totals *totals,
				int64_t per_sample)
{
	int err = vec_reserve(&counts->items, totals->items.n + 1);

	for (size_t i = 0; !err && i < totals->items.n; i++) {
		struct function_total item = totals->items.data[i];

		item.self /= per_sample;
		item.total /= per_sample;
		counts->items.data[counts->items.n++] = item;
	}
	return err;
}

/* Functions of two trees are the same when their labels' bytes are. The first tree's labels
 * take in the second's, so that numbers can be compared. */
static int sample_counts_find(struct sample_counts *counts, const struct profile *profile,
			      const struct report_options *options, struct tree *tree,
			      const struct function_totals *totals)
{
	guard(tree_deinit) struct tree by_samples = {};
	guard(function_totals_deinit) struct function_totals found = {};
	guard(idmap_deinit) struct idmap rows = {};
	uint32_t label, row;
	int err;

	err = vec_reserve(&counts->items, totals->items.n + 1);
	if (!err)
		err = tree_init(&by_samples, profile, options, value_samples(profile));
	if (!err)
		err = function_totals_init(&found, &by_samples);
	for (size_t i = 0; !err && i < totals->items.n; i++) {
		counts->items.data[counts->items.n++] = (struct function_total){};
		err = idmap_put(&rows, totals->items.data[i].label, i);
	}
	for (size_t i = 0; !err && i < found.items.n; i++) {
		const struct function_total *item = &found.items.data[i];

		err = strings_intern(&tree->labels, strings_get(&by_samples.labels, item->label),
				     strings_length(&by_samples.labels, item->label), &label);
		if (!err && idmap_find(&rows, label, &row))
			counts->items.data[row] = *item;
	}
	return err;
}

static void write_time(const char *key, uint64_t ns, FILE *out)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	char text[64];

	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		fprintf(out, "%-10s %s\n", key, text);
}

/* Of one wait both may be counted, and of one under way at the end one of them: neither is the
 * number of waits that the tables and the quality line have. */
static const char *count_name(const char *type)
{
	return !strcmp(type, "waits")  ? "times blocked" :
	       !strcmp(type, "queued") ? "times in the run queue" :
					 type;
}

static void write_heading(const struct profile *profile, const struct report_options *options,
			  FILE *out)
{
	const char *title = value_report_title(profile, options);
	bool one_title = value_comment_count(profile, "title") == 1;
	char text[VALUE_TEXT];

	text_write_name(title, strlen(title), 0, NAME_COLUMNS_MAX, out);
	fputs("\n\n", out);
	for (uint32_t i = 0; i < profile->n_values; i++) {
		struct value_style style;

		value_style_init(&style, profile, i);
		value_print(&style, value_sum(profile, i), text);
		if (!strcmp(style.title, style.noun)) {
			value_print_number(&style, value_sum(profile, i), text);
			style.title = count_name(style.title);
		}
		text_write_name(style.title, strlen(style.title), 10, 40, out);
		fputc(' ', out);
		text_write_name(text, strlen(text), 0, VALUE_TEXT, out);
		fputc('\n', out);
	}
	if (profile->duration_ns)
		fprintf(out, "%-10s %.3f s\n", "duration", (double)profile->duration_ns / 1e9);
	if (profile->time_ns)
		write_time("start", profile->time_ns, out);
	for (size_t i = 0; i < profile->comments.n; i++) {
		const char *comment = strings_get(&profile->strings, profile->comments.data[i]);
		size_t key = strcspn(comment, ": ");

		if (one_title && !strncmp(comment, "title: ", 7))
			continue;
		if (comment[key] == ':' && comment[key + 1] == ' ') {
			text_write_name(comment, key, 10, 40, out);
			comment += key + 1;
			fputc(' ', out);
			comment++;
		}
		text_write_name(comment, strlen(comment), 0, NAME_COLUMNS_MAX, out);
		fputc('\n', out);
	}
	fputc('\n', out);
}

/* Rows with less than a ten-thousandth of the whole in self and 1/200 in total are left out, as
 * are all after a great many. */
static bool is_shown(const struct function_total *item, int64_t whole)
{
	return value_percent(item->self, whole) >= 0.01 || value_percent(item->total, whole) >= 0.5;
}

struct function_table {
	const struct profile *profile;
	const struct tree *tree;
	const struct function_totals *totals;
	const struct sample_counts *counts; /* NULL: the value itself is samples */
	struct value_style style;
	int64_t whole;
	size_t columns; /* of names */
};

static void write_row(const struct function_table *table, size_t i, FILE *out)
{
	const struct function_total *item = &table->totals->items.data[i];
	const struct strings *labels = &table->tree->labels;
	bool has_module = item->module || item->several_modules;
	char self[VALUE_TEXT], total[VALUE_TEXT];

	value_print_number(&table->style, item->self, self);
	value_print_number(&table->style, item->total, total);
	fprintf(out, "%12s %7.2f%% %12s %7.2f%%", self, value_percent(item->self, table->whole),
		total, value_percent(item->total, table->whole));
	if (table->counts) {
		const struct function_total *counts = &table->counts->items.data[i];

		fprintf(out, " %13" PRId64 " %13" PRId64, counts->self, counts->total);
	}
	fputs("  ", out);
	write_string(labels, item->label, has_module ? table->columns : 0, NAME_COLUMNS_MAX, out);
	if (has_module)
		fputs("  ", out);
	if (item->several_modules)
		fputs("(several)", out);
	else if (item->module)
		write_string(&table->profile->strings,
			     table->profile->modules.data[item->module].path, 0, NAME_COLUMNS_MAX,
			     out);
	fputc('\n', out);
}

static void write_column_heads(const struct function_table *table, FILE *out)
{
	const char *unit = table->style.per_second ? " s" : "";
	char self[16], total[16];

	snprintf(self, sizeof(self), "self%s", unit);
	snprintf(total, sizeof(total), "total%s", unit);
	fprintf(out, "%12s %8s %12s %8s", self, "self", total, "total");
	if (table->counts)
		fprintf(out, " %13s %13s", "self samples", "total samples");
	fputs("  ", out);
	text_write_name("function", 8, table->columns, NAME_COLUMNS, out);
	fputs("  module\n", out);
}

static void write_functions(struct function_table *table, FILE *out)
{
	const struct function_totals *totals = table->totals;
	const struct strings *labels = &table->tree->labels;
	int64_t left_out_self = 0;
	size_t left_out = 0;
	char text[VALUE_TEXT];

	table->columns = strlen("function");
	for (size_t i = 0; i < totals->items.n; i++) {
		uint32_t label = totals->items.data[i].label;
		size_t columns;

		if (!is_shown(&totals->items.data[i], table->whole))
			continue;
		columns = text_name_columns(strings_get(labels, label),
					    strings_length(labels, label));
		if (columns > table->columns)
			table->columns = columns < NAME_COLUMNS ? columns : NAME_COLUMNS;
	}
	write_column_heads(table, out);
	for (size_t i = 0; i < totals->items.n; i++) {
		if (is_shown(&totals->items.data[i], table->whole)) {
			write_row(table, i, out);
			continue;
		}
		left_out++;
		left_out_self += totals->items.data[i].self;
	}
	if (!left_out)
		return;
	value_print(&table->style, left_out_self, text);
	fprintf(out, "\n%zu more functions below 0.01%% self and 0.5%% total, ", left_out);
	text_write_name(text, strlen(text), 0, VALUE_TEXT, out);
	fputs(" self in all\n", out);
}

/* Of this value; samples, where there are such, stand beside. */
static int write_table(const struct profile *profile, const struct report_options *options,
		       uint32_t value, FILE *out)
{
	guard(tree_deinit) struct tree tree = {};
	guard(function_totals_deinit) struct function_totals totals = {};
	guard(sample_counts_deinit) struct sample_counts counts = {};
	uint32_t samples = value_samples(profile);
	struct function_table table = {.profile = profile, .tree = &tree, .totals = &totals};
	int err;

	err = tree_init(&tree, profile, options, value);
	if (!err)
		err = function_totals_init(&totals, &tree);
	value_style_init_shown(&table.style, profile, value);
	if (!err && table.style.per_sample)
		err = sample_counts_divide(&counts, &totals, table.style.per_sample);
	else if (!err && samples != value && samples < profile->n_values &&
		 !value_has_waits(profile))
		err = sample_counts_find(&counts, profile, options, &tree, &totals);
	if (counts.items.n)
		table.counts = &counts;
	if (err)
		return err;
	table.whole = tree.nodes.data[0].total;
	write_functions(&table, out);
	return 0;
}

/* What waited first, and of what ran as well, only the time on the CPU. */
static int write_waits(const struct profile *profile, const struct report_options *options,
		       FILE *out)
{
	uint32_t cpu = value_find(profile, "cpu");
	int err = waits_write_text(profile, out);

	if (err || cpu >= profile->n_values || !value_sum(profile, cpu))
		return err;
	fputs("\ntop functions on the CPU\n", out);
	return write_table(profile, options, cpu, out);
}

int text_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	int err;

	if (diff_is(profile))
		return diff_text_write(profile, options, out);
	write_heading(profile, options, out);
	if (value_has_waits(profile))
		err = write_waits(profile, options, out);
	else
		err = write_table(profile, options, profile->default_value, out);
	return err || !ferror(out) ? err : -EIO;
}
