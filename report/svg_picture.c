// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree, the totals and the places of boxes come in; out goes the picture
 * as one <svg> element, without its end tag: heading, graph, top functions, waits,
 * quality strip and notes. It is right at any width without a script.
 */
#include "report/svg.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "report/embedded_cut.h"
#include "report/format.h"
#include "report/profile.h"
#include "report/refine.h"
#include "report/viewer.h"

/* px. The picture from top to bottom: heading, graph, functions, quality, notes. */
enum {
	PICTURE_WIDTH = 1200, /* where something asks for a size: an <img> without one */
	HEADING = 78,
	GAP = 30,
	TOP_FUNCTIONS = 10,
	QUALITY = 46,
	NOTE = 17,
	NOTES_MAX = 8,
	NOTE_POINTS = 400,
};

struct heights {
	uint32_t graph, top, waits, places, quality, notes, all; /* where each begins, and the end */
	size_t n_top, n_notes;
};

static void write_style(const struct svg *svg)
{
	fputs("<style><![CDATA[\n", svg->out);
	fwrite(viewer_css, 1, viewer_css_size, svg->out);
	if (svg->is_diff)
		svg_diff_palette_write(svg);
	else
		svg_palette_write(svg);
	/* Fills what it is shown in, while the attribute still tells an <img> a size. */
	if (!svg->options->width)
		fputs("@media screen{:root{width:100%}}\n", svg->out);
	fputs("]]></style>\n", svg->out);
}

static void write_subtitle(const struct svg *svg)
{
	uint64_t centiseconds = svg->profile->duration_ns / 10000000 +
				(svg->profile->duration_ns % 10000000 >= 5000000);
	char text[VALUE_TEXT];

	fputs("<text class=\"q\" x=\"1%\" y=\"45\">", svg->out);
	if (strcmp(svg->style.title, svg->style.noun)) {
		svg_text_cstr(svg->style.title, 40, svg->out);
		fputc(' ', svg->out);
	}
	value_print(&svg->style, svg->whole, text);
	svg_text_cstr(text, VALUE_TEXT, svg->out);
	if (svg->style.per_sample) {
		struct value_style samples = {.scale = 1, .noun = "samples"};

		value_print(&samples, svg->whole / svg->style.per_sample, text);
		fprintf(svg->out, " in %s", text);
	}
	if (centiseconds)
		fprintf(svg->out, " · %" PRIu64 ".%02" PRIu64 " s recorded", centiseconds / 100,
			centiseconds % 100);
	if (value_comment_count(svg->profile, REFINE_IDLE) == 1) {
		fputs(" · " REFINE_IDLE ": ", svg->out);
		svg_text_cstr(value_comment(svg->profile, REFINE_IDLE), VALUE_TEXT, svg->out);
	}
	fputs("</text>\n", svg->out);
}

static uint32_t write_swatch(const struct svg *svg, uint32_t x, const char *class, const char *name)
{
	fprintf(svg->out,
		"<rect class=\"%s\" x=\"%u\" y=\"1\" width=\"12\" height=\"12\" rx=\"2\"/>"
		"<text x=\"%u\" y=\"11\">%s</text>",
		class, x, x + 16, name);
	return x + 16 + 13 * strlen(name) / 2 + 9;
}

/* Swatches of the kinds in the picture, of waits one for each sort; there is none to explain when
 * all are one. */
static void write_legend(const struct svg *svg)
{
	bool kinds[FRAME_WAIT + 1] = {};
	uint32_t waits = 0;
	uint32_t x = 0;
	const char *name;
	char class[3];

	for (uint32_t i = 1; i < svg->layout.n_boxes; i++) {
		const struct tree_node *node = &svg->tree.nodes.data[svg->layout.order[i]];

		kinds[node->kind] = true;
		if (node->kind == FRAME_WAIT)
			waits |= 1U << svg_palette_wait_shade(
					 strings_get(&svg->tree.labels, node->label),
					 strings_length(&svg->tree.labels, node->label));
	}
	fputs("<svg class=\"q\" x=\"1%\" width=\"98%\" y=\"54\" height=\"18\">", svg->out);
	for (uint8_t kind = FRAME_ROOT; kind < FRAME_WAIT; kind++) {
		svg_palette_class(kind, "", 0, class);
		if (kinds[kind])
			x = write_swatch(svg, x, class, svg_palette_kind_name(kind));
	}
	for (unsigned shade = 0; (name = svg_palette_wait_name(shade)); shade++) {
		svg_palette_wait_class(shade, class);
		if (waits >> shade & 1)
			x = write_swatch(svg, x, class, name);
	}
	fputs("</svg>\n", svg->out);
}

static void write_heading(const struct svg *svg, const char *title)
{
	fputs("<text class=\"h\" x=\"1%\" y=\"25\">", svg->out);
	svg_text_cstr(title, SVG_TITLE_POINTS, svg->out);
	if (svg->is_diff)
		svg_diff_way_write(svg);
	fputs("</text>\n", svg->out);
	if (svg->is_diff) {
		svg_diff_heading_write(svg);
		return;
	}
	write_subtitle(svg);
	write_legend(svg);
}

