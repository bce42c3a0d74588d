// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What threads waited for, below the graph: a row for each class with its
 * colour, its time, and how long its waits were.
 */
#include <inttypes.h>
#include <string.h>

#include "report/svg.h"

enum {
	MOST = 14,	/* rows */
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
