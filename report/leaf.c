// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples in, the locations that they are of out. See leaf.h. */
#include "report/leaf.h"

#include <stdlib.h>
#include <string.h>

#include "report/profile.h"
#include "report/profile_prune.h"
#include "report/wakers.h"

int leaf_init(struct leaf *leaf, const struct profile *profile)
{
	*leaf = (struct leaf){.profile = profile};
	vec_each(&profile->samples, sample)
		if (sample->wait_class)
			return wakers_find_waiters(profile, &leaf->waiters);
	return 0;
}

void leaf_deinit(struct leaf *leaf)
{
	free(leaf->waiters);
	leaf->waiters = NULL;
}

/* Frames that are only names, as that of a wait's class, are no code. */
static uint32_t waiting_location(const struct profile *profile, uint32_t waiter)
{
	uint32_t kernel = 0;

	for (uint32_t at = waiter; at; at = profile->stacks.data[at].parent) {
		uint32_t location = profile->stacks.data[at].location;
		uint32_t module = profile->locations.data[location].module;

		switch (profile->modules.data[module].kind) {
		case MODULE_KERNEL:
		case MODULE_BPF:
			kernel = kernel ? kernel : location;
			break;
		case MODULE_NONE:
			break;
		default:
			return location;
		}
	}
	return kernel ? kernel : profile->stacks.data[waiter].location;
}

uint32_t leaf_location(const struct leaf *leaf, size_t sample)
{
	const struct profile_sample *of = &leaf->profile->samples.data[sample];

	if (!of->wait_class)
		return leaf->profile->stacks.data[of->stack].location;
	return waiting_location(leaf->profile, leaf->waiters[of->stack]);
}

bool leaf_is_named(const struct profile *profile, uint32_t location)
{
	const struct profile_location *at = &profile->locations.data[location];
	uint32_t function;
	const char *name;

	if (!location || !at->n_frames)
		return false;
	function = profile->frames.data[at->first_frame].function;
	name = strings_get(&profile->strings, profile->functions.data[function].name);
	return name[0] && (name[0] != '[' || !strcmp(name, "[kernel]") || !strcmp(name, "[user]") ||
			   !strcmp(name, PRUNE_NOTE));
}
