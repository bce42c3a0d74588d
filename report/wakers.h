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
/* Of each stack the part that is the waiter's: itself, or what is before the mark. 0 with an array
 * by stack that the caller frees, or -ENOMEM. */
int wakers_find_waiters(const struct profile *profile, uint32_t **ret);
/*
 * The stacks past the mark stand on their heads, and so must what is inlined in
 * one location of theirs: to be called when names are there, before profile_finish.
 * chosen says by location which have just been named (NULL: all of them);
 * those named before are turned. 0 or a negative errno.
 */
int wakers_turn(struct profile *profile, const uint8_t *chosen);
/* By location: 1 where there are no names yet. The caller frees it. NULL: no memory. */
uint8_t *wakers_find_unnamed(const struct profile *profile);

#endif
