// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and comments come in, whatever their bytes; out goes text that Markdown shows as it is. */
#include "report/markdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* The code points of a text, the middle of a long one left out. */
struct points {
	const char *at, *end;
	size_t n, tail; /* how many are left, and how many of them stand behind what is left out */
	size_t skip;
};

static void points_init(struct points *points, const char *text, size_t length, size_t max)
{
	const char *p = text;
	size_t n = 0;

	*points = (struct points){.at = text, .end = text + length};
	while (p < points->end) {
		utf8_next(&p, points->end);
		n++;
	}
	points->n = n;
	if (n <= max)
		return;
	points->n = max;
	points->tail = max / 3;
	points->skip = n - (max - 1);
}

static bool points_next(struct points *points, uint32_t *ret)
{
	if (!points->n)
		return false;
	if (points->n == points->tail + 1 && points->skip) {
		for (; points->skip; points->skip--)
			utf8_next(&points->at, points->end);
		*ret = 0x2026; /* an ellipsis */
	} else {
		*ret = utf8_next(&points->at, points->end);
		if (utf8_is_unsafe(*ret))
			*ret = 0xFFFD;
	}
	points->n--;
	return true;
}

static void put_point(uint32_t point, FILE *out)
{
	char bytes[4];

	fwrite(bytes, 1, utf8_put(point, bytes), out);
}

/* The longest row of backticks decides how many it takes to enclose it. */
static size_t longest_row(struct points points)
{
	size_t longest = 0, row = 0;
	uint32_t point;

	while (points_next(&points, &point)) {
		row = point == '`' ? row + 1 : 0;
		if (row > longest)
			longest = row;
	}
	return longest;
}

static void put_backticks(size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		fputc('`', out);
}

void markdown_code(const char *text, size_t n, size_t max, FILE *out)
{
	struct points points;
	size_t fence, backslashes = 0;
	uint32_t point;

	points_init(&points, text, n, max);
	fence = longest_row(points) + 1;
	put_backticks(fence, out);
	/* A blank on either side is taken away again, and parts the text from the fence. */
	if (fence > 1 || (n && (text[0] == ' ' || text[n - 1] == ' ')) || !n)
		fputc(' ', out);
	while (points_next(&points, &point)) {
		/* In a table, a backslash makes a bar part of the cell, also within code; one
		 * that another takes for itself does not. */
		if (point == '|')
			fputs(backslashes % 2 ? "\\\\" : "\\", out);
		backslashes = point == '\\' ? backslashes + 1 : 0;
		put_point(point, out);
	}
	if (fence > 1 || (n && (text[0] == ' ' || text[n - 1] == ' ')) || !n)
		fputc(' ', out);
	put_backticks(fence, out);
}

void markdown_prose(const char *text, size_t n, size_t max, FILE *out)
{
	struct points points;
	uint32_t point;

	points_init(&points, text, n, max);
	while (points_next(&points, &point)) {
		if (point == '<')
			fputs("&lt;", out);
		else if (point == '&')
			fputs("&amp;", out);
		else if (point == '@')
			fputs("@<!-- -->", out); /* or it would call whoever has that name */
		else if (point < 0x80 && strchr("\\`*_[]>|~#", (int)point))
			fprintf(out, "\\%c", (int)point);
		else
			put_point(point, out);
	}
}
