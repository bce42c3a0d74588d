// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ran in each profile comes in; out goes the first program or library of
 * which one side has several builds. Their mean is the cost of neither.
 */
#include "gate/builds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/profile.h"

#define LEAST_SHARE 0.01 /* of a profile's samples: what matters less may be rebuilt while it runs */

void gate_builds_deinit(struct gate_builds *builds)
{
	vec_each(builds, build) {
		free(build->path);
		free(build->id);
	}
	vec_deinit(builds);
}

/* By module, of what stacks end in; the last is the sum. */
static double *weigh_modules(const struct profile *profile)
{
	double *weights = calloc(profile->modules.n + 1, sizeof(*weights));
	uint32_t value = profile->default_value;

	if (!weights || value >= profile->n_values)
		return weights;
	for (size_t i = 0; i < profile->samples.n; i++) {
		uint32_t stack = profile->samples.data[i].stack;
		int64_t weight = profile->values.data[i * profile->n_values + value];
		uint32_t location = profile->stacks.data[stack].location;

		if (weight <= 0)
			continue;
		weights[profile->modules.n] += (double)weight;
		if (stack)
			weights[profile->locations.data[location].module] += (double)weight;
	}
	return weights;
}

/* Whether this run itself has several builds at that path: it makes the program that it runs. */
static bool is_changing(const struct profile *profile, size_t number)
{
	const struct profile_module *module = &profile->modules.data[number];

	vec_each(&profile->modules, other)
		if (other->path == module->path && other->build_id != module->build_id)
			return true;
	return false;
}

int gate_builds_init(struct gate_builds *builds, const struct profile *profile)
{
	guard_free double *weights = weigh_modules(profile);
	int err = weights ? 0 : -ENOMEM;

	*builds = (struct gate_builds){};
	for (size_t i = 0; !err && i < profile->modules.n; i++) {
		const struct profile_module *module = &profile->modules.data[i];
		const char *path = strings_get(&profile->strings, module->path);
		const char *id = strings_get(&profile->strings, module->build_id);
		struct gate_build build = {};

		if (*path != '/' || !*id || is_changing(profile, i) ||
		    weights[i] < LEAST_SHARE * weights[profile->modules.n])
			continue;
		build.path = strdup(path);
		build.id = strdup(id);
		err = build.path && build.id ? vec_push(builds, build) : -ENOMEM;
		if (err) {
			free(build.path);
			free(build.id);
		}
	}
	return err;
}

const struct gate_build *gate_builds_find(const struct gate_builds *builds, const char *path)
{
	vec_each(builds, build)
		if (!strcmp(build->path, path))
			return build;
	return NULL;
}
