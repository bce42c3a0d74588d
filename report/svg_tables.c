// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures below the graph: the functions with the largest self share, and
 * the quality strip, which says what the picture rests on and what is not in
 * it. Columns are in percent or few pixels, so that they hold from 400 px on.
 */
#include "report/svg.h"

#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/profile.h"

enum { NAME_POINTS = 140, CELLS = 6 };

static void write_module(const struct svg *svg, uint32_t module)
{
	const struct strings *strings = &svg->profile->strings;
	uint32_t path = svg->profile->modules.data[module].path;
	const char *text = strings_get(strings, path);
	size_t n = strings_length(strings, path);
	const char *slash = memrchr(text, '/', n);

	if (slash) {
		n -= slash + 1 - text;
		text = slash + 1;
	}
	fputs("<tspan class=\"q\" dx=\"10\">", svg->out);
	svg_text(text, n, 60, svg->out);
	fputs("</tspan>", svg->out);
}

static void write_function(const struct svg *svg, const struct function_total *item, size_t row)
{
	const char *name = strings_get(&svg->tree.labels, item->label);
	size_t length = strings_length(&svg->tree.labels, item->label);
	int64_t bar = item->self - (int64_t)((__int128)item->self * 9 / 25);
	char class[3];

	svg_palette_class(item->kind, name, length, class);
	fprintf(svg->out, "<g transform=\"translate(0 %zu)\"><text class=\"e\" x=\"56\">",
		(row + 1) * SVG_ROW);
	svg_percent(item->self, svg->whole, 2, false, svg->out);
	fputs("%</text><text class=\"e\" x=\"116\">", svg->out);
	svg_percent(item->total, svg->whole, 2, false, svg->out);
	/* A swatch, and behind the name a bar for the self share. All of it would be 64 % of the
	 * width, which is what 400 px leave beside the figures. */
	fprintf(svg->out,
		"%%</text><rect class=\"%s\" x=\"128\" y=\"-11\" width=\"12\" height=\"14\"/>"
		"<rect class=\"%s bar\" x=\"140\" y=\"-11\" height=\"14\" width=\"",
		class, class);
	svg_percent(bar, svg->whole, 2, true, svg->out);
	fputs("%\"/><text x=\"146\">", svg->out);
	svg_text(name, length, NAME_POINTS, svg->out);
	/* [MODULE+0x...] says it already. */
	if (item->module && name[0] != '[')
		write_module(svg, item->module);
	fputs("</text></g>\n", svg->out);
}

/* What was waited for, and by whom that was ended, is no function of what waits. */
bool svg_top_has(const struct function_total *item)
{
	return item->self > 0 && item->kind != FRAME_WAIT && item->kind != FRAME_WAKER;
}

void svg_top_write(const struct svg *svg, size_t n)
{
	if (svg->is_diff) {
		svg_diff_top_write(svg, n);
		return;
	}
	fprintf(svg->out,
		"<g class=\"q\"><text class=\"e\" x=\"56\">self</text>"
		"<text class=\"e\" x=\"116\">total</text><text x=\"128\">top functions%s</text></g>\n",
		svg->waits.rows.n ? " by self time on the CPU (total: with waits)" : "");
	for (size_t i = 0, row = 0; row < n; i++)
		if (svg_top_has(&svg->totals.items.data[i]))
			write_function(svg, &svg->totals.items.data[i], row++);
}

static void write_cell(const struct svg *svg, int cell, const char *label, size_t label_n,
		       const char *text, size_t n)
{
	fputs("<svg x=\"", svg->out);
	svg_percent(cell, CELLS, 2, true, svg->out);
	fputs("%\" width=\"16.6%\"><text class=\"q\" y=\"10\">", svg->out);
	svg_text(label, label_n, 20, svg->out);
	fputs("</text><text class=\"v\" y=\"28\">", svg->out);
	svg_text(text, n, 20, svg->out);
	fputs("</text></svg>\n", svg->out);
}

/* Figures of four digits and more are grouped, other words are left as they are. */
static void write_word(const struct svg *svg, int cell, const char *word, size_t equals, size_t n)
{
	static const struct value_style plain = {.scale = 1, .noun = ""};
	const char *text = word + equals + 1;
	char number[VALUE_TEXT];

	n -= equals + 1;
	if (n > 3 && n < 18 && strspn(text, "0123456789") == n) {
		value_print(&plain, strtoll(text, NULL, 10), number);
		text = number;
		n = strlen(number);
	}
	write_cell(svg, cell, word, equals, text, n);
}

static void write_number(const struct svg *svg, int cell, const char *label, int64_t number)
{
	static const struct value_style plain = {.scale = 1, .noun = ""};
	char text[VALUE_TEXT];

	value_print(&plain, number, text);
	write_cell(svg, cell, label, strlen(label), text, strlen(text));
}

/* The first words "key=value" of the quality line, one a cell. */
static int write_words(const struct svg *svg, const char *words, int cells)
{
	int cell = 0;

	while (cell < cells && *words) {
		size_t n = strcspn(words, " ");
		const char *equals = memchr(words, '=', n);

		if (equals)
			write_word(svg, cell++, words, equals - words, n);
		words += n;
		words += strspn(words, " ");
	}
	return cell;
}

void svg_quality_write(const struct svg *svg)
{
	const char *quality = profile_quality(svg->profile);
	uint32_t samples = value_samples(svg->profile);
	int cell = 0;

	if (quality && svg->one_recording) {
		cell = write_words(svg, quality, CELLS - 1);
	} else {
		if (samples < svg->profile->n_values)
			write_number(svg, cell++, "samples", value_sum(svg->profile, samples));
		write_number(svg, cell++, "stacks",
			     svg->profile->stacks.n ? svg->profile->stacks.n - 1 : 0);
		write_number(svg, cell++, "functions",
			     svg->is_diff ? svg->changes.items.n : svg->totals.items.n);
		write_number(svg, cell++, "depth", svg->tree.depth);
	}
	write_number(svg, cell, "not drawn", svg->layout.n_pruned);
}
