/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Base64 (RFC 4648, section 4), bit by bit in both directions: bytes to lines
 * of text, and text, with whatever white space stands in it, back to bytes.
 */
#ifndef FLAMETAP_BASE_BASE64_H
#define FLAMETAP_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Zeroed but for out, it is at the beginning. */
struct base64_writer {
	FILE *out; /* borrowed; its error indicator tells of failed writes */
	unsigned char rest[3]; /* of a group that is not full */
	unsigned n_rest, column;
	char line[121];
};

void base64_put(struct base64_writer *writer, const void *bytes, size_t n);
/* The last group, filled up with '='. */
void base64_finish(struct base64_writer *writer);

/* Zeroed, it is at the beginning. */
struct base64_reader {
	uint32_t bits;
	unsigned n_letters; /* of the group at hand */
	unsigned n_fill;    /* '=' in it, after which nothing may come */
};

/* Room that base64_take needs for n letters. */
#define BASE64_ROOM(n) ((n) / 4 * 3 + 3)

/* Writes what the letters stand for to out. How many bytes; -EINVAL for what is no base64. */
ptrdiff_t base64_take(struct base64_reader *reader, const char *letters, size_t n, void *out);
/* False: it ends in the middle of a group. */
bool base64_is_complete(const struct base64_reader *reader);

#endif
