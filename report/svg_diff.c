// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a picture of a difference has of its own: the tree of both sides comes
 * in; out go the colours of what has grown and shrunk, which side is which,
 * titles with the figures of both, and the largest changes.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/svg.h"

enum { NAMES_POINTS = 60, NAME_POINTS = 140, TITLE_POINTS = 400 };

/*
 * Fills from the palest to the deepest. Orange and blue are told apart with any
 * sort of colour blindness, and so are purple and green of those lightnesses;
 * where colours cannot be had at all, names begin with a sign. Dark text is
 * legible on all of them (4.5:1).
 */
struct diff_palette {
	const char *name;
	const char *grown[DIFF_LEVELS], *shrunk[DIFF_LEVELS];
	const char *dark_grown[DIFF_LEVELS], *dark_shrunk[DIFF_LEVELS];
};

static const struct diff_palette palettes[] = {
	{
		"hot",
		{"fde8d3", "fdd0a2", "fdae6b", "f58634", "e2620e"},
		{"e1ecf7", "c0d8ef", "94c0e8", "62a1dc", "4a8fd4"},
		{"b29c86", "c39b6e", "d4924f", "e08331", "ec7113"},
		{"8799ac", "7c9fc4", "6ba1d8", "57a0e8", "4299f5"},
	},
	{
		"cool",
		{"f3e8f6", "e3cdea", "d0aedb", "c394d3", "b678c8"},
		{"e4f2e1", "c3e2bf", "98cb96", "6bb072", "4a9a5a"},
		{"a596ac", "b195bc", "bd8fcc", "c88adb", "d283ea"},
		{"8da08c", "84a884", "74b178", "60ba6c", "46c35e"},
	},
	{
		"mono",
		{"cfd0d4", "bcbec3", "a9abb1", "979aa0", "85888f"},
		{"e6e7e9", "ededf0", "f3f3f5", "f9f9fa", "ffffff"},
		{"9a9da4", "a9acb2", "babcc1", "cccdd1", "dfe0e2"},
		{"848890", "7e828a", "7a7e86", "767a82", "72767e"},
	},
};

static const struct diff_palette *find_palette(const char *name)
{
	for (size_t i = 0; name && i < sizeof(palettes) / sizeof(*palettes); i++)
		if (!strcmp(palettes[i].name, name))
			return &palettes[i];
	return &palettes[0];
}

static void write_fills(const char *const *fills, char letter, FILE *out)
{
	for (int level = 0; level < DIFF_LEVELS; level++)
		fprintf(out, ".%c%d{fill:#%s}", letter, level + 1, fills[level]);
}

void svg_diff_palette_write(const struct svg *svg)
{
	const struct diff_palette *palette = find_palette(svg->options->palette);

	write_fills(palette->grown, 'p', svg->out);
	write_fills(palette->shrunk, 'm', svg->out);
	/* Lighter than the ground: an edge. */
	if (!strcmp(palette->name, "mono"))
		fputs("#boxes [class^=m] rect,#boxes rect[class^=m]{stroke:#85888f}\n", svg->out);
	fputs(".s{fill:#666b73;font-size:11.5px;font-weight:400}\n"
	      ".z0{fill:#dcdde0}#boxes .x rect,#boxes rect.x{stroke:#1c1e21;stroke-dasharray:5 3}\n"
	      "@media (prefers-color-scheme:dark){\n", svg->out);
	write_fills(palette->dark_grown, 'p', svg->out);
	write_fills(palette->dark_shrunk, 'm', svg->out);
	fputs(".s{fill:#9aa1ac}.z0{fill:#8a8e96}#boxes .x rect,#boxes rect.x{stroke:#e4e6ea}\n}\n",
	      svg->out);
}

static void find_class(const struct diff_change *change, char ret[3])
{
	ret[0] = change->verdict == DIFF_GROWN ? 'p' : change->verdict == DIFF_SHRUNK ? 'm' : 'z';
	ret[1] = '0' + change->level;
	ret[2] = '\0';
}

/* Of the table: by self; of what a gate judged by total, since that is what boxes are coloured by. */
static const struct diff_function *function_at(const struct svg *svg, size_t i)
{
	const struct diff_functions *changes = &svg->changes;
	bool by_total = svg->diff.gate.is_judged;

	return &changes->items.data[by_total ? changes->by_total.data[i] : changes->by_self.data[i]];
}

static const struct diff_change *change_at(const struct svg *svg, size_t i)
{
	const struct diff_function *function = function_at(svg, i);

	return svg->diff.gate.is_judged ? &function->total : &function->self;
}

/* What a box is on both sides, and by whoever has a say in it: the rule of differences, or a gate on
 * the function. */
static void compare_box(const struct svg *svg, uint32_t node, bool is_total,
			struct diff_change *ret)
{
	const struct tree_node *box = &svg->tree.nodes.data[node];
	const struct diff_node *sides = &svg->sides[node];
	struct diff_change told;

