/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as text: one from a string, or one a line from a descriptor. From
 * a descriptor they come in batches: as many as are there already, because
 * many resolve at once much faster than one by one, but nobody who waits for
 * an answer before asking again is kept waiting.
 */
#ifndef FLAMETAP_PROFILER_ADDRESS_INPUT_H
#define FLAMETAP_PROFILER_ADDRESS_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

/* A batch has at most about as many. */
enum { ADDRESS_BATCH_MAX = 1 << 18 };

/* What the line begins with: hexadecimal digits, with or without 0x, after blanks; what follows
 * is not looked at. One of more than 64 bits is UINT64_MAX. */
struct text_address {
	uint64_t value;
	bool given; /* false: no digit is there, and value is 0 */
};

struct text_addresses {
	struct text_address *data;
	size_t n;
	size_t cap;
};

struct text_address address_from_text(const char *text);

/* A line being read, of any length. */
struct address_line {
	enum { LINE_BLANK, LINE_ZERO, LINE_DIGITS, LINE_REST } state;
	struct text_address address;
	bool begun; /* it has a byte */
};

/* Zero-initialize, but for fd. */
struct address_input {
	int fd; /* borrowed */
	struct address_line line;
};

/* Waits for a line, and appends what comes within patience_ns of it, or is there by then. 1: more
 * may come; 0: that was all (which may be nothing); a negative errno. */
int address_input_read(struct address_input *input, uint64_t patience_ns,
		       struct text_addresses *ret);

#endif
