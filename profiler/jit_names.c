// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process by process: its jitdump and its perf map are read with the addresses
 * that were met, and each address gets its name or, with all others that have
 * none, "[anon]".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/jit.h"
#include "report/leaf.h"
#include "symbolize/jitdump.h"
#include "symbolize/perf_map.h"

/* Of all perf maps. */
static const uint64_t READ_AT_MOST = 1 << 30;

struct giver {
	struct jit *jit;
	struct code_names names;
	int64_t *weights; /* by location: of samples that end there */
	uint64_t n_left;  /* bytes to be read */
	uint32_t named, unnamed; /* modules */
	uint32_t nameless; /* function */
};

static void giver_deinit(struct giver *giver)
{
	code_names_deinit(&giver->names);
	free(giver->weights);
}

static int giver_init(struct giver *giver)
{
	struct profile *profile = giver->jit->profile;
	struct profile_module named = {.kind = MODULE_JIT}, unnamed = named;
	struct profile_function nameless = {};
	guard(leaf_deinit) struct leaf leaf = {};
	int err = code_names_init(&giver->names);

	giver->weights = calloc(profile->locations.n + 1, sizeof(*giver->weights));
	if (!err && !giver->weights)
		err = -ENOMEM;
	if (!err)
		err = profile_intern(profile, "[jit]", &named.path);
	if (!err)
		err = profile_intern_module(profile, &named, &giver->named);
	if (!err)
		err = profile_intern(profile, "[anon]", &unnamed.path);
	if (!err)
		err = profile_intern_module(profile, &unnamed, &giver->unnamed);
	nameless.name = unnamed.path;
	if (!err)
		err = profile_intern_function(profile, &nameless, &giver->nameless);
	if (!err)
		err = leaf_init(&leaf, profile);
	for (size_t i = 0; !err && i < profile->samples.n; i++)
		giver->weights[leaf_location(&leaf, i)] +=
			profile->values.data[i * profile->n_values];
	return err;
}

static int read_map(struct giver *giver, int fd, struct perf_map_counts *ret)
{
	uint64_t limit = giver->n_left < PERF_MAP_MAX ? giver->n_left : PERF_MAP_MAX;
	int err = perf_map_read(fd, limit, &giver->names, ret);

	/* A line at the border of two blocks is read twice. */
	giver->n_left -= ret->n_read < giver->n_left ? ret->n_read : giver->n_left;
	return err;
}

/* What cannot be read gives no names. */
static int read_files(struct giver *giver, struct jit_process *process)
{
	struct perf_map_counts map = {};
	struct jitdump_counts dump = {};
	guard_close int fd = -1;
	int err = 0;

	if (process->dump_fd >= 0)
		err = jit_place_check(&process->place, process->dump_fd) ?:
		      jitdump_read(process->dump_fd, &giver->names, &dump);
	process->dump_error = err;
	process->dump_cut = dump.cut;
	if (err == -ENOMEM || process->place_error || !giver->names.n_open)
		return err == -ENOMEM ? err : 0;
	if (process->map_fd < 0) {
		fd = jit_place_open(&process->place);
		process->error = fd < 0 ? fd : 0;
	}
	if (process->error)
		return 0;
	err = read_map(giver, fd >= 0 ? fd : process->map_fd, &map);
	process->n_unread = map.n_unread;
	process->error = err;
	return err == -ENOMEM ? err : 0;
}

/* What its own files do not name, a fork may have from before it was one. */
static int read_parent_map(struct giver *giver, struct jit_process *process)
{
	struct perf_map_counts map = {};
	int err;

	if (process->parent_map_fd < 0 || !giver->names.n_open)
		return 0;
	err = read_map(giver, process->parent_map_fd, &map);
	return err == -ENOMEM ? err : 0;
}

static int give_name(struct giver *giver, const struct jit_address *item, bool *ret_named)
{
	struct profile *profile = giver->jit->profile;
	struct profile_frame frame = {.function = giver->nameless};
	struct profile_function function = {};
	struct demangled_name name;
	int err = 0;

	*ret_named = code_names_find(&giver->names, item->address, &name);
	if (*ret_named) {
		err = profile_intern(profile, name.name, &function.name);
		if (!err && strcmp(name.name, name.system_name))
			err = profile_intern(profile, name.system_name, &function.system_name);
		if (!err)
			err = profile_intern_function(profile, &function, &frame.function);
	}
	if (!err)
		err = profile_set_frames(profile, item->location, &frame, 1);
	if (!err && *ret_named)
		profile_move_location(profile, item->location, giver->named, item->address);
	return err;
}

static int name_process(struct giver *giver, struct jit_process *process,
			struct jit_unnamed *worst)
{
	int64_t weight = 0;
	int err = 0;

	code_names_clear(&giver->names);
	for (size_t i = 0; !err && i < process->addresses.n; i++)
		err = code_names_want(&giver->names, process->addresses.data[i].address);
	if (!err)
		err = code_names_begin(&giver->names);
	if (!err)
		err = read_files(giver, process);
	if (!err)
		err = read_parent_map(giver, process);
	for (size_t i = 0; !err && i < process->addresses.n; i++) {
		const struct jit_address *item = &process->addresses.data[i];
		bool named;

		err = give_name(giver, item, &named);
		if (!named)
			weight += giver->weights[item->location];
	}
	process->unnamed_weight = weight;
	if (weight > worst->weight)
		*worst = (struct jit_unnamed){process, weight};
	return err;
}

int jit_give_names(struct jit *jit, const struct timeline *timeline, struct jit_unnamed *ret)
{
	guard(giver_deinit) struct giver giver = {.jit = jit, .n_left = READ_AT_MOST};
	int err;

	*ret = (struct jit_unnamed){};
	if (!jit->processes.n)
		return 0;
	err = giver_init(&giver);
	vec_each(&timeline->processes, process)
		jit_process_ends(jit, *process);
	for (size_t i = 0; !err && i < jit->processes.n; i++)
		err = name_process(&giver, &jit->processes.data[i], ret);
	return err;
}
