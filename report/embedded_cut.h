/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a profile is cut to where all of it would make too large a file: its
 * stacks end where they come to be too small a share of the whole. Sums stay.
 */
#ifndef FLAMETAP_REPORT_EMBEDDED_CUT_H
#define FLAMETAP_REPORT_EMBEDDED_CUT_H

#include <stdint.h>

struct profile;

/*
 * Makes *ret, finished, which the caller deinits in any case: of a finished profile, with at most
 * max_stacks of its stacks, those with the largest share (of several values, on average). What
 * they end in is a frame "[below 0.01%]"; a comment says what was cut. 0 or a negative errno.
 */
int embedded_cut(const struct profile *profile, uint32_t max_stacks, struct profile *ret);

/* What the comment begins with. */
#define EMBEDDED_CUT_COMMENT "cut: "

#endif
