/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one profile into another: what a sample refers to is interned there
 * when it is first needed. Not for the rest of the program.
 */
#ifndef FLAMETAP_REPORT_REFINE_COPY_H
#define FLAMETAP_REPORT_REFINE_COPY_H

#include <stdint.h>

#include "report/profile.h"

struct refine_copy {
	const struct profile *from;
	struct profile *to;
	/* By the number in from: the number in to, UINT32_MAX while there is none. */
	uint32_t *functions, *modules, *threads, *waits, *locations;
	uint32_t *stacks; /* set by whoever copies stacks; [0] is 0 */
	VEC(struct profile_frame) frames; /* of a location being copied */
	int64_t values[PROFILE_MAX_VALUES]; /* sums of what was added, for the share */
};

/* Everything but samples: values, times, comments. to is initialized here. */
int refine_copy_init(struct refine_copy *copy, const struct profile *from, struct profile *to);
void refine_copy_deinit(struct refine_copy *copy);

int refine_copy_function(struct refine_copy *copy, uint32_t function, uint32_t *ret);
int refine_copy_module(struct refine_copy *copy, uint32_t module, uint32_t *ret);
int refine_copy_location(struct refine_copy *copy, uint32_t location, uint32_t *ret);
/* Adds sample number i of from, upon copy->stacks. */
int refine_copy_sample(struct refine_copy *copy, size_t i);
/* The same of a part of its waits: they are within that time, and no longer than it. */
struct wait_part;
int refine_copy_part(struct refine_copy *copy, size_t i, const struct wait_part *part);
/* The same with another stack and thread, which are numbers in to. */
int refine_copy_sample_as(struct refine_copy *copy, size_t i, uint32_t stack, uint32_t thread);

#endif