static void write_graph(const struct svg *svg, const struct heights *heights)
{
	fprintf(svg->out,
		"<svg id=\"graph\" x=\"1%%\" width=\"98%%\" y=\"%u\" height=\"%u\">"
		"<svg id=\"boxes\">\n",
		heights->graph, svg->layout.n_rows * SVG_ROW);
	svg_boxes_write(svg);
	fputs("</svg></svg>\n", svg->out);
	if (!svg->layout.n_boxes)
		fprintf(svg->out, "<text x=\"1%%\" y=\"%u\">There are no samples.</text>\n",
			heights->graph + 12);
}

/* What is known of the recording in words, a line each: comments, and what was left out. */
static bool is_note(const struct svg *svg, size_t i)
{
	const struct profile *profile = svg->profile;
	const char *text = strings_get(&profile->strings, profile->comments.data[i]);

	if (svg->is_diff)
		return !diff_is_for_programs(text);
	if (!strncmp(text, REFINE_IDLE ": ", strlen(REFINE_IDLE ": ")))
		return value_comment_count(profile, REFINE_IDLE) != 1;
	return !svg->one_recording ||
	       (strncmp(text, "title: ", 7) && strncmp(text, "quality: ", 9));
}

static size_t count_notes(const struct svg *svg)
{
	size_t n = 0;

	for (size_t i = 0; i < svg->profile->comments.n; i++)
		n += is_note(svg, i);
	return (n < NOTES_MAX ? n : NOTES_MAX) + (svg->layout.n_pruned > 0) +
	       (svg->embedded.cut[0] != '\0') + (svg->profile->time_ns > 0);
}

static uint32_t begin_note(const struct svg *svg, uint32_t y)
{
	fprintf(svg->out, "<text y=\"%u\">", y);
	return y + NOTE;
}

