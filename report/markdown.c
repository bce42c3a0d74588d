// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out goes Markdown for the summary of a CI run
 * or for a comment: the top functions by self and by total, the figures of
 * quality, and what falls short, with its remedy. It stays below 64 KB.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/markdown.h"
#include "report/profile.h"
#include "report/tree.h"
#include "report/value.h"
#include "report/waits.h"

/* With the bytes that a code point may take, rows and notes come to some 45 KB at worst. */
enum {
	TOP = 10,
	NAME_POINTS = 120,
	MODULE_POINTS = 40,
	TITLE_POINTS = 120,
	NOTE_POINTS = 300,
	WORD_POINTS = 40,
	MAX_WORDS = 24,
	MAX_NOTES = 12,
};

struct markdown {
	const struct profile *profile;
	const struct tree *tree;
	const struct function_totals *totals;
	struct value_style style;
	int64_t whole;
	FILE *out;
};

static void put_value(const struct markdown *md, const char *head, int64_t value)
{
	char text[VALUE_TEXT];

	value_print(&md->style, value, text);
	fputs(head, md->out);
	markdown_prose(text, strlen(text), VALUE_TEXT, md->out);
}

static void put_heading(const struct markdown *md, const struct report_options *options)
{
	const char *title = value_report_title(md->profile, options);

	fputs("### ", md->out);
	markdown_prose(title, strlen(title), TITLE_POINTS, md->out);
	put_value(md, "\n\n**", md->whole);
	fputs("**", md->out);
	if (md->style.per_sample) {
		struct value_style samples = {.scale = 1, .noun = "samples"};
		char text[VALUE_TEXT];

		value_print(&samples, md->whole / md->style.per_sample, text);
		fprintf(md->out, " in %s", text);
	}
	if (md->profile->duration_ns)
		fprintf(md->out, ", %.2f s recorded", (double)md->profile->duration_ns / 1e9);
	fputs("\n\n", md->out);
}

static void put_module(const struct markdown *md, const struct function_total *item)
{
	const struct strings *strings = &md->profile->strings;
	uint32_t path = md->profile->modules.data[item->module].path;
	const char *text = strings_get(strings, path);
	size_t n = strings_length(strings, path);
	const char *slash = memrchr(text, '/', n);

	if (item->several_modules) {
		fputs("(several)", md->out);
		return;
	}
	if (!item->module)
		return;
	if (slash) {
		n -= slash + 1 - text;
		text = slash + 1;
	}
	markdown_code(text, n, MODULE_POINTS, md->out);
}

static void put_row(const struct markdown *md, const struct function_total *item)
{
	const struct strings *labels = &md->tree->labels;
	char self[VALUE_TEXT], total[VALUE_TEXT];

	value_print_number(&md->style, item->self, self);
	value_print_number(&md->style, item->total, total);
	fprintf(md->out, "| %s | %.1f%% | %s | %.1f%% | ", self,
		value_percent(item->self, md->whole), total, value_percent(item->total, md->whole));
	markdown_code(strings_get(labels, item->label), strings_length(labels, item->label),
		      NAME_POINTS, md->out);
	fputs(" | ", md->out);
	put_module(md, item);
	fputs(" |\n", md->out);
}

static void put_table(const struct markdown *md, const struct function_total *items, size_t n,
		      const char *by)
{
	const char *unit = md->style.per_second ? " s" : "";

	fprintf(md->out,
		"#### Top functions%s by %s\n\n| self%s | | total%s | | function | module |\n"
		"|--:|--:|--:|--:|:--|:--|\n",
		value_has_waits(md->profile) ? " on the CPU," : "", by, unit, unit);
	for (size_t i = 0; i < n; i++)
		put_row(md, &items[i]);
	fputc('\n', md->out);
}

static int compare_by_total(const void *a, const void *b, void *ctx)
{
	const struct function_total *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	if (x->self != y->self)
		return x->self > y->self ? -1 : 1;
	return tree_compare_labels(ctx, x->label, y->label);
}

static int put_tables(const struct markdown *md)
{
	size_t n = md->totals->items.n < TOP ? md->totals->items.n : TOP, n_self = 0;
	guard_free struct function_total *items = NULL;

	if (!md->totals->items.n) {
		fputs("There are no samples.\n\n", md->out);
		return 0;
	}
	items = malloc(md->totals->items.n * sizeof(*items));
	if (!items)
		return -ENOMEM;
	memcpy(items, md->totals->items.data, md->totals->items.n * sizeof(*items));
	while (n_self < n && items[n_self].self > 0)
		n_self++;
	if (n_self)
		put_table(md, items, n_self, "self");
	qsort_r(items, md->totals->items.n, sizeof(*items), compare_by_total, (void *)md->tree);
	put_table(md, items, n, "total");
	return 0;
}

/* Quality. */

/* The next word "key=value" of a line: its length, 0 at the end. */
static size_t next_word(const char **words)
{
	*words += strspn(*words, " ");
	return strcspn(*words, " ");
}

static void put_words(const struct markdown *md, const char *words)
{
	size_t n, n_words = 0;

	fputs("#### Quality\n\n| | |\n|:--|--:|\n", md->out);
	for (; (n = next_word(&words)) && n_words < MAX_WORDS; words += n) {
		const char *equals = memchr(words, '=', n);

		if (!equals)
			continue;
		fputs("| ", md->out);
		markdown_prose(words, equals - words, WORD_POINTS, md->out);
		fputs(" | ", md->out);
		markdown_prose(equals + 1, words + n - equals - 1, WORD_POINTS, md->out);
		fputs(" |\n", md->out);
		n_words++;
	}
	fputc('\n', md->out);
}

