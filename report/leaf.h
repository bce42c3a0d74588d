/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code that a sample is of, and whether it has a name. On the CPU that is
 * the innermost location. All that wait do so in the scheduler, so that of a
 * wait it is the innermost location of the program, or of the kernel where
 * there is none, as in kernel threads; who ended the wait has no part in it.
 */
#ifndef FLAMETAP_REPORT_LEAF_H
#define FLAMETAP_REPORT_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;

/* Right while the profile gets no more stacks; names need not be there. */
struct leaf {
	const struct profile *profile;
	uint32_t *waiters; /* see wakers_find_waiters(); NULL: no sample is a wait */
};

/* 0 or -ENOMEM. */
int leaf_init(struct leaf *leaf, const struct profile *profile);
void leaf_deinit(struct leaf *leaf);

/* The location of a sample (its number); 0: its stack is empty. */
uint32_t leaf_location(const struct leaf *leaf, size_t sample);
/* False where its function is a bracketed place; what was not asked for ("[user]") counts as named. */
bool leaf_is_named(const struct profile *profile, uint32_t location);

#endif
