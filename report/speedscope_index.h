/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first reading of a speedscope file: its frames, as locations of the
 * profile, and where the arrays of each of its profiles begin; and what both
 * readings need. Bounds: those of report/json_read.h; 512 MiB of names; 2^24
 * frames; 2^20 profiles.
 */
#ifndef FLAMETAP_REPORT_SPEEDSCOPE_INDEX_H
#define FLAMETAP_REPORT_SPEEDSCOPE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "report/json_read.h"

struct profile;

/* One profile of the file; offsets are of the arrays, 0 where there is none. */
struct speedscope_part {
	uint64_t samples, weights, events;
	uint32_t name, unit; /* strings of the profile */
};

struct speedscope_index {
	struct profile *profile;    /* frames and names are added; not owned */
	struct report_error *error; /* told of what is wrong; not owned */
	struct json_text text;	    /* the string at hand */
	VEC(uint32_t) locations;    /* by frame of the file */
	VEC(struct speedscope_part) parts;
	bool is_own;	     /* the first profile is the sum of the others */
	uint32_t value;	     /* type of the weights, where flametap tells it; else 0 */
	uint64_t per_sample; /* of them in a sample; 0: nothing is known of samples */
};

/* Begins with profile and error set and all else 0; fd is a regular file, read with pread. 0,
 * -EINVAL with the error's text, or another negative errno. */
int speedscope_index_read(struct speedscope_index *index, int fd);
void speedscope_index_deinit(struct speedscope_index *index);

/* For each member of an object, with the key in index->text: 0 or a negative errno. */
typedef int (*speedscope_take)(struct speedscope_index *index, struct json_reader *json, void *ctx);
int speedscope_index_object(struct speedscope_index *index, struct json_reader *json,
			    speedscope_take take, void *ctx);
bool speedscope_index_is_key(const struct speedscope_index *index, const char *key);

#endif
