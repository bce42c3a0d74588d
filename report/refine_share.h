/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is too small to be told apart becomes one frame under its caller. */
#ifndef FLAMETAP_REPORT_REFINE_SHARE_H
#define FLAMETAP_REPORT_REFINE_SHARE_H

struct profile;

/*
 * Cuts each stack where its share of the default value falls below percent of
 * the whole, stacks of the same functions taken together; what comes there is
 * one frame "[below 1%]", so that the sums stay what they were. Of a
 * difference, both sides have to be below. Makes *ret, finished; the caller
 * deinits it in any case. 0, -ENOMEM or -E2BIG.
 */
int refine_small_shares(const struct profile *profile, double percent, struct profile *ret);

#endif
