// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames come in; lines of text are collected, and written when there are
 * many. Each write of text makes room first, for what can be told before.
 */
#include "profiler/address_output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "profiler/message.h"

enum {
	ENOUGH = 64 * 1024, /* bytes that are worth a write(2) */
	MARKS = 64,	    /* room for what stands around one name: numbers, " (inlined by) " */
};

/* Of 8 bytes at a time: the lowest and the highest bit of each. */
#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS (EACH_BYTE << 7)

void address_output_deinit(struct address_output *output)
{
	vec_deinit(&output->text);
}

/* What is below ' ' borrows from its highest bit; above '~' that bit is set, or comes by adding
 * 1. A byte that is told wrong by a carry has one beside it that is told right. */
static bool is_plain(const char *text, size_t n)
{
	uint64_t found = 0, word;

	for (; n >= sizeof(word); n -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		found |= (word - EACH_BYTE * ' ') | (word + EACH_BYTE) | word;
	}
	for (; n; n--, text++)
		if (*text < ' ' || *text > '~')
			return false;
	return !(found & HIGH_BITS);
}

/* There is room. */
static void add(struct address_output *output, const char *text, size_t n)
{
	memcpy(output->text.data + output->text.n, text, n);
	output->text.n += n;
}

#define ADD(output, literal) add((output), (literal), sizeof(literal) - 1)

/* The same few names come again and again: they are looked through once. */
static const struct address_output_name *known_name(struct address_output *output,
						    const char *text)
{
	size_t number = hash_u64((uintptr_t)text) % ADDRESS_OUTPUT_NAMES;
	struct address_output_name *name = &output->names[number];

	if (name->text != text) {
		name->text = text;
		name->n = strlen(text);
		name->is_plain = is_plain(text, name->n);
	}
	return name;
}

/* A name is whatever someone wrote into a file; a line must stay one line. Leaves room for marks. */
static int add_name(struct address_output *output, const struct address_output_name *name,
		    const char *text, size_t n)
{
	if (vec_reserve(&output->text, output->text.n + n + MARKS))
		return -ENOMEM;
	if (name->is_plain) {
		add(output, text, n);
		return 0;
	}
	memcpy(output->text.data + output->text.n, text, n + 1);
	output->text.n += message_clean(output->text.data + output->text.n);
	return 0;
}

/* Eight digits, the first one in the lowest byte. */
static uint64_t hex_digits(uint32_t value)
{
	uint64_t digits = value, letters;

	digits = (digits << 32 | digits >> 16) & UINT64_C(0x0000ffff0000ffff);
	digits = (digits << 16 | digits >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	digits = (digits << 8 | digits >> 4) & (EACH_BYTE * 15);
	letters = (digits + EACH_BYTE * 6) >> 4 & EACH_BYTE;
	return digits + EACH_BYTE * '0' + letters * ('a' - '0' - 10);
}

/* There is room, as in the next. */
static void add_hex(struct address_output *output, uint64_t value)
{
	const uint64_t digits[] = {hex_digits((uint32_t)(value >> 32)), hex_digits((uint32_t)value)};

	add(output, (const char *)digits, sizeof(digits));
}

static void add_decimal(struct address_output *output, uint32_t value)
{
	char digits[10];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	add(output, digits + at, sizeof(digits) - at);
}

static int add_place(struct address_output *output, const struct symbol_frame *frame)
{
	const char *file = frame->file ? frame->file : "??";
	const struct address_output_name *name = known_name(output, file);
	const char *slash = output->options->basenames ? strrchr(file, '/') : NULL;
	const char *from = slash ? slash + 1 : file;
	int err = add_name(output, name, from, name->n - (from - file));

	if (err)
		return err;
	ADD(output, ":");
	if (frame->line)
		add_decimal(output, frame->line);
	else
		ADD(output, "?");
	ADD(output, "\n");
	return 0;
}

static int add_function(struct address_output *output, const char *text)
{
	const struct address_output_name *name = known_name(output, text ? text : "??");
	int err = add_name(output, name, name->text, name->n);

	if (err)
		return err;
	if (output->options->pretty)
		ADD(output, " at ");
	else
		ADD(output, "\n");
	return 0;
}

static void add_unknown(struct address_output *output)
{
	if (output->options->functions)
		add(output, output->options->pretty ? "?? " : "??\n", 3);
	ADD(output, "??:0\n");
}

static int add_frames(struct address_output *output, const struct symbol_frame *frames, size_t n)
{
	const struct symbolize_options *options = output->options;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const struct symbol_frame *frame = &frames[i];

		if (i && options->pretty)
			ADD(output, " (inlined by) ");
		if (options->functions)
			err = add_function(output,
					   options->demangle ? frame->name : frame->system_name);
		if (!err)
			err = add_place(output, frame);
	}
	return err;
}

static int write_text(struct address_output *output)
{
	size_t n = output->text.n;

	output->text.n = 0;
	if (!n || fwrite_unlocked(output->text.data, 1, n, stdout) == n)
		return 0;
	output->write_error = errno;
	return -EPIPE;
}

int address_output_add(struct address_output *output, uint64_t address,
		       const struct symbol_frame *frames, size_t n)
{
	const struct symbolize_options *options = output->options;
	int err = 0;

	if (vec_reserve(&output->text, output->text.n + MARKS))
		return -ENOMEM;
	if (options->with_addresses) {
		ADD(output, "0x");
		add_hex(output, address);
		if (options->pretty)
			ADD(output, ": ");
		else
			ADD(output, "\n");
	}
	if (n == 1 && !frames->name && !frames->file)
		add_unknown(output);
	else
		err = add_frames(output, frames, options->inlines ? n : 1);
	return err || output->text.n < ENOUGH ? err : write_text(output);
}

int address_output_flush(struct address_output *output)
{
	int err = write_text(output);

	if (err || !fflush(stdout))
		return err;
	output->write_error = errno;
	return -EPIPE;
}
