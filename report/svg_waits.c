// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What threads waited for, below the graph: a row for each class with its
 * colour, its time, and how long its waits were; and one for each place of the
 * code where most of it was.
 */
#include <inttypes.h>
#include <string.h>

#include "report/profile.h"
#include "report/svg.h"

enum {
	MOST = 14,	/* rows */
	BUSY = 10,	/* of the places, those that are not idle */
	IDLE = 3,
	NAME_POINTS = 100,
	PLACE = 280,	/* where a place's code begins, in px; its class before that */
	CLASS = 144,
	FIGURES = 140,	/* where the columns begin, and how wide they are, in px */
	FIGURE = 72,
};

size_t svg_waits_rows(const struct svg *svg)
{
	return svg->waits.rows.n < MOST ? svg->waits.rows.n : MOST;
}

static void write_figure(const struct svg *svg, int column, const char *text)
{
	fprintf(svg->out, "<text class=\"e\" x=\"%d\">%s</text>", FIGURES + FIGURE * (column + 1),
		text);
}

static void write_row(const struct svg *svg, const struct waits_row *row)
{
	char name[WAITS_NAME], text[WAITS_TEXT], frame[WAIT_FRAME_NAME], class[3];

	wait_class_frame_name(row->class, false, frame);
	svg_palette_class(FRAME_WAIT, frame, strlen(frame), class);
	waits_print_name(row, name);
	fprintf(svg->out,
		"<rect class=\"%s\" y=\"-11\" width=\"12\" height=\"14\"/><text x=\"18\">%s</text>",
		class, name);
	waits_print_time(row->total_ns, text);
	write_figure(svg, 0, text);
	snprintf(text, sizeof(text), "%" PRIu64, row->n);
	write_figure(svg, 1, text);
	waits_print_time(waits_percentile(row, 0.5), text);
	write_figure(svg, 2, text);
	waits_print_time(waits_percentile(row, 0.99), text);
	write_figure(svg, 3, text);
	waits_print_time(row->longest_ns, text);
	write_figure(svg, 4, text);
	waits_print_time(waits_mean(row), text);
	write_figure(svg, 5, text);
	snprintf(text, sizeof(text), "%.1f%%", waits_runqueue_percent(row));
	write_figure(svg, 6, text);
}

void svg_waits_write(const struct svg *svg)
{
	static const char *const heads[] = {"total", "waits", "p50",	   "p99",
					    "max",   "mean",  "run queue"};
	size_t n = svg_waits_rows(svg);
	char sums[256];

	fputs("<g class=\"q\"><text>waits for</text>", svg->out);
	for (int i = 0; i < (int)(sizeof(heads) / sizeof(heads[0])); i++)
		write_figure(svg, i, heads[i]);
	fputs("</g>\n", svg->out);
	for (size_t i = 0; i < n; i++) {
		fprintf(svg->out, "<g transform=\"translate(0 %zu)\">", (i + 1) * SVG_ROW);
		write_row(svg, &svg->waits.rows.data[i]);
		fputs("</g>\n", svg->out);
	}
	waits_print_sums(&svg->waits.sums, sums, sizeof(sums));
	fprintf(svg->out, "<text class=\"q\" y=\"%zu\">%s</text>\n", (n + 1) * SVG_ROW, sums);
}

static bool is_shown(const struct waits_places *places, size_t i)
{
	return i < places->n_busy ? i < BUSY : i - places->n_busy < IDLE;
}

size_t svg_places_rows(const struct svg *svg)
{
	size_t n = 0;

	for (size_t i = 0; i < svg->places.items.n; i++)
		n += is_shown(&svg->places, i);
	return n;
}

static void write_words(const struct svg *svg, const char *before, const char *text)
{
	fputs(before, svg->out);
	svg_text_cstr(text, NAME_POINTS, svg->out);
	fputs("</tspan>", svg->out);
}

static void write_place(const struct svg *svg, const struct waits_place *place)
{
	const struct strings *strings = &svg->profile->strings;
	char text[WAITS_TEXT], frame[WAIT_FRAME_NAME], class[3];

	waits_print_time(place->total_ns, text);
	fprintf(svg->out, "<text class=\"e\" x=\"56\">%s</text><text class=\"e\" x=\"116\">", text);
	if (place->idle)
		fputs("idle", svg->out);
	else
		fprintf(svg->out, "%.1f%%",
			svg->places.busy_ns ? 100.0 * place->total_ns / svg->places.busy_ns : 0);
	wait_class_frame_name(place->class, false, frame);
	svg_palette_class(FRAME_WAIT, frame, strlen(frame), class);
	fprintf(svg->out,
		"</text><rect class=\"%s\" x=\"126\" y=\"-11\" width=\"12\" height=\"14\"/>"
		"<text x=\"%d\">%s</text><text x=\"%d\"><tspan>",
		class, CLASS, wait_class_name(place->class), PLACE);
	svg_text_cstr(waits_place_name(svg->profile, place), NAME_POINTS, svg->out);
	fputs("</tspan>", svg->out);
	if (place->caller)
		write_words(svg, "<tspan class=\"q\"> &lt; ", strings_get(strings, place->caller));
	if (svg->places.has_processes)
		write_words(svg, "<tspan class=\"q\" dx=\"10\">",
			    strings_get(strings, place->process));
	if (place->n_processes > 1)
		fprintf(svg->out, "<tspan class=\"q\"> and %" PRIu32 " more</tspan>",
			place->n_processes - 1);
	fputs("</text>", svg->out);
}

void svg_places_write(const struct svg *svg)
{
	size_t row = 0;

	fprintf(svg->out,
		"<g class=\"q\"><text class=\"e\" x=\"56\">total</text><text class=\"e\" "
		"x=\"116\">share</text><text x=\"126\">%s</text><text x=\"%d\">function &lt; "
		"caller</text></g>\n",
		waits_places_title(&svg->places), PLACE);
	for (size_t i = 0; i < svg->places.items.n; i++) {
		if (!is_shown(&svg->places, i))
			continue;
		fprintf(svg->out, "<g transform=\"translate(0 %zu)\">", ++row * SVG_ROW);
		write_place(svg, &svg->places.items.data[i]);
		fputs("</g>\n", svg->out);
	}
}
