// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks are gone through from the root, so that each knows the innermost module
 * in which it has a place without a name; then samples add up by module.
 */
#include "report/diff_builds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/profile.h"
#include "report/value.h"

enum { LEAST_PERCENT = 1 };

struct builds {
	const struct profile *profile;
	const bool *several;
	uint32_t *module_of;	/* by stack; 0: it has no such place */
	int64_t *weights;	/* by module, both sides together */
	int64_t sums[DIFF_SIDES], totals[DIFF_SIDES];
};

static void builds_deinit(struct builds *builds)
{
	free(builds->module_of);
	free(builds->weights);
}

/* "[prog+0x1234]", by the start of its function or by itself. */
static bool is_place(const char *name)
{
	size_t n = strlen(name);

	return !n || (name[0] == '[' && name[n - 1] == ']' && strstr(name, "+0x"));
}

static bool is_unnamed(const struct profile *profile, const struct profile_location *location)
{
	const struct profile_frame *frame = &profile->frames.data[location->first_frame];

	return !location->n_frames ||
	       is_place(strings_get(&profile->strings,
				    profile->functions.data[frame->function].name));
}

static void add_up(struct builds *builds)
{
	const struct profile *profile = builds->profile;

	for (size_t i = 1; i < profile->stacks.n; i++) {
		const struct profile_stack *stack = &profile->stacks.data[i];
		const struct profile_location *location =
			&profile->locations.data[stack->location];

		builds->module_of[i] =
			builds->several[location->module] && is_unnamed(profile, location) ?
				location->module :
				builds->module_of[stack->parent];
	}
	for (size_t i = 0; i < profile->samples.n; i++) {
		uint32_t module = builds->module_of[profile->samples.data[i].stack];

		for (int side = 0; side < DIFF_SIDES; side++) {
			int64_t value = profile->values.data[i * DIFF_SIDES + side];

			builds->totals[side] += value;
			if (!module)
				continue;
			builds->sums[side] += value;
			builds->weights[module] += value;
		}
	}
}

static double share(const struct builds *builds, int side)
{
	return value_percent(builds->sums[side], builds->totals[side]);
}

static int add_note(struct profile *profile, const struct builds *builds)
{
	guard_free char *text = NULL;
	char more[32] = "";
	uint32_t most = 0;
	unsigned n = 0;

	for (uint32_t i = 1; i < profile->modules.n; i++) {
		n += builds->weights[i] > 0;
		if (builds->weights[i] > (most ? builds->weights[most] : 0))
			most = i;
	}
	if (n > 1)
		snprintf(more, sizeof(more), " and %u more", n - 1);
	if (asprintf(&text,
		     DIFF_BUILDS_NOTE ": %s%s: another build on either side, and %.1f%% of base, "
				      "%.1f%% of new are in code without names there, compared by "
				      "address, which may be other code; give the debug files of both "
				      "(--debug-dir, --debuginfod), or record builds with symbols",
		     strings_get(&profile->strings, profile->modules.data[most].path), more,
		     share(builds, DIFF_BASE), share(builds, DIFF_NEW)) < 0)
		return -ENOMEM;
	return profile_add_comment(profile, text);
}

int diff_builds_note(struct profile *profile, const bool *several)
{
	guard(builds_deinit) struct builds builds = {
		.profile = profile,
		.several = several,
		.module_of = calloc(profile->stacks.n, sizeof(*builds.module_of)),
		.weights = calloc(profile->modules.n, sizeof(*builds.weights)),
	};

	if (!builds.module_of || !builds.weights)
		return -ENOMEM;
	add_up(&builds);
	if (share(&builds, DIFF_BASE) < LEAST_PERCENT && share(&builds, DIFF_NEW) < LEAST_PERCENT)
		return 0;
	return add_note(profile, &builds);
}
