// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of files and processes are anyone's: all but plain ASCII is written as numbers. */
#include "base/json.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static void write_point(FILE *out, uint32_t point)
{
	if (point == '"' || point == '\\')
		fprintf(out, "\\%c", (int)point);
	else if (point >= 0x20 && point < 0x7f)
		fputc((int)point, out);
	else if (point < 0x10000)
		fprintf(out, "\\u%04x", (unsigned int)point);
	else
		fprintf(out, "\\u%04x\\u%04x", (unsigned int)(0xd7c0 + (point >> 10)),
			(unsigned int)(0xdc00 | (point & 0x3ff)));
}

void json_write_string(FILE *out, const char *text)
{
	json_write_bytes(out, text, strlen(text));
}

void json_write_bytes(FILE *out, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	fputc('"', out);
	while (bytes < end)
		write_point(out, utf8_next(&bytes, end));
	fputc('"', out);
}
