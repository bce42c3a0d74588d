/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259) as it comes: a file of any size through a window, a value at
 * a time, the order of values the caller's to follow. Nothing recurses, and
 * memory does not grow with the file but for the one string at hand.
 */
#ifndef FLAMETAP_REPORT_JSON_READ_H
#define FLAMETAP_REPORT_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct report_error;

enum {
	JSON_MAX_DEPTH = 512,	    /* of a value that is skipped */
	JSON_MAX_STRING = 16 << 20, /* bytes */
};

struct json_text {
	char *data;
	size_t n, cap;
};

struct json_reader {
	int fd;
	struct report_error *error; /* told of what is wrong, with the byte */
	const char *kind;	    /* what the file should be, for that; "speedscope file" */
	unsigned char *buffer;
	uint64_t offset; /* of the buffer's first byte */
	size_t at, n;
};

/* mantissa * 10^exponent; of digits beyond the 18th, only their number counts. */
struct json_number {
	int64_t mantissa;
	int32_t exponent;
};

/* Reads fd, a regular file, with pread from an offset on. 0 or -ENOMEM. */
int json_reader_init(struct json_reader *reader, int fd, uint64_t offset,
		     struct report_error *error);
void json_reader_deinit(struct json_reader *reader);

static inline uint64_t json_reader_offset(const struct json_reader *reader)
{
	return reader->offset + reader->at;
}

/* All of these return -EINVAL with the error's text for what is not as expected, or another
 * negative errno. */

/* The next byte that is no white space, left in place: 1 to 255, or 0 at the file's end. */
int json_peek(struct json_reader *reader);
/* Takes this byte, and no other. */
int json_take(struct json_reader *reader, char expected);
/* Within an array or object whose opening is taken: 1 when there is a next item, before which a
 * comma has been taken; 0 when it ended with close. *n counts the items; it begins as 0. */
int json_next(struct json_reader *reader, char close, uint64_t *n);
/* The text of a string, with a 0 behind it. */
int json_read_string(struct json_reader *reader, struct json_text *text);
/* The same of the key of a member, and its colon. */
int json_read_key(struct json_reader *reader, struct json_text *text);
int json_read_number(struct json_reader *reader, struct json_number *ret);
/* Of a number that must be whole and not negative, up to max. */
int json_read_index(struct json_reader *reader, uint64_t max, uint64_t *ret);
/* Whether a number is whole, not negative and not above max. */
bool json_number_index(struct json_number number, uint64_t max, uint64_t *ret);
/* true or false. */
int json_read_truth(struct json_reader *reader, bool *ret);
/* A value of any kind. */
int json_skip(struct json_reader *reader);

/* Says what is wrong, and at which byte. -EINVAL. */
int json_wrong(struct json_reader *reader, const char *what);

#endif
