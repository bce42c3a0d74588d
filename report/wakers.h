/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who ended a wait. In a profile with wakers the stack of a wait goes on at its
 * leaf: with the mark "--", then the stack of the thread that ended it, leaf
 * first, then that thread's comm.
 */
#ifndef FLAMETAP_REPORT_WAKERS_H
#define FLAMETAP_REPORT_WAKERS_H

#include <stdbool.h>
#include <stdint.h>

#define WAKERS_MARK "--"

struct profile;

/* A location that is nothing but a name: the mark, or the comm at the end. 0 or a negative errno. */
int wakers_intern_name(struct profile *profile, const char *name, uint32_t *ret);
bool wakers_is_mark(const struct profile *profile, uint32_t location);
/*
 * The stacks past the mark stand on their heads, and so must what is inlined in
 * one location of theirs: to be called when names are there, before profile_finish.
 * 0 or a negative errno.
 */
int wakers_turn(struct profile *profile);

#endif