static void write_start(const struct svg *svg)
{
	time_t start = svg->profile->time_ns / 1000000000;
	char text[64];
	struct tm tm;

	if (gmtime_r(&start, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		fprintf(svg->out, "recorded from %s", text);
}

static void write_notes(const struct svg *svg)
{
	uint32_t y = 11;
	size_t left = NOTES_MAX;

	if (svg->layout.n_pruned) {
		y = begin_note(svg, y);
		fprintf(svg->out, "not drawn: %" PRIu64 " %s of under ", svg->layout.n_pruned,
			svg->layout.n_pruned == 1 ? "frame" : "frames");
		svg_percent(1, svg->layout.least_share, 4, true, svg->out);
		fputs("% each, in all ", svg->out);
		svg_percent(svg->layout.pruned, svg->whole, 2, false, svg->out);
		fputs("%</text>\n", svg->out);
	}
	if (svg->embedded.cut[0]) {
		y = begin_note(svg, y);
		fputs(EMBEDDED_CUT_COMMENT, svg->out);
		svg_text_cstr(svg->embedded.cut, NOTE_POINTS, svg->out);
		fputs("</text>\n", svg->out);
	}
	if (svg->profile->time_ns) {
		y = begin_note(svg, y);
		write_start(svg);
		fputs("</text>\n", svg->out);
	}
	for (size_t i = 0; i < svg->profile->comments.n && left; i++) {
		uint32_t comment = svg->profile->comments.data[i];

		if (!is_note(svg, i))
			continue;
		y = begin_note(svg, y);
		svg_text(strings_get(&svg->profile->strings, comment),
			 strings_length(&svg->profile->strings, comment), NOTE_POINTS, svg->out);
		fputs("</text>\n", svg->out);
		left--;
	}
}

static void begin_block(const struct svg *svg, uint32_t y, const char *class)
{
	fprintf(svg->out, "<svg%s x=\"1%%\" width=\"98%%\" y=\"%u\">\n", class, y);
}

static void write_below(const struct svg *svg, const struct heights *heights)
{
	if (heights->n_top) {
		begin_block(svg, heights->top, " class=\"t\"");
		fputs("<g transform=\"translate(0 11)\">\n", svg->out);
		svg_top_write(svg, heights->n_top);
		fputs("</g></svg>\n", svg->out);
	}
	if (svg->waits.rows.n) {
		begin_block(svg, heights->waits, " class=\"t\"");
		fputs("<g transform=\"translate(0 11)\">\n", svg->out);
		svg_waits_write(svg);
		fputs("</g></svg>\n", svg->out);
	}
	if (svg->places.items.n) {
		begin_block(svg, heights->places, " class=\"t\"");
		fputs("<g transform=\"translate(0 11)\">\n", svg->out);
		svg_places_write(svg);
		fputs("</g></svg>\n", svg->out);
	}
	begin_block(svg, heights->quality, "");
	svg_quality_write(svg);
	fputs("</svg>\n", svg->out);
	begin_block(svg, heights->notes, " class=\"q\"");
	write_notes(svg);
	fputs("</svg>\n", svg->out);
	/* What is too long for the picture fades out instead of being cut through a letter. */
	fprintf(svg->out,
		"<rect x=\"96%%\" width=\"3%%\" y=\"%u\" height=\"%u\" fill=\"url(#fade)\"/>"
		"<rect class=\"bg\" x=\"99%%\" width=\"1%%\" y=\"%u\" height=\"%u\"/>\n",
		heights->top, heights->all - heights->top, heights->top,
		heights->all - heights->top);
}

static size_t count_top(const struct svg *svg)
{
	size_t n = 0;

	if (svg->is_diff)
		return svg->n_changes < TOP_FUNCTIONS ? svg->n_changes : TOP_FUNCTIONS;
	for (size_t i = 0; i < svg->totals.items.n && n < TOP_FUNCTIONS; i++)
		n += svg_top_has(&svg->totals.items.data[i]);
	return n;
}

static struct heights find_heights(const struct svg *svg)
{
	struct heights heights = {.graph = HEADING};

	heights.n_top = count_top(svg);
	heights.n_notes = count_notes(svg);
	heights.top = heights.graph + svg->layout.n_rows * SVG_ROW + GAP;
	heights.waits = heights.top;
	if (heights.n_top)
		heights.waits += (heights.n_top + 1) * SVG_ROW + GAP / 2;
	heights.places = heights.waits;
	if (svg->waits.rows.n)
		heights.places += (svg_waits_rows(svg) + 2) * SVG_ROW + GAP / 2;
	heights.quality = heights.places;
	if (svg->places.items.n)
		heights.quality += (svg_places_rows(svg) + 1) * SVG_ROW + GAP / 2;
	heights.notes = heights.quality + QUALITY;
	heights.all = heights.notes + heights.n_notes * NOTE + GAP / 2;
	return heights;
}

void svg_picture_write(const struct svg *svg, bool is_document)
{
	const char *title = value_report_title(svg->profile, svg->options);
	struct heights heights = find_heights(svg);

	fprintf(svg->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\">\n<title>",
		svg->options->width ?: PICTURE_WIDTH, heights.all);
	svg_text_cstr(title, SVG_TITLE_POINTS, svg->out);
	fputs("</title>\n", svg->out);
	if (is_document) {
		fputs("<script id=\"waiting\"><![CDATA[\n", svg->out);
		fwrite(waiting_js, 1, waiting_js_size, svg->out);
		fputs("]]></script>\n", svg->out);
	}
	write_style(svg);
	fputs("<defs><linearGradient id=\"fade\"><stop stop-opacity=\"0\"/><stop offset=\"1\"/>"
	      "</linearGradient></defs>\n"
	      "<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n",
	      svg->out);
	write_heading(svg, title);
	fputs("<g id=\"below\">\n", svg->out);
	write_graph(svg, &heights);
	write_below(svg, &heights);
	fputs("</g>\n", svg->out);
}

void svg_data_write(const struct svg *svg, const char *element)
{
	const struct report_options *options = svg->options;
	const struct {
		const char *name;
		bool is_set;
	} flags[] = {
		{"inverted", options->inverted},   {"per-pid", options->per_pid},
		{"threads", options->threads},	   {"no-inlines", options->no_inlines},
		{"show-idle", options->show_idle}, {"lines", options->lines},
	};

	fprintf(svg->out, "<%s", element);
	if (options->title) {
		fputs(" data-title=\"", svg->out);
		svg_text_cstr(options->title, SVG_TITLE_POINTS, svg->out);
		fputc('"', svg->out);
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (flags[i].is_set)
			fprintf(svg->out, " data-%s=\"\"", flags[i].name);
	fputs(EMBEDDED_MARK "\n", svg->out);
	embedded_write(&svg->embedded, svg->out);
	/* The element's name without its attributes. */
	fprintf(svg->out, "</%.*s>\n", (int)strcspn(element, " "), element);
}

void svg_deinit(struct svg *svg)
{
	svg_diff_deinit(svg);
	waits_places_deinit(&svg->places);
	waits_deinit(&svg->waits);
	embedded_deinit(&svg->embedded);
	svg_layout_deinit(&svg->layout);
	function_totals_deinit(&svg->totals);
	tree_deinit(&svg->tree);
}

int svg_init(struct svg *svg, const struct profile *profile, const struct report_options *options,
	     FILE *out)
{
	uint32_t value = profile->default_value;
	int err;

	*svg = (struct svg){.profile = profile, .options = options, .out = out};
	if (diff_is(profile))
		err = svg_diff_init(svg);
	else
		err = tree_init_visible(&svg->tree, &svg->totals, profile, options, value,
					SVG_LEAST_SHARE);
	if (!err)
		err = svg_layout_init(&svg->layout, &svg->tree);
	if (!err)
		err = waits_init(&svg->waits, profile);
	if (!err)
		err = waits_places_init(&svg->places, profile);
	if (!err)
		err = embedded_init(&svg->embedded, profile, EMBEDDED_MAX);
	if (err) {
		svg_deinit(svg);
		return err;
	}
	value_style_init_shown(&svg->style, profile, value);
	svg->whole = svg->tree.nodes.data[0].total;
	svg->one_recording = value_comment_count(profile, "quality") <= 1 &&
			     value_comment_count(profile, "title") <= 1;
	return 0;
}
