// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes that claim to be a name come in; out goes UTF-8 that is valid, has no
 * effect on a terminal, and takes no more columns than there are.
 */
#include "report/text.h"

#include <stdbool.h>

#include "base/utf8.h"

/* Columns of a code point in a terminal: 0 for what combines with the one before, 2 for the
 * wide scripts and pictographs of Unicode's East Asian Width. */
static size_t point_columns(uint32_t point)
{
	static const struct {
		uint32_t first, last;
		uint8_t columns;
	} ranges[] = {
		{0x0300, 0x036F, 0}, {0x1100, 0x115F, 2},   {0x200B, 0x200D, 0},
		{0x20D0, 0x20FF, 0}, {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},
		{0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},
		{0xFE30, 0xFE6F, 2}, {0xFEFF, 0xFEFF, 0},   {0xFF00, 0xFF60, 2},
		{0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1FAFF, 2}, {0x20000, 0x3FFFD, 2},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return ranges[i].columns;
	return 1;
}

static uint32_t next_safe(const char **p, const char *end)
{
	uint32_t point = utf8_next(p, end);

	return utf8_is_unsafe(point) ? 0xFFFD : point;
}

static void put_point(uint32_t point, FILE *out)
{
	char bytes[4];

	fwrite(bytes, 1, utf8_put(point, bytes), out);
}

size_t text_name_columns(const char *name, size_t length)
{
	const char *end = name + length;
	size_t columns = 0;

	while (name < end)
		columns += point_columns(next_safe(&name, end));
	return columns;
}

/* Writes code points up to a number of columns; returns the columns. */
static size_t write_columns(const char **name, const char *end, size_t max, FILE *out)
{
	size_t used = 0;

	while (*name < end) {
		const char *next = *name;
		uint32_t point = next_safe(&next, end);
		size_t width = point_columns(point);

		if (used + width > max)
			break;
		put_point(point, out);
		used += width;
		*name = next;
	}
	return used;
}

size_t text_write_name(const char *name, size_t length, size_t min, size_t max, FILE *out)
{
	const char *end = name + length;
	size_t columns = text_name_columns(name, length);
	size_t used = 0;

	if (columns > max && max) {
		/* The end of a long name tells more than its middle: "...>::push_back(...)". */
		size_t tail = (max - 1) * 2 / 5;

		used = write_columns(&name, end, max - 1 - tail, out);
		for (columns -= used; columns > tail;)
			columns -= point_columns(next_safe(&name, end));
		put_point(0x2026, out); /* an ellipsis */
		used++;
	}
	used += write_columns(&name, end, max - used, out);
	for (; used < min; used++)
		fputc(' ', out);
	return used;
}
