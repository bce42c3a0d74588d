/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two builds of one file have other code at the same address: what has no name
 * in them ("[prog+0x1234]") is compared by address all the same, and a
 * difference says so.
 */
#ifndef FLAMETAP_REPORT_DIFF_BUILDS_H
#define FLAMETAP_REPORT_DIFF_BUILDS_H

#include <stdbool.h>

struct profile;

/* The key of the comment. */
#define DIFF_BUILDS_NOTE "builds"

/*
 * Adds a comment to a difference, not finished yet, where 1 % of either side or more is in code
 * without a name of modules of which there are several builds (by module). 0 or a negative errno.
 */
int diff_builds_note(struct profile *profile, const bool *several);

#endif