	diff_compare(&svg->diff, is_total ? sides->total : sides->self, &told);
	*ret = told;
	diff_gate_judge(&svg->diff.gate,
			box->is_function ? strings_get(&svg->tree.labels, box->label) : NULL,
			is_total, ret);
	/* That it is not there any more takes no test of many runs. */
	if (ret->is_gone && !ret->is_renamed && ret->verdict == DIFF_TOO_FEW)
		*ret = told;
}

int svg_diff_init(struct svg *svg)
{
	guard(diff_tree_deinit) struct diff_tree joined = {};
	int err = diff_init(&svg->diff, svg->profile);

	if (err)
		return err;
	svg->is_diff = true;
	err = diff_tree_init(&joined, &svg->diff, svg->profile, svg->options);
	if (!err)
		err = diff_functions_init(&svg->changes, &svg->diff, &joined);
	if (err)
		return err;
	while (svg->n_changes < svg->changes.items.n &&
	       change_at(svg, svg->n_changes)->verdict != DIFF_TOO_FEW)
		svg->n_changes++;
	svg->sides = take_ptr(joined.sides.data);
	svg->tree = joined.tree;
	joined.tree = (struct tree){};
	return 0;
}

void svg_diff_deinit(struct svg *svg)
{
	if (!svg->is_diff)
		return;
	diff_deinit(&svg->diff);
	diff_functions_deinit(&svg->changes);
	free(svg->sides);
	svg->sides = NULL;
}

/* Heading. */

static void write_side(const struct svg *svg, int side)
{
	const struct value_style samples = {.scale = 1, .noun = "samples"};
	const char *names = svg->diff.names[side];
	char text[VALUE_TEXT];

	fputs(side == DIFF_BASE ? "before: " : " \u2192 after: ", svg->out);
	svg_text(names, strlen(names), NAMES_POINTS, svg->out);
	value_print(&samples, svg->diff.totals[side] / svg->diff.samples[side] + 0.5, text);
	fprintf(svg->out, " (%s)", text);
}

static uint32_t write_swatches(const struct svg *svg, uint32_t x, char letter, int from, int to)
{
	for (int level = from;; level += from < to ? 1 : -1) {
		fprintf(svg->out,
			"<rect class=\"%c%d\" x=\"%u\" y=\"1\" width=\"12\" height=\"12\"/>",
			letter, level, x);
		x += 12;
		if (level == to)
			return x;
	}
}

static uint32_t write_word(const struct svg *svg, uint32_t x, const char *word)
{
	fprintf(svg->out, "<text x=\"%u\" y=\"11\">%s</text>", x, word);
	return x + 6 * strlen(word) + 8;
}

/* Which side is which, and what the colours say: the lines below the title. */
void svg_diff_heading_write(const struct svg *svg)
{
	bool is_judged = svg->diff.gate.is_judged;
	uint32_t x;

	fputs("<text class=\"q\" x=\"1%\" y=\"45\">", svg->out);
	write_side(svg, DIFF_BASE);
	write_side(svg, DIFF_NEW);
	fputs("</text>\n<svg class=\"q\" x=\"1%\" width=\"98%\" y=\"54\" height=\"18\">", svg->out);
	x = write_word(svg, 0, is_judged ? "faster" : "less");
	x = write_swatches(svg, x, 'm', DIFF_LEVELS, 1);
	x = write_swatches(svg, x, 'z', 0, 0);
	x = write_swatches(svg, x, 'p', 1, DIFF_LEVELS) + 6;
	x = write_word(svg, x, is_judged ? "slower: significant in the function's total" :
					   "more after");
	fprintf(svg->out,
		"<rect class=\"m5\" x=\"%u\" y=\"1.5\" width=\"20\" height=\"11\" "
		"stroke=\"currentColor\" stroke-dasharray=\"5 3\"/>", x);
	x = write_word(svg, x + 24, "gone");
	x = write_swatches(svg, x, 'z', 0, 0) + 5;
	x = write_word(svg, x, is_judged ? "not significant" : "too few to tell") + 8;
	write_word(svg, x, "deeper from 1.1, 1.5, 2 and 4 times on; as wide as the mean of before and after");
	fputs("</svg>\n", svg->out);
	/* What is too long for the picture fades out. */
	fputs("<rect x=\"96%\" width=\"4%\" y=\"30\" height=\"46\" fill=\"url(#fade)\"/>\n", svg->out);
}

/* " · CPU time by share", behind the title. */
void svg_diff_way_write(const struct svg *svg)
{
	fputs("<tspan class=\"s\" dx=\"8\">", svg->out);
	svg_text_cstr(svg->diff.what, 40, svg->out);
	fprintf(svg->out, " %s", diff_by_text(&svg->diff));
	if (svg->diff.gate.is_judged) {
		fputs(" \u00b7 gate: ", svg->out);
		svg_text_cstr(svg->diff.gate.verdict, 40, svg->out);
	}
	fputs("</tspan>", svg->out);
}

