/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of folded stacks: from the text between two ';' to the function
 * and the location that it stands for. Each distinct text is looked at once.
 */
#ifndef FLAMETAP_REPORT_FOLDED_NAMES_H
#define FLAMETAP_REPORT_FOLDED_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct profile;

/* What a frame's text, a string of the profile, stands for. Location 0: not looked at yet. */
struct folded_name {
	uint32_t location; /* of the frame alone */
	uint32_t function;
	bool inlined; /* _[i] */
};

enum { FOLDED_WAYS = 4 }; /* 64 bytes: a line of the cache */

/* Where a text was found before: its bytes and its number in the profile's strings. */
struct folded_recent {
	const char *bytes; /* NULL: nothing */
	uint32_t length, string;
};

/* Zeroed but for the profile, which is borrowed, it is empty. */
struct folded_names {
	struct profile *profile;
	VEC(struct folded_name) items; /* by string */
	struct folded_recent (*recent)[FOLDED_WAYS]; /* by hash; the latest first */
	uint32_t kernel, jit; /* modules; 0 until needed */
};

void folded_names_deinit(struct folded_names *names);
/* 0 or a negative errno. */
int folded_names_get(struct folded_names *names, const char *text, size_t n,
		     struct folded_name *ret);

#endif
