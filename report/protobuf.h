/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protobuf wire format over bytes in memory: as much of it as pprof files
 * need. Encoding appends to a buffer; decoding never reads outside its bounds.
 */
#ifndef FLAMETAP_REPORT_PROTOBUF_H
#define FLAMETAP_REPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

enum pb_wire { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

enum { PB_VARINT_MAX = 10 }; /* bytes of the longest varint */

/* Writes a varint to out (room for PB_VARINT_MAX bytes) and returns its length. */
static inline size_t pb_put_varint(unsigned char *out, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		out[n++] = value | 0x80;
	out[n++] = value;
	return n;
}

/* Decodes the varint at *p and moves *p past it. False if it is cut short or too long. */
static inline bool pb_get_varint(const unsigned char **p, const unsigned char *end, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		unsigned char byte = *(*p)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* A message being put together. Zero-initialize; a failed allocation stays in err. */
struct pb_buffer {
	VEC(unsigned char) bytes;
	int err;
};

void pb_buffer_deinit(struct pb_buffer *buffer);
void pb_buffer_clear(struct pb_buffer *buffer);
/* A varint alone, as in packed fields. */
void pb_add_varint(struct pb_buffer *buffer, uint64_t value);
/* A field; like proto3, leaves out what is 0 or empty. */
void pb_add_number(struct pb_buffer *buffer, uint32_t field, uint64_t value);
void pb_add_bytes(struct pb_buffer *buffer, uint32_t field, const void *bytes, size_t n);

/* One field of a message being taken apart. */
struct pb_field {
	uint32_t number;
	enum pb_wire wire;
	uint64_t value;             /* of PB_VARINT, PB_FIXED32, PB_FIXED64 */
	const unsigned char *bytes; /* of PB_BYTES, NULL if not */
	size_t n;
};

/* The field at *p, and *p past it: 1; 0 at the end; -EINVAL when malformed (groups are). */
int pb_next(const unsigned char **p, const unsigned char *end, struct pb_field *ret);

/* Splits a tag. False for field number 0 and for wire types that are not supported. */
bool pb_split_tag(uint64_t tag, uint32_t *ret_number, enum pb_wire *ret_wire);

#endif
