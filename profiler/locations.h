/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses to locations in the profile. A user address becomes (module, file
 * offset) by the mappings of the moment and is named later, once; kernel code
 * cannot be named later, so it gets its name at once.
 */
#ifndef FLAMETAP_PROFILER_LOCATIONS_H
#define FLAMETAP_PROFILER_LOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "profiler/timeline.h"
#include "report/profile.h"

struct symbolizer;

struct locations {
	struct profile *profile;       /* borrowed, as all of these */
	const struct modules *modules;
	struct symbolizer *symbolizer;
	struct idmap kernel;           /* address -> location */
	uint64_t kernel_loaded_ns;     /* when kallsyms was read last; 0: never */
	int kernel_error;              /* of that reading; -EACCES: addresses are hidden */
	uint64_t n_unmapped;           /* distinct user addresses outside every mapping */
};

void locations_init(struct locations *locations, struct profile *profile,
		    const struct modules *modules, struct symbolizer *symbolizer);
void locations_deinit(struct locations *locations);

/* returns: the address is one that a call returns to, so the call is before it. */
int locations_user(struct locations *locations, const struct process *process, uint64_t address,
		   bool returns, uint32_t *ret);
int locations_kernel(struct locations *locations, uint64_t address, bool returns, uint32_t *ret);
/* One frame for a whole half that was not asked for: "[kernel]", "[user]". */
int locations_half(struct locations *locations, enum module_kind kind, const char *name,
		   uint32_t *ret);

#endif
