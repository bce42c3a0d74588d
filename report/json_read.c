// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A JSON file in, its values one by one out. It is anyone's: every byte is
 * checked before it is believed, and a claim costs nothing before its bytes
 * are there.
 */
#include "report/json_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read.h"
#include "base/utf8.h"
#include "report/format.h"

enum { WINDOW = 64 * 1024 };

int json_reader_init(struct json_reader *reader, int fd, uint64_t offset,
		     struct report_error *error)
{
	*reader = (struct json_reader){.fd = fd, .error = error, .offset = offset};
	reader->kind = "speedscope file";
	reader->buffer = malloc(WINDOW);
	return reader->buffer ? 0 : -ENOMEM;
}

void json_reader_deinit(struct json_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

int json_wrong(struct json_reader *reader, const char *what)
{
	report_error_set(reader->error, "is no %s, or damaged: %s at byte %llu", reader->kind,
			 what, (unsigned long long)json_reader_offset(reader));
	return -EINVAL;
}

static int json_cut(struct json_reader *reader)
{
	report_error_set(reader->error, "truncated after %llu bytes; is the file complete?",
			 (unsigned long long)json_reader_offset(reader));
	return -EINVAL;
}

/* The byte at hand, left in place: 0 to 255, or -ENODATA at the end. */
static int json_byte(struct json_reader *reader)
{
	ssize_t n;

	if (reader->at < reader->n)
		return reader->buffer[reader->at];
	reader->offset += reader->n;
	reader->at = reader->n = 0;
	n = read_full(reader->fd, reader->buffer, WINDOW, reader->offset);
	if (n < 0)
		return n;
	reader->n = n;
	/* Tells whoever watches how far the file was read, by whichever of two that read it. */
	if (lseek(reader->fd, 0, SEEK_CUR) < (off_t)(reader->offset + n))
		(void)lseek(reader->fd, reader->offset + n, SEEK_SET);
	return n ? reader->buffer[0] : -ENODATA;
}

/* The same within a value, which cannot end there. */
static int json_inner_byte(struct json_reader *reader)
{
	int byte = json_byte(reader);

	return byte == -ENODATA ? json_cut(reader) : byte;
}

static bool is_space(int byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

int json_peek(struct json_reader *reader)
{
	int byte;

	while (is_space(byte = json_byte(reader)))
		reader->at++;
	if (byte == 0)
		return json_wrong(reader, "a byte of value 0");
	return byte == -ENODATA ? 0 : byte;
}

int json_take(struct json_reader *reader, char expected)
{
	static const struct {
		char byte;
		const char *missing;
	} names[] = {{'{', "no object"}, {'[', "no array"}, {':', "no colon"}, {'"', "no string"}};
	int byte = json_peek(reader);

	if (byte == (unsigned char)expected) {
		reader->at++;
		return 0;
	}
	if (byte <= 0)
		return byte ? byte : json_cut(reader);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].byte == expected)
			return json_wrong(reader, names[i].missing);
	return json_wrong(reader, "something else than expected");
}

int json_next(struct json_reader *reader, char close, uint64_t *n)
{
	int byte = json_peek(reader);

	if (byte <= 0)
		return byte ? byte : json_cut(reader);
	if (byte == close) {
		reader->at++;
		return 0;
	}
	if (*n) {
		if (byte != ',')
			return json_wrong(reader, "no comma");
		reader->at++;
	}
	++*n;
	return 1;
}

static int add_point(struct json_text *text, uint32_t point)
{
	char bytes[4];

	return vec_append(text, bytes, utf8_put(point, bytes));
}

static int read_hex(struct json_reader *reader, uint32_t *ret)
{
	*ret = 0;
	for (int i = 0; i < 4; i++) {
		int byte = json_inner_byte(reader);
		int digit;

		if (byte < 0)
			return byte;
		if (byte >= '0' && byte <= '9')
			digit = byte - '0';
		else if ((byte | 32) >= 'a' && (byte | 32) <= 'f')
			digit = (byte | 32) - 'a' + 10;
		else
			return json_wrong(reader, "a bad \\u");
		*ret = *ret << 4 | digit;
		reader->at++;
	}
	return 0;
}

