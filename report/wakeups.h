/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The graph of wakeups, of a profile with wakers (wakers.h). */
#ifndef FLAMETAP_REPORT_WAKEUPS_H
#define FLAMETAP_REPORT_WAKEUPS_H

struct profile;

/*
 * *ret, which the caller deinits in any case, has the waits of which it is known who ended them,
 * with the stack of who did that, root first, under that thread's comm; then the mark, whose wait
 * it was, and its class. 0; -ENOMEM, -E2BIG.
 */
int wakeups_make(const struct profile *profile, struct profile *ret);

#endif