/* The number of a word; negative if there is none. */
static double number_of(const char *words, const char *key)
{
	size_t n, n_key = strlen(key);

	for (; (n = next_word(&words)); words += n)
		if (n > n_key + 1 && !strncmp(words, key, n_key) && words[n_key] == '=' &&
		    words[n_key + 1] >= '0' && words[n_key + 1] <= '9')
			return strtod(words + n_key + 1, NULL);
	return -1;
}

static size_t put_losses(const struct markdown *md, const char *words)
{
	double lost = number_of(words, "lost"), covered = number_of(words, "covered");
	size_t n = 0;

	if (lost > 0) {
		fprintf(md->out,
			"- %.0f samples were lost: they came faster than they could be "
			"taken; lower `-F`\n",
			lost);
		n++;
	}
	if (covered >= 0 && covered < 98) {
		fprintf(md->out,
			"- the samples stand for %.1f%% of the CPU time that the target "
			"used; the rest is in bursts shorter than a tick, or in ticks the "
			"kernel left out\n",
			covered);
		n++;
	}
	return n;
}

/* Shares are of the samples with a user stack, as in the quality line. */
static size_t put_incomplete(const struct markdown *md)
{
	const struct profile *profile = md->profile;
	uint32_t value = value_samples(profile);
	double weights[UNWIND_N] = {}, sum = 0;
	size_t n = 0;

	if (value >= profile->n_values)
		value = profile->default_value;
	for (size_t i = 0; i < profile->samples.n; i++)
		weights[profile->samples.data[i].unwind] +=
			profile->values.data[i * profile->n_values + value];
	for (int i = 0; i < UNWIND_N; i++)
		if (i == UNWIND_WHOLE || unwind_result_is_incomplete(i))
			sum += weights[i];
	for (int i = 0; i < UNWIND_N; i++) {
		if (!unwind_result_is_incomplete(i) || weights[i] * 100 < sum || weights[i] <= 0)
			continue;
		fprintf(md->out, "- %.1f%% of the stacks are incomplete (%s): %s\n",
			100 * weights[i] / sum, unwind_result_name(i),
			unwind_result_remedy(i, profile->waits.n > 1));
		n++;
	}
	return n;
}

static bool is_of(const char *text, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(text, key, n) && !strncmp(text + n, ": ", 2);
}

/* Comments of one key, or of no key that has a place of its own. */
static size_t put_comments(const struct markdown *md, const char *key)
{
	static const char *const placed[] = {"title", "quality", "unnamed"};
	const struct profile *profile = md->profile;
	size_t n = 0;

	for (size_t i = 0; i < profile->comments.n && n < MAX_NOTES; i++) {
		const char *text = strings_get(&profile->strings, profile->comments.data[i]);
		bool is_placed = false;

		for (size_t p = 0; p < sizeof(placed) / sizeof(*placed); p++)
			is_placed |= is_of(text, placed[p]);
		if (key ? !is_of(text, key) : is_placed)
			continue;
		if (key)
			text += strlen(key) + 2;
		fputs("- ", md->out);
		if (key && !strcmp(key, "unnamed"))
			fputs("no names: ", md->out);
		markdown_prose(text, strlen(text), NOTE_POINTS, md->out);
		fputc('\n', md->out);
		n++;
	}
	return n;
}

static void put_quality(const struct markdown *md)
{
	const char *words = profile_quality(md->profile);
	bool one = value_comment_count(md->profile, "quality") == 1;
	size_t n = 0;

	if (one)
		put_words(md, words);
	else if (words)
		put_comments(md, "quality");
	fputs(words && !one ? "\n" : "", md->out);
	fputs("#### What falls short\n\n", md->out);
	if (one)
		n += put_losses(md, words);
	n += put_incomplete(md);
	n += put_comments(md, "unnamed");
	if (!n)
		fputs(words ? "Nothing that is known of.\n"
			    : "The recording tells nothing of its quality.\n",
		      md->out);
	fputc('\n', md->out);
	put_comments(md, NULL);
}

static int put_functions(const struct markdown *of, const struct report_options *options,
			 uint32_t value)
{
	guard(tree_deinit) struct tree tree = {};
	guard(function_totals_deinit) struct function_totals totals = {};
	struct markdown md = *of;
	int err = tree_init(&tree, of->profile, options, value);

	if (!err)
		err = function_totals_init(&totals, &tree);
	if (err)
		return err;
	md.tree = &tree;
	md.totals = &totals;
	value_style_init_shown(&md.style, of->profile, value);
	md.whole = tree.nodes.data[0].total;
	return put_tables(&md);
}

int markdown_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	struct markdown md = {.profile = profile, .out = out};
	bool waits = value_has_waits(profile);
	uint32_t value = waits ? value_find(profile, "cpu") : profile->default_value;
	int err = 0;

	if (diff_is(profile))
		return diff_markdown_write(profile, options, out);
	value_style_init_shown(&md.style, profile, profile->default_value);
	md.whole = value_sum(profile, profile->default_value);
	fputs(MARKDOWN_MARK "\n", out);
	put_heading(&md, options);
	if (waits)
		err = waits_write_markdown(profile, out);
	/* Of what ran as well as waited, only the time on the CPU; of what only waited, none. */
	if (!err && value < profile->n_values && (!waits || value_sum(profile, value)))
		err = put_functions(&md, options, value);
	if (err)
		return err;
	put_quality(&md);
	return ferror(out) ? -EIO : 0;
}