/* Behind "\u": one code point, of which the upper ones are written as two halves. A half alone
 * is none. */
static int read_point(struct json_reader *reader, struct json_text *text)
{
	uint32_t point, low;
	int err = read_hex(reader, &point);

	while (!err && point >= 0xD800 && point < 0xDC00) {
		if (json_inner_byte(reader) != '\\')
			break;
		reader->at++;
		if (json_inner_byte(reader) != 'u') {
			/* Another escape; its backslash is taken already. */
			err = add_point(text, 0xFFFD);
			return err ? err : 1;
		}
		reader->at++;
		err = read_hex(reader, &low);
		if (!err && low >= 0xDC00 && low < 0xE000)
			return add_point(text, 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00));
		if (!err)
			err = add_point(text, 0xFFFD);
		point = low;
	}
	if (point >= 0xD800 && point < 0xE000)
		point = 0xFFFD;
	return err ? err : add_point(text, point);
}

/* Behind a backslash. */
static int read_escape(struct json_reader *reader, struct json_text *text)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	int again = 1;

	while (again == 1) {
		int byte = json_inner_byte(reader);
		const char *letter = byte > 0 ? strchr(letters, byte) : NULL;

		if (byte < 0)
			return byte;
		if (byte != 'u' && !letter)
			return json_wrong(reader, "a bad escape");
		reader->at++;
		again = letter ? vec_push(text, meant[letter - letters]) : read_point(reader, text);
	}
	return again;
}

int json_read_string(struct json_reader *reader, struct json_text *text)
{
	int err = json_take(reader, '"');

	text->n = 0;
	while (!err) {
		int byte = json_inner_byte(reader);

		if (byte < 0)
			return byte;
		if (byte < ' ')
			return json_wrong(reader, "a control character in a string");
		if (text->n > JSON_MAX_STRING)
			return json_wrong(reader, "a string of more than 16 MiB");
		reader->at++;
		if (byte == '"') {
			err = vec_push(text, '\0');
			text->n -= !err;
			return err;
		}
		err = byte == '\\' ? read_escape(reader, text) : vec_push(text, (char)byte);
	}
	return err;
}

int json_read_key(struct json_reader *reader, struct json_text *text)
{
	int err = json_read_string(reader, text);

	return err ? err : json_take(reader, ':');
}

static bool is_digit(int byte)
{
	return byte >= '0' && byte <= '9';
}

/* A row of digits; those that do not fit are left off and counted in *exponent, as far as it
 * matters. */
static int read_digits(struct json_reader *reader, bool fraction, struct json_number *number)
{
	bool any = false;
	int byte;

	while (is_digit(byte = json_byte(reader))) {
		any = true;
		reader->at++;
		if (number->mantissa < 100000000000000000) {
			number->mantissa = number->mantissa * 10 + byte - '0';
			number->exponent -= fraction && number->exponent > -(1 << 20);
		} else if (!fraction && number->exponent < 1 << 20) {
			number->exponent++;
		}
	}
	if (byte < 0 && byte != -ENODATA)
		return byte;
	return any ? 0 : json_wrong(reader, "no number");
}

static int read_exponent(struct json_reader *reader, struct json_number *number)
{
	struct json_number exponent = {};
	bool negative;
	int err;

	if ((json_byte(reader) | 32) != 'e')
		return 0;
	reader->at++;
	negative = json_byte(reader) == '-';
	if (negative || json_byte(reader) == '+')
		reader->at++;
	err = read_digits(reader, false, &exponent);
	if (exponent.exponent || exponent.mantissa > 1 << 20)
		exponent.mantissa = 1 << 20;
	number->exponent += negative ? -exponent.mantissa : exponent.mantissa;
	return err;
}

