// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The layout comes in; out go the boxes of the graph. A row is a <g>, a box is
 * an <svg> in percent of the graph, which clips its own text, so that the
 * picture is right at any width without a script; where it is too narrow for
 * text, as most are, the <rect> alone, which a browser reads faster.
 */
#include "report/svg.h"

#include <inttypes.h>
#include <string.h>

#include "report/format.h"
#include "report/profile.h"

enum {
	TITLE_POINTS = 400, /* of a name or a module in a tooltip */
	TEXT_POINTS = 160,  /* of a name in its box */
};

/* "617 samples, 0.617 s, 12.34%" */
static void write_value(const struct svg *svg, int64_t value)
{
	char text[VALUE_TEXT];

	if (svg->style.per_sample) {
		struct value_style samples = {.scale = 1, .noun = "samples"};

		value_print(&samples, value / svg->style.per_sample, text);
		svg_text_cstr(text, VALUE_TEXT, svg->out);
		fputs(", ", svg->out);
	}
	value_print(&svg->style, value, text);
	svg_text_cstr(text, VALUE_TEXT, svg->out);
	fputs(", ", svg->out);
	svg_percent(value, svg->whole, 2, false, svg->out);
	fputc('%', svg->out);
}

/* "/src/work.c:12", with the line where the box has one alone. */
static void write_source(const struct svg *svg, const struct tree_node *node)
{
	const struct strings *strings = &svg->profile->strings;
	uint32_t file, line;

	tree_source(svg->profile, node, &file, &line);
	if (!file)
		return;
	fputc('\n', svg->out);
	svg_text(strings_get(strings, file), strings_length(strings, file), TITLE_POINTS, svg->out);
	if (line)
		fprintf(svg->out, ":%" PRIu32, line);
}

/* Name, figures and module on a line each; the script reads them from here. */
static void write_title(const struct svg *svg, uint32_t number)
{
	const struct tree_node *node = &svg->tree.nodes.data[number];
	const struct strings *labels = &svg->tree.labels;

	fputs("<title>", svg->out);
	svg_text(strings_get(labels, node->label), strings_length(labels, node->label),
		 TITLE_POINTS, svg->out);
	fputc('\n', svg->out);
	if (svg->is_diff)
		svg_diff_title_write(svg, number);
	else
		write_value(svg, node->total);
	if (node->self > 0 && !svg->is_diff) {
		fputs(", self ", svg->out);
		svg_percent(node->self, svg->whole, 2, false, svg->out);
		fputc('%', svg->out);
	}
	if (node->module) {
		const struct strings *strings = &svg->profile->strings;
		uint32_t path = svg->profile->modules.data[node->module].path;

		fputc('\n', svg->out);
		svg_text(strings_get(strings, path), strings_length(strings, path), TITLE_POINTS,
			 svg->out);
	}
	write_source(svg, node);
	fputs("</title>", svg->out);
}

/*
 * A name stands in the box from about 30 px on. Without a script only the
 * width of the picture decides: the classes b to d come with a media query.
 */
static const char *text_class(int64_t width, int64_t whole)
{
	/* per mille of the graph, and so the least picture: 400, 700, 1150, 2200 px */
	unsigned share = (unsigned __int128)width * 1000 / whole;

	if (share >= 80)
		return "<text>";
	if (share >= 43)
		return "<text class=\"b\">";
	if (share >= 26)
		return "<text class=\"c\">";
	if (share >= 14)
		return "<text class=\"d\">";
	return NULL;
}

/* As many letters as the box can hold in a picture of 3840 px, at 5.5 px each. */
static size_t text_points(int64_t width, int64_t whole)
{
	size_t points = (unsigned __int128)width * 700 / whole + 1;

	return points < TEXT_POINTS ? points : TEXT_POINTS;
}

static void write_text(const struct svg *svg, const char *sign, const char *name, size_t length,
		       int64_t width)
{
	const char *start = text_class(width, svg->whole);
	const char *end = name + length;

	if (!start)
		return;
	fputs(start, svg->out);
	fputs(sign, svg->out);
	/* Cut at the end, where the box does so too. */
	svg_text_head(name, end - name, text_points(width, svg->whole), svg->out);
	fputs("</text>", svg->out);
}

/* Kinds that are told by a mark at the left edge too, and not by their hue alone; the same paths
 * as in viewer/heading.js. */
static void write_mark(const struct svg *svg, const struct tree_node *node, int64_t width)
{
	static const char *const marks[] = {
		[FRAME_KERNEL] = "M0 0h3v17H0z",
		[FRAME_JIT] = "M0 1h3v3H0zm0 6h3v3H0zm0 6h3v3H0z",
		[FRAME_WAKER] = "M0 0h1v17H0zm2 0h1v17H2z",
		[FRAME_WAIT] = NULL,
	};

	/* It would hide a narrow box. */
	if (marks[node->kind] && text_class(width, svg->whole))
		fprintf(svg->out, "<path class=\"m\" d=\"%s\"/>", marks[node->kind]);
}

static void write_box(const struct svg *svg, uint32_t number)
{
	const struct tree_node *node = &svg->tree.nodes.data[number];
	const char *name = strings_get(&svg->tree.labels, node->label);
	size_t length = strings_length(&svg->tree.labels, node->label);
	int64_t left = svg->layout.left[number], width = svg->layout.width[number];
	bool has_text = text_class(width, svg->whole);
	const char *element = has_text ? "svg" : "rect";
	struct svg_diff_box box = {.sign = ""};

	if (svg->is_diff)
		svg_diff_box(svg, number, &box);
	else
		svg_palette_class(node->kind, name, length, box.class);
	fprintf(svg->out, "<%s class=\"%s\"", element, box.class);
	if (left) {
		fputs(" x=\"", svg->out);
		svg_percent(left, svg->whole, 5, true, svg->out);
		fputs("%\"", svg->out);
	}
	fputs(" width=\"", svg->out);
	svg_percent(width, svg->whole, 5, true, svg->out);
	fputs("%\">", svg->out);
	write_title(svg, number);
	if (has_text) {
		fputs("<rect/>", svg->out);
		write_mark(svg, node, width);
		write_text(svg, box.sign, name, length, width);
	}
	fprintf(svg->out, "</%s>\n", element);
}

void svg_boxes_write(const struct svg *svg)
{
	const struct svg_layout *layout = &svg->layout;

	for (uint32_t row = 0; row < layout->n_rows; row++) {
		uint32_t place = svg->options->inverted ? row : layout->n_rows - 1 - row;

		fprintf(svg->out, "<g transform=\"translate(0 %u)\">\n", place * SVG_ROW);
		for (uint32_t i = layout->row_start[row]; i < layout->row_start[row + 1]; i++)
			write_box(svg, layout->order[i]);
		fputs("</g>\n", svg->out);
	}
}