/* Boxes. */

void svg_diff_box(const struct svg *svg, uint32_t node, struct svg_diff_box *ret)
{
	struct diff_change change;

	compare_box(svg, node, true, &change);
	find_class(&change, ret->class);
	if (change.is_gone)
		strcat(ret->class, " x");
	ret->sign = change.verdict == DIFF_GROWN  ? "\u25b2 " :
		    change.verdict == DIFF_SHRUNK ? "\u25bc " :
						    "";
}

static void write_amounts(const struct svg *svg, const struct diff_change *change)
{
	char texts[DIFF_SIDES][DIFF_TEXT], difference[DIFF_TEXT], ratio[DIFF_TEXT];

	for (int side = 0; side < DIFF_SIDES; side++)
		diff_print_amount(&svg->diff, change->amounts[side], texts[side]);
	diff_print_change(&svg->diff, change->change, difference);
	diff_print_ratio(change, ratio);
	fprintf(svg->out, "%s \u2192 %s ", texts[DIFF_BASE], texts[DIFF_NEW]);
	svg_text_cstr(svg->diff.unit, sizeof(svg->diff.unit), svg->out);
	fprintf(svg->out, ", %s, %s%s%s", difference, ratio,
		change->verdict == DIFF_TOO_FEW ? ", " : "", diff_verdict_text(change));
}

/* What a gate says of a function, on a line of its own. */
static void write_judgement(const struct svg *svg, uint32_t node)
{
	const struct tree_node *box = &svg->tree.nodes.data[node];
	const char *name = strings_get(&svg->tree.labels, box->label);
	const struct diff_gated *found;

	if (!box->is_function)
		return;
	found = diff_gate_find(&svg->diff.gate, name, true);
	if (!found)
		return;
	if (found->is_renamed)
		fputs("\ngate: ", svg->out);
	else
		fprintf(svg->out, "\ngate: %s in total, wherever it is called: ",
			found->is_slower ? "slower" : "faster");
	svg_text_cstr(found->says, TITLE_POINTS, svg->out);
}

/* "15.00 → 70.00 %, +55.00, x4.67", and the same of self on the next line. */
void svg_diff_title_write(const struct svg *svg, uint32_t node)
{
	const struct diff_node *sides = &svg->sides[node];
	struct diff_change change;

	compare_box(svg, node, true, &change);
	write_amounts(svg, &change);
	if (sides->self[DIFF_BASE] || sides->self[DIFF_NEW]) {
		compare_box(svg, node, false, &change);
		fputs("\nself ", svg->out);
		write_amounts(svg, &change);
	}
	write_judgement(svg, node);
}

/* The largest changes. */

static void write_figure(const struct svg *svg, uint32_t x, const char *text)
{
	fprintf(svg->out, "<text class=\"e\" x=\"%u\">%s</text>", x, text);
}

void svg_diff_top_write(const struct svg *svg, size_t n)
{
	char unit[sizeof(svg->diff.unit) + 8];

	snprintf(unit, sizeof(unit), "%s",
		 svg->diff.by == DIFF_BY_SHARE ? "%" : svg->diff.unit);
	fputs("<g class=\"q\">", svg->out);
	write_figure(svg, 62, "before");
	write_figure(svg, 124, "after");
	write_figure(svg, 190, "change");
	write_figure(svg, 246, "ratio");
	fprintf(svg->out, "<text x=\"258\">%s, ",
		svg->diff.gate.is_judged ? "significant changes of total" :
					   "largest changes of self");
	svg_text_cstr(unit, sizeof(unit), svg->out);
	fputs("</text></g>\n", svg->out);
	for (size_t i = 0; i < n; i++) {
		const struct diff_function *item = function_at(svg, i);
		const struct diff_change *change = change_at(svg, i);
		const struct strings *labels = &svg->tree.labels;
		char text[DIFF_TEXT], class[3];

		find_class(change, class);
		fprintf(svg->out, "<g transform=\"translate(0 %zu)\">", (i + 1) * SVG_ROW);
		diff_print_amount(&svg->diff, change->amounts[DIFF_BASE], text);
		write_figure(svg, 62, text);
		diff_print_amount(&svg->diff, change->amounts[DIFF_NEW], text);
		write_figure(svg, 124, text);
		diff_print_change(&svg->diff, change->change, text);
		write_figure(svg, 190, text);
		diff_print_ratio(change, text);
		write_figure(svg, 246, text);
		fprintf(svg->out,
			"<rect class=\"%s\" x=\"258\" y=\"-11\" width=\"12\" height=\"14\"/>"
			"<text x=\"276\">", class);
		svg_text(strings_get(labels, item->function.label),
			 strings_length(labels, item->function.label), NAME_POINTS, svg->out);
		fputs("</text></g>\n", svg->out);
	}
}