int json_read_number(struct json_reader *reader, struct json_number *ret)
{
	bool negative;
	int err;

	*ret = (struct json_number){};
	err = json_peek(reader);
	if (err < 0)
		return err;
	negative = err == '-';
	reader->at += negative;
	err = read_digits(reader, false, ret);
	if (!err && json_byte(reader) == '.') {
		reader->at++;
		err = read_digits(reader, true, ret);
	}
	if (!err)
		err = read_exponent(reader, ret);
	if (negative)
		ret->mantissa = -ret->mantissa;
	return err;
}

bool json_number_index(struct json_number number, uint64_t max, uint64_t *ret)
{
	/* 12.0 and 1e3 are whole, too. */
	for (; number.exponent < 0 && number.mantissa && number.mantissa % 10 == 0;
	     number.exponent++)
		number.mantissa /= 10;
	for (; number.exponent > 0 && number.mantissa && number.mantissa < 100000000000000000;
	     number.exponent--)
		number.mantissa *= 10;
	if ((number.exponent && number.mantissa) || number.mantissa < 0 ||
	    (uint64_t)number.mantissa > max)
		return false;
	*ret = number.mantissa;
	return true;
}

int json_read_index(struct json_reader *reader, uint64_t max, uint64_t *ret)
{
	struct json_number number;
	int err = json_read_number(reader, &number);

	if (err)
		return err;
	return json_number_index(number, max, ret)
		       ? 0
		       : json_wrong(reader, "a number that is out of range");
}

/* What is skipped: which brackets are open, innermost last. */
struct nest {
	uint32_t depth;
	char close[JSON_MAX_DEPTH];
};

/* A string of which nothing is wanted. */
static int skip_string(struct json_reader *reader)
{
	int byte;

	reader->at++;
	while ((byte = json_inner_byte(reader)) >= 0) {
		reader->at++;
		if (byte == '"')
			return 0;
		if (byte == '\\') {
			byte = json_inner_byte(reader);
			reader->at += byte >= 0;
		}
		if (byte < 0)
			break;
	}
	return byte;
}

static int skip_one(struct json_reader *reader, struct nest *nest, int byte)
{
	if (byte == '"')
		return skip_string(reader);
	if (byte == '{' || byte == '[') {
		if (nest->depth == JSON_MAX_DEPTH)
			return json_wrong(reader, "nested deeper than 512 levels");
		nest->close[nest->depth++] = byte == '{' ? '}' : ']';
	} else if (byte == '}' || byte == ']') {
		if (!nest->depth || nest->close[--nest->depth] != byte)
			return json_wrong(reader, "brackets that do not match");
	} else if (!nest->depth && (byte == ',' || byte == ':')) {
		return json_wrong(reader, "no value");
	}
	reader->at++;
	return 0;
}

/* A word or number goes on to what can follow one. */
static int skip_word(struct json_reader *reader)
{
	int byte;

	while ((byte = json_byte(reader)) > ' ' && byte != ',' && byte != '}' && byte != ']' &&
	       byte != ':' && byte != '"')
		reader->at++;
	return byte < 0 && byte != -ENODATA ? byte : 0;
}

int json_read_truth(struct json_reader *reader, bool *ret)
{
	const char *word = "true";
	int byte = json_peek(reader);

	if (byte < 0)
		return byte;
	*ret = byte == 't';
	if (!*ret)
		word = "false";
	for (; *word; word++) {
		if (json_byte(reader) != *word)
			return json_wrong(reader, "neither true nor false");
		reader->at++;
	}
	return 0;
}

int json_skip(struct json_reader *reader)
{
	struct nest nest = {};
	int err;

	do {
		int byte = json_peek(reader);

		if (byte <= 0)
			return byte ? byte : json_cut(reader);
		if (strchr("{}[],:\"", byte))
			err = skip_one(reader, &nest, byte);
		else if (is_digit(byte) || byte == '-' || (byte >= 'a' && byte <= 'z'))
			err = skip_word(reader);
		else
			err = json_wrong(reader, "no value");
	} while (!err && nest.depth);
	return err;
}
