/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses to locations in the profile. A user address becomes (module, file
 * offset) by the mappings of the moment, a kernel address a location under "[kernel]";
 * both are named later, once.
 */
#ifndef FLAMETAP_PROFILER_LOCATIONS_H
#define FLAMETAP_PROFILER_LOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "profiler/jit.h"
#include "profiler/timeline.h"
#include "report/profile.h"

struct locations {
	struct profile *profile;       /* borrowed, as all of these */
	const struct modules *modules;
	struct idmap kernel;           /* address -> location, for kernel_names_give() */
	struct jit jit;                /* code without a file, for jit_give_names() */
};

void locations_init(struct locations *locations, struct profile *profile,
		    const struct modules *modules);
void locations_deinit(struct locations *locations);

/* returns: the address is one that a call returns to, so the call is before it. */
int locations_user(struct locations *locations, const struct process *process, uint64_t address,
		   bool returns, uint32_t *ret);
int locations_kernel(struct locations *locations, uint64_t address, bool returns, uint32_t *ret);
/* One frame for a whole half that was not asked for: "[kernel]", "[user]". */
int locations_half(struct locations *locations, enum module_kind kind, const char *name,
		   uint32_t *ret);

#endif
