// SPDX-License-Identifier: GPL-2.0-or-later
/* Three bytes are four letters of six bits each. */
#include "base/base64.h"

#include <errno.h>

enum { LINE = 120 }; /* letters: a file with very long lines is no pleasure in an editor */

static const char letters_of[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_letter(struct base64_writer *writer, char letter)
{
	putc_unlocked(letter, writer->out);
	if (++writer->column == LINE) {
		putc_unlocked('\n', writer->out);
		writer->column = 0;
	}
}

void base64_put(struct base64_writer *writer, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		writer->bits = writer->bits << 8 | p[i];
		writer->n_bits += 8;
		while (writer->n_bits >= 6) {
			writer->n_bits -= 6;
			put_letter(writer, letters_of[writer->bits >> writer->n_bits & 63]);
		}
	}
}

void base64_finish(struct base64_writer *writer)
{
	if (!writer->n_bits)
		return;
	put_letter(writer, letters_of[writer->bits << (6 - writer->n_bits) & 63]);
	for (unsigned i = writer->n_bits; i < 6; i += 2)
		put_letter(writer, '=');
	writer->n_bits = 0;
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
