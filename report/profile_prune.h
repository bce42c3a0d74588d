/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounds a profile that is being recorded: a table of too many stacks comes in, the same
 * with the light ones cut short goes out. Where frames are missing, one says so.
 */
#ifndef FLAMETAP_REPORT_PROFILE_PRUNE_H
#define FLAMETAP_REPORT_PROFILE_PRUNE_H

#include <stddef.h>
#include <stdint.h>

#define PRUNE_NOTE "[too many stacks]"

struct profile;

/*
 * Cuts stacks until most_left of them (entries of profile.stacks) are left: first of who ended waits
 * (wakers.h), past the mark, then, where more than one and a half times as many are left, of all. What
 * has the least weight goes, the innermost frames first: a stack keeps its outer part, then comes
 * PRUNE_NOTE, then the kernel's frames, which tell what was waited for. Sums do not change. Samples
 * that become the same are added up. Numbers of stacks and samples change, all others stay. 0 or
 * -ENOMEM.
 */
int profile_prune(struct profile *profile, size_t most_left);

/* The location that is PRUNE_NOTE; 0: nothing was cut. */
uint32_t profile_prune_note(const struct profile *profile);

/* What of the default value is in stacks that were cut: of their own frames, and of wakers'. */
struct prune_weights {
	uint64_t cut, wakers_cut;
};
void profile_prune_weights(const struct profile *profile, struct prune_weights *ret);

#endif
