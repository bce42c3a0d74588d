// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads addresses as text. A line is taken byte by byte as it comes, so that
 * one of a gigabyte takes no more memory than another.
 */
#include "profiler/address_input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

enum { READ_SIZE = 64 * 1024, NS_PER_MS = 1000000 };

/* Digits + 1, by byte; 0: it is none. */
static const unsigned char digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,	['6'] = 7,  ['7'] = 8,
	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static void take_digit(struct text_address *address, int digit)
{
	address->given = true;
	address->value = address->value >> 60 ? UINT64_MAX : address->value << 4 | (uint64_t)digit;
}

static void take_other_byte(struct address_line *line, char byte, int digit)
{
	if (line->state == LINE_REST)
		return;
	if (line->state == LINE_BLANK && (byte == ' ' || (byte >= '\t' && byte <= '\r')))
		return;
	if (line->state == LINE_ZERO && (byte == 'x' || byte == 'X')) {
		line->state = LINE_DIGITS;
		return;
	}
	if (digit < 0) {
		line->state = LINE_REST;
		return;
	}
	line->state = line->state == LINE_BLANK && !digit ? LINE_ZERO : LINE_DIGITS;
	take_digit(&line->address, digit);
}

static void take_byte(struct address_line *line, char byte)
{
	int digit = digits[(unsigned char)byte] - 1;

	line->begun = true;
	if (line->state == LINE_DIGITS && digit >= 0)
		take_digit(&line->address, digit);
	else
		take_other_byte(line, byte, digit);
}

/* Those that come next; how many there are. */
static size_t take_digits(struct text_address *address, const char *bytes, size_t n)
{
	uint64_t value = address->value;
	size_t i = 0;

	for (; i < n && digits[(unsigned char)bytes[i]]; i++)
		value = value >> 60 ? UINT64_MAX :
				      value << 4 | (digits[(unsigned char)bytes[i]] - 1u);
	address->value = value;
	address->given |= i > 0;
	return i;
}

struct text_address address_from_text(const char *text)
{
	struct address_line line = {0};

	for (; *text; text++)
		take_byte(&line, *text);
	return line.address;
}

static int end_line(struct address_line *line, struct text_addresses *ret)
{
	struct text_address address = line->address;

	*line = (struct address_line){0};
	return vec_push(ret, address);
}

static int take_bytes(struct address_input *input, const char *bytes, size_t n,
		      struct text_addresses *ret)
{
	for (size_t i = 0; i < n; i++) {
		/* Nearly all bytes are digits after the first. */
		if (input->line.state == LINE_DIGITS)
			i += take_digits(&input->line.address, bytes + i, n - i);
		if (i == n)
			break;
		if (bytes[i] != '\n')
			take_byte(&input->line, bytes[i]);
		else if (end_line(&input->line, ret))
			return -ENOMEM;
	}
	return 0;
}

/* True if there is something to read until then: at once if that has passed. */
static bool wait_until(int fd, uint64_t end_ns)
{
	struct pollfd wanted = {.fd = fd, .events = POLLIN};

	for (;;) {
		uint64_t now = clock_monotonic_ns();
		uint64_t left = now < end_ns ? end_ns - now : 0;
		int n = poll(&wanted, 1, (int)((left + NS_PER_MS - 1) / NS_PER_MS));

		if (n >= 0 || errno != EINTR)
			return n != 0; /* an error is for read() to tell */
	}
}

int address_input_read(struct address_input *input, uint64_t patience_ns,
		       struct text_addresses *ret)
{
	uint64_t end_ns = 0;

	while (ret->n < ADDRESS_BATCH_MAX) {
		char bytes[READ_SIZE];
		ssize_t n;

		if (ret->n && !wait_until(input->fd, end_ns))
			return 1;
		n = read(input->fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return input->line.begun ? end_line(&input->line, ret) : 0;
		if (take_bytes(input, bytes, (size_t)n, ret))
			return -ENOMEM;
		if (!end_ns && ret->n)
			end_ns = clock_monotonic_ns() + patience_ns;
	}
	return 1;
}
