// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A difference comes in; out goes Markdown for the summary of a CI run: what
 * was compared, and the largest changes that can be told, by self and by
 * total.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/diff_builds.h"
#include "report/format.h"
#include "report/markdown.h"
#include "report/profile.h"

enum {
	TOP = 10,
	NAME_POINTS = 120,
	MODULE_POINTS = 40,
	TITLE_POINTS = 120,
	NAMES_POINTS = 300,
	NOTE_POINTS = 600,
};

static void put_module(const struct profile *profile, const struct function_total *function,
		       FILE *out)
{
	uint32_t path = profile->modules.data[function->module].path;
	const char *text = strings_get(&profile->strings, path);
	const char *slash = strrchr(text, '/');

	if (function->several_modules)
		fputs("(several)", out);
	else if (function->module)
		markdown_code(slash ? slash + 1 : text, strlen(slash ? slash + 1 : text),
			      MODULE_POINTS, out);
}

static void put_change(const struct diff *diff, const struct diff_change *change, FILE *out)
{
	char texts[DIFF_SIDES][DIFF_TEXT], difference[DIFF_TEXT], ratio[DIFF_TEXT];

	for (int side = 0; side < DIFF_SIDES; side++)
		diff_print_amount(diff, change->amounts[side], texts[side]);
	diff_print_change(diff, change->change, difference);
	diff_print_ratio(change, ratio);
	fprintf(out, "| %s | %s | %s | %s | ", texts[DIFF_BASE], texts[DIFF_NEW], difference, ratio);
}

static void put_table(const struct profile *profile, const struct diff *diff,
		      const struct diff_tree *tree, const struct diff_functions *functions,
		      bool by_total, FILE *out)
{
	const uint32_t *order = by_total ? functions->by_total.data : functions->by_self.data;
	const struct strings *labels = &tree->tree.labels;
	size_t told = 0;

	fprintf(out, "#### Largest changes by %s\n\n", by_total ? "total" : "self");
	for (size_t i = 0; i < functions->items.n; i++) {
		const struct diff_function *row = &functions->items.data[order[i]];
		const struct diff_change *change = by_total ? &row->total : &row->self;

		if (change->verdict == DIFF_TOO_FEW)
			break;
		if (told++ >= TOP)
			continue;
		if (told == 1)
			fputs("| before | after | change | after / before | function | module |\n"
			      "|--:|--:|--:|--:|:--|:--|\n", out);
		put_change(diff, change, out);
		markdown_code(strings_get(labels, row->function.label),
			      strings_length(labels, row->function.label), NAME_POINTS, out);
		fputs(" | ", out);
		put_module(profile, &row->function, out);
		fputs(" |\n", out);
	}
	if (!told)
		fputs("No change that can be told.\n", out);
	if (told > TOP)
		fprintf(out, "\nAnd %zu smaller changes.\n", told - TOP);
	fputc('\n', out);
}

static void put_heading(const struct profile *profile, const struct report_options *options,
			const struct diff *diff, const struct diff_tree *tree, FILE *out)
{
	static const char *const sides[] = {"Before (base)", "After (new)"};
	const char *title = value_report_title(profile, options);
	const char *builds = value_comment(profile, DIFF_BUILDS_NOTE);
	struct diff_change whole;

	fputs(MARKDOWN_MARK "\n### ", out);
	markdown_prose(title, strlen(title), TITLE_POINTS, out);
	fputs("\n\nCompared: ", out);
	markdown_prose(diff->what, strlen(diff->what), TITLE_POINTS, out);
	fprintf(out, " %s, in ", diff_by_text(diff));
	if (diff->by == DIFF_BY_SHARE)
		fputs("percent and points", out);
	else
		markdown_prose(diff->unit, strlen(diff->unit), TITLE_POINTS, out);
	fputs("; what is too few samples to tell is left out.\n\n", out);
	for (int side = 0; side < DIFF_SIDES; side++) {
		fprintf(out, "- %s: ", sides[side]);
		markdown_prose(diff->names[side], strlen(diff->names[side]), NAMES_POINTS, out);
		fprintf(out, ", %.0f samples\n", diff->totals[side] / diff->samples[side]);
	}
	if (builds) {
		fputs("- Builds: ", out);
		markdown_prose(builds, strlen(builds), NOTE_POINTS, out);
		fputc('\n', out);
	}
	fputc('\n', out);
	if (diff->by == DIFF_BY_SHARE)
		return;
	diff_compare(diff, tree->sides.data[0].total, &whole);
	fputs("| before | after | change | after / before | |\n|--:|--:|--:|--:|:--|\n", out);
	put_change(diff, &whole, out);
	fprintf(out, "all%s |\n\n",
		whole.verdict == DIFF_TOO_FEW ? " (too few samples to tell)" : "");
}

int diff_markdown_write(const struct profile *profile, const struct report_options *options,
			FILE *out)
{
	guard(diff_deinit) struct diff diff = {};
	guard(diff_tree_deinit) struct diff_tree tree = {};
	guard(diff_functions_deinit) struct diff_functions functions = {};
	int err = diff_init(&diff, profile);

	if (!err)
		err = diff_tree_init(&tree, &diff, profile, options);
	if (!err)
		err = diff_functions_init(&functions, &diff, &tree);
	if (err)
		return err;
	put_heading(profile, options, &diff, &tree, out);
	put_table(profile, &diff, &tree, &functions, false, out);
	put_table(profile, &diff, &tree, &functions, true, out);
	return ferror(out) ? -EIO : 0;
}
