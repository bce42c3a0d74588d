/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where names that were worked out once are kept: $XDG_CACHE_HOME/flametap or
 * ~/.cache/flametap of the *effective* user. Under sudo that is root's own, for
 * root may have read files that the person who typed the command may not, and
 * neither is to trust, or to find, the other's files.
 */
#ifndef FLAMETAP_PROFILER_CACHE_H
#define FLAMETAP_PROFILER_CACHE_H

#include <stdbool.h>

struct name_cache;

/* *ret is NULL where there is none to be had, which is told if verbose. 0 or -ENOMEM. */
int cache_open(bool verbose, struct name_cache **ret);
/* Takes NULL. Tells, if verbose, when names could not be kept. */
void cache_close(struct name_cache *cache, bool verbose);

#endif
