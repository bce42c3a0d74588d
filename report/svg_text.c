// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and numbers come in; out goes text that an XML parser takes. */
#include "report/svg.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

static void put_point(uint32_t point, FILE *out)
{
	char bytes[4];

	switch (point) {
	case '<':
		fputs("&lt;", out);
		return;
	case '>':
		fputs("&gt;", out);
		return;
	case '&':
		fputs("&amp;", out);
		return;
	case '"':
		fputs("&quot;", out);
		return;
	}
	if (utf8_is_unsafe(point))
		point = 0xFFFD;
	fwrite(bytes, 1, utf8_put(point, bytes), out);
}

static size_t count_points(const char *text, const char *end)
{
	size_t n = 0;

	for (; text < end; n++)
		utf8_next(&text, end);
	return n;
}

/* As it is in the file: printable ASCII that means nothing to a parser. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '<' && c != '>' && c != '&' && c != '"';
}

/* Up to n code points, plain ones many at a time. */
static size_t put_points(const char **text, const char *end, size_t n, FILE *out)
{
	size_t done = 0;

	while (done < n && *text < end) {
		const char *start = *text;

		while (done < n && *text < end && is_plain(**text)) {
			++*text;
			done++;
		}
		if (*text > start)
			fwrite(start, 1, *text - start, out);
		if (done == n || *text == end)
			break;
		put_point(utf8_next(text, end), out);
		done++;
	}
	return done;
}

size_t svg_text(const char *text, size_t length, size_t max, FILE *out)
{
	const char *end = text + length;
	size_t n = length > max ? count_points(text, end) : 0;
	size_t head, tail;

	if (n <= max)
		return put_points(&text, end, max, out);
	tail = max / 3;
	head = max - 1 - tail;
	put_points(&text, end, head, out);
	for (size_t skip = n - head - tail; skip > 0; skip--)
		utf8_next(&text, end);
	put_point(0x2026, out); /* an ellipsis */
	put_points(&text, end, tail, out);
	return max;
}

void svg_text_head(const char *text, size_t length, size_t max, FILE *out)
{
	const char *end = text + length;

	put_points(&text, end, max, out);
}

size_t svg_text_cstr(const char *text, size_t max, FILE *out)
{
	return svg_text(text, strlen(text), max, out);
}

void svg_percent(int64_t part, int64_t whole, int decimals, bool trim, FILE *out)
{
	unsigned __int128 scaled = part > 0 ? part : 0;
	uint64_t unit = 1;
	uint64_t value, rest;

	for (int i = 0; i < decimals; i++)
		unit *= 10;
	scaled = whole > 0 ? (scaled * 100 * unit + whole / 2) / whole : 0;
	value = scaled / unit;
	rest = scaled % unit;
	for (; trim && decimals && rest % 10 == 0; decimals--)
		rest /= 10;
	fprintf(out, "%" PRIu64, value);
	if (decimals)
		fprintf(out, ".%0*" PRIu64, decimals, rest);
}
