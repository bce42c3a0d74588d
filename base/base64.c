// SPDX-License-Identifier: GPL-2.0-or-later
/* Three bytes are four letters of six bits each. */
#include "base/base64.h"

#include <errno.h>
#include <string.h>

enum { LINE = 120 }; /* letters: a file with very long lines is no pleasure in an editor */

static const char letters_of[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Lines are whole groups. */
static void put_group_letters(struct base64_writer *writer, const unsigned char *bytes)
{
	uint32_t bits = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
	char *to = writer->line + writer->column;

	to[0] = letters_of[bits >> 18];
	to[1] = letters_of[bits >> 12 & 63];
	to[2] = letters_of[bits >> 6 & 63];
	to[3] = letters_of[bits & 63];
	writer->column += 4;
	if (writer->column < LINE)
		return;
	writer->line[LINE] = '\n';
	fwrite(writer->line, 1, LINE + 1, writer->out);
	writer->column = 0;
}

void base64_put(struct base64_writer *writer, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n && writer->n_rest) {
		writer->rest[writer->n_rest++] = *p++;
		n--;
		if (writer->n_rest < 3)
			continue;
		put_group_letters(writer, writer->rest);
		writer->n_rest = 0;
	}
	for (; n >= 3; n -= 3, p += 3)
		put_group_letters(writer, p);
	while (n--)
		writer->rest[writer->n_rest++] = *p++;
}

void base64_finish(struct base64_writer *writer)
{
	unsigned n = writer->n_rest;
	char *to = writer->line + writer->column;

	if (n) {
		memset(writer->rest + n, 0, 3 - n);
		to[0] = letters_of[writer->rest[0] >> 2];
		to[1] = letters_of[(writer->rest[0] << 4 | writer->rest[1] >> 4) & 63];
		to[2] = n == 2 ? letters_of[writer->rest[1] << 2 & 63] : '=';
		to[3] = '=';
		writer->column += 4;
		if (writer->column == LINE)
			writer->line[writer->column++] = '\n';
	}
	fwrite(writer->line, 1, writer->column, writer->out);
	writer->column = writer->n_rest = 0;
}

/* 0 to 63, or -1. */
static int value_of(char letter)
{
	if (letter >= 'A' && letter <= 'Z')
		return letter - 'A';
	if (letter >= 'a' && letter <= 'z')
		return letter - 'a' + 26;
	if (letter >= '0' && letter <= '9')
		return letter - '0' + 52;
	if (letter == '+')
		return 62;
	return letter == '/' ? 63 : -1;
}

static bool is_space(char letter)
{
	return letter == '\n' || letter == '\r' || letter == ' ' || letter == '\t';
}

/* Puts the bytes of a full group. */
static size_t put_group(struct base64_reader *reader, unsigned char *out)
{
	size_t n = 3 - reader->n_fill;

	for (size_t i = 0; i < n; i++)
		out[i] = reader->bits >> (16 - 8 * i);
	reader->bits = 0;
	reader->n_letters = 0;
	return n;
}

ptrdiff_t base64_take(struct base64_reader *reader, const char *letters, size_t n, void *ret)
{
	unsigned char *out = ret;

	for (size_t i = 0; i < n; i++) {
		int value = value_of(letters[i]);

		if (is_space(letters[i]))
			continue;
		if (letters[i] == '=' && reader->n_letters >= 2)
			reader->n_fill++;
		else if (value < 0 || reader->n_fill)
			return -EINVAL; /* nothing but '=' comes after one, and only in its group */
		reader->bits = reader->bits << 6 | (value < 0 ? 0 : value);
		if (++reader->n_letters == 4)
			out += put_group(reader, out);
	}
	return out - (unsigned char *)ret;
}

bool base64_is_complete(const struct base64_reader *reader)
{
	return !reader->n_letters;
}
