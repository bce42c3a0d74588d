/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interned strings: the same bytes always get the same number, number 0 is
 * the empty string. The bytes live until strings_deinit and never move.
 */
#ifndef FLAMETAP_BASE_STRINGS_H
#define FLAMETAP_BASE_STRINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"

struct strings_item {
	const char *bytes; /* NUL-terminated; may hold NUL bytes inside too */
	uint32_t length;
};

struct strings {
	VEC(struct strings_item) items;
	struct hashindex index;
	VEC(char *) chunks;
	size_t chunk_left;
	size_t bytes; /* held in all chunks */
	/* Set it where strings come from others: what is new beyond it is number 0, and counted. 0:
	 * there is no bound. What each string takes besides its bytes counts, too. */
	size_t limit;
	uint64_t n_refused;
};

enum { STRINGS_EACH = 48 }; /* bytes that a string takes besides its own, about */

/* 0 or -ENOMEM. */
int strings_init(struct strings *strings);
void strings_deinit(struct strings *strings);
/* Copies the bytes if they are new. 0, -ENOMEM, or -E2BIG (4 GiB, 2^32 strings). */
int strings_intern(struct strings *strings, const char *bytes, size_t length, uint32_t *ret);
int strings_intern_cstr(struct strings *strings, const char *s, uint32_t *ret);

static inline const char *strings_get(const struct strings *strings, uint32_t number)
{
	return strings->items.data[number].bytes;
}

static inline size_t strings_length(const struct strings *strings, uint32_t number)
{
	return strings->items.data[number].length;
}

#endif
