// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unresolved locations in, sorted by module and offset; each module's file is
 * asked for once, with all of its offsets (resolve_jobs.c); frames out.
 * Functions are interned module by module, so that nothing is kept of a file
 * but names, and these are in the same order however the work was shared out.
 */
#include "report/resolve.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/leaf.h"
#include "report/profile.h"
#include "report/resolve_jobs.h"
#include "symbolize/open_file.h"

/* The locations of one module. */
struct group {
	uint32_t module;
	size_t first, n;
	int err; /* of opening its file */
	enum debuginfod_answer debuginfod; /* the same */
};

struct resolver {
	struct profile *profile;
	struct resolve_stats *stats;
	VEC(uint32_t) locations; /* unresolved, by module and offset */
	VEC(uint64_t) offsets;	 /* of the same locations */
	VEC(struct group) groups;
	int64_t *weights;	 /* by location: of samples that end there */
	VEC(struct profile_frame) frames;
	const char *base; /* name of the module at hand, without path and brackets */
	size_t base_n;
	struct resolve_unnamed unnamed; /* of the module at hand */
};

static void resolver_deinit(struct resolver *resolver)
{
	vec_deinit(&resolver->locations);
	vec_deinit(&resolver->offsets);
	vec_deinit(&resolver->groups);
	vec_deinit(&resolver->frames);
	free(resolver->weights);
}

const char *resolve_cause_name(enum resolve_cause cause)
{
	static const char *const names[RESOLVE_N] = {
		[RESOLVE_NO_SYMBOL] = "no symbols",
		[RESOLVE_ABSENT] = "file not found",
		[RESOLVE_OTHER_BUILD] = "another build",
		[RESOLVE_NO_ELF] = "no ELF file of this machine",
		[RESOLVE_UNREADABLE] = "file not readable",
		[RESOLVE_STRIPPED] = "stripped",
		[RESOLVE_DEBUG_BUILD] = "stripped, and its debug file is of another build",
		[RESOLVE_DEBUG_CRC] = "stripped, and its debug file has another checksum",
	};

	return names[cause];
}

/* A module's name as it stands in "[module+0x...]": without its path and brackets. */
static const char *module_base(const struct profile *profile, uint32_t module, size_t *ret_n)
{
	uint32_t string = profile->modules.data[module].path;
	const char *path = strings_get(&profile->strings, string);
	size_t n = strings_length(&profile->strings, string);
	const char *slash = memrchr(path, '/', n);
	const char *base = slash ? slash + 1 : path;

	n -= base - path;
	if (n >= 2 && base[0] == '[' && base[n - 1] == ']') {
		base++;
		n -= 2;
	}
	*ret_n = n;
	return base;
}

bool resolve_is_offset_name(const struct profile *profile, uint32_t module, uint64_t offset,
			    const char *name)
{
	char end[32];
	size_t n;
	const char *base = module_base(profile, module, &n);

	snprintf(end, sizeof(end), "+0x%llx]", (unsigned long long)offset);
	return name[0] == '[' && !strncmp(name + 1, base, n) && !strcmp(name + 1 + n, end);
}

static int location_compare(const void *a, const void *b, void *ctx)
{
	const struct profile *profile = ctx;
	const struct profile_location *x = &profile->locations.data[*(const uint32_t *)a];
	const struct profile_location *y = &profile->locations.data[*(const uint32_t *)b];

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int resolver_collect(struct resolver *resolver)
{
	struct profile *profile = resolver->profile;

	for (size_t i = 1; i < profile->locations.n; i++) {
		const struct profile_location *location = &profile->locations.data[i];
		enum module_kind kind = profile->modules.data[location->module].kind;
		int err;

		if (location->n_frames || (kind != MODULE_USER && kind != MODULE_VDSO))
			continue;
		err = vec_push(&resolver->locations, i);
		if (err)
			return err;
	}
	if (resolver->locations.n)
		qsort_r(resolver->locations.data, resolver->locations.n, sizeof(uint32_t),
			location_compare, profile);
	resolver->stats->n_locations = resolver->locations.n;
	return vec_reserve(&resolver->offsets, resolver->locations.n);
}

static int resolver_group(struct resolver *resolver)
{
	int err = 0;

	for (size_t i = 0; i < resolver->locations.n && !err; i++) {
		const struct profile_location *location =
			&resolver->profile->locations.data[resolver->locations.data[i]];
		struct group *last = resolver->groups.n ?
					     &resolver->groups.data[resolver->groups.n - 1] : NULL;
		struct group group = {.module = location->module, .first = i, .n = 1};

		resolver->offsets.data[resolver->offsets.n++] = location->offset;
		if (last && last->module == location->module)
			last->n++;
		else
			err = vec_push(&resolver->groups, group);
	}
	return err;
}

static int resolver_weigh(struct resolver *resolver)
{
	const struct profile *profile = resolver->profile;
	guard(leaf_deinit) struct leaf leaf = {};
	int err = leaf_init(&leaf, profile);

	resolver->weights = calloc(profile->locations.n, sizeof(*resolver->weights));
	if (err || !resolver->weights)
		return -ENOMEM;
	for (size_t i = 0; i < profile->samples.n; i++)
		resolver->weights[leaf_location(&leaf, i)] +=
			profile->values.data[i * profile->n_values + profile->default_value];
	return 0;
}

/* "[module+0x...]". */
static int resolver_function_by_offset(struct resolver *resolver, uint64_t offset, uint32_t *ret)
{
	struct profile_function function = {};
	guard_free char *name = NULL;
	int n = asprintf(&name, "[%.*s+0x%llx]", (int)resolver->base_n, resolver->base,
			 (unsigned long long)offset);
	int err;

	if (n < 0) {
		name = NULL;
		return -ENOMEM;
	}
	err = profile_intern_bytes(resolver->profile, name, n, &function.name);
	return err ? err : profile_intern_function(resolver->profile, &function, ret);
}

static int resolver_function(struct resolver *resolver, const struct symbol_frame *frame,
			     uint32_t *ret)
{
	struct profile *profile = resolver->profile;
	struct profile_function function = {.start_line = frame->start_line};
	int err = profile_intern(profile, frame->name, &function.name);

	if (!err && frame->system_name)
		err = profile_intern(profile, frame->system_name, &function.system_name);
	if (!err && frame->file)
		err = profile_intern(profile, frame->file, &function.file);
	return err ? err : profile_intern_function(profile, &function, ret);
}

static void resolver_count_unnamed(struct resolver *resolver, uint32_t location)
{
	resolver->unnamed.n_locations++;
	resolver->unnamed.weight += resolver->weights[location];
}

static int resolver_answer(struct resolver *resolver, size_t index,
			   const struct symbol_frame *frames, size_t n)
{
	uint64_t offset = resolver->offsets.data[index];
	uint32_t location = resolver->locations.data[index];
	bool named = false;
	int err = 0;

	resolver->frames.n = 0;
	for (size_t i = 0; !err && i < n; i++) {
		struct profile_frame frame = {.line = frames[i].line};

		if (frames[i].name && frames[i].name[0]) {
			err = resolver_function(resolver, &frames[i], &frame.function);
			named |= i == 0;
		} else {
			uint64_t start = frames[i].start;

			err = resolver_function_by_offset(
				resolver, start != UINT64_MAX ? start : offset, &frame.function);
		}
		if (!err)
			err = vec_push(&resolver->frames, frame);
	}
	if (!err)
		err = profile_set_frames(resolver->profile, location, resolver->frames.data,
					 resolver->frames.n);
	if (err)
		return err;
	if (named)
		resolver->stats->n_named++;
	else
		resolver_count_unnamed(resolver, location);
	return 0;
}

/* What the file had an answer for, and then the rest. */
static int resolver_answer_all(struct resolver *resolver, const struct group *group,
			       const struct resolve_job *job)
{
	static const struct symbol_frame none = {.start = UINT64_MAX};
	int err = 0;

	for (size_t i = 0; !err && i < group->n; i++) {
		const struct resolve_answer *answer = job && i < job->answers.n ?
							      &job->answers.data[i] : NULL;

		err = answer ? resolver_answer(resolver, group->first + i,
					       job->frames.data + answer->first, answer->n) :
			       resolver_answer(resolver, group->first + i, &none, 1);
	}
	return err;
}

static enum resolve_cause cause_of_open(int err)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
		return RESOLVE_ABSENT;
	case ESTALE:
		return RESOLVE_OTHER_BUILD;
	}
	return RESOLVE_UNREADABLE;
}

/* Why a file that was read has no names for all that was asked. */
static enum resolve_cause cause_of_debug(const struct symbolizer_debug *debug)
{
	if (!debug->stripped)
		return RESOLVE_NO_SYMBOL;
	switch (debug->refused) {
	case DEBUG_FILE_OTHER_BUILD:
		return RESOLVE_DEBUG_BUILD;
	case DEBUG_FILE_WRONG_CRC:
		return RESOLVE_DEBUG_CRC;
	default:
		return RESOLVE_STRIPPED;
	}
}

/* Keeps the heaviest modules, in order. */
static void resolver_keep_unnamed(struct resolver *resolver)
{
	struct resolve_stats *stats = resolver->stats;
	const struct resolve_unnamed *unnamed = &resolver->unnamed;
	size_t i;

	if (!unnamed->n_locations)
		return;
	if (resolver->unnamed.debuginfod == DEBUGINFOD_FOUND)
		resolver->unnamed.debuginfod = DEBUGINFOD_NOT_ASKED;
	stats->n_unnamed[unnamed->cause] += unnamed->n_locations;
	stats->weight_unnamed[unnamed->cause] += unnamed->weight;
	for (i = stats->n_modules; i > 0; i--) {
		const struct resolve_unnamed *other = &stats->modules[i - 1];

		if (other->weight > unnamed->weight || (other->weight == unnamed->weight &&
							other->n_locations >= unnamed->n_locations))
			break;
		if (i < RESOLVE_MODULES)
			stats->modules[i] = *other;
	}
	if (i < RESOLVE_MODULES)
		stats->modules[i] = *unnamed;
	if (stats->n_modules < RESOLVE_MODULES)
		stats->n_modules++;
}

static void resolver_count_missing(struct resolver *resolver, const struct group *group,
				 const struct symbolizer_debug *debug)
{
	struct resolve_stats *stats = resolver->stats;

	if (debug->n_split_missing && !stats->n_split_missing) {
		snprintf(stats->split_missing, sizeof(stats->split_missing), "%s",
			 debug->split_missing ? debug->split_missing : "?");
		stats->split_module = group->module;
	}
	stats->n_split_missing += debug->n_split_missing;
	stats->n_names_refused += debug->n_names_refused;
}

/* Makes frames of what came of a module; job is NULL if its file could not be opened. */
static int resolver_take(struct resolver *resolver, const struct group *group,
			 const struct resolve_job *job)
{
	enum resolve_cause cause;
	int err;

	if (job && job->err == -ENOMEM)
		return job->err;
	if (!job && group->err == -ECANCELED)
		return 0;
	if (!job)
		cause = cause_of_open(group->err);
	else if (job->err)
		cause = job->err == -ENOEXEC ? RESOLVE_NO_ELF : RESOLVE_UNREADABLE;
	else
		cause = cause_of_debug(&job->debug);
	resolver->unnamed = (struct resolve_unnamed){
		.module = group->module,
		.cause = cause,
		.debuginfod = job && job->debug.debuginfod ? job->debug.debuginfod :
							     group->debuginfod,
	};
	if (job)
		resolver_count_missing(resolver, group, &job->debug);
	resolver->base = module_base(resolver->profile, group->module, &resolver->base_n);
	err = resolver_answer_all(resolver, group, job);
	if (!err)
		resolver_keep_unnamed(resolver);
	return err;
}

/* Takes what came of the next module, in the order of their numbers. */
static int resolver_take_next(struct resolver *resolver, struct resolve_jobs *jobs, size_t *next)
{
	const struct group *group = &resolver->groups.data[*next];

	(*next)++;
	return resolver_take(resolver, group, group->err ? NULL : resolve_jobs_take(jobs));
}

/* -ENOMEM; else what came of it is in the group. */
static int resolver_put(struct resolver *resolver, struct resolve_jobs *jobs, struct group *group,
			resolve_open_fn open_file, void *ctx)
{
	const struct profile *profile = resolver->profile;
	struct resolve_job job = {
		.file = {.fd = -1, .root_fd = -1},
		.offsets = resolver->offsets.data + group->first,
		.n_offsets = group->n,
	};

	job.file.path = strings_get(&profile->strings, profile->modules.data[group->module].path);
	group->err = open_file(ctx, group->module, &job.file);
	group->debuginfod = job.file.debuginfod;
	if (!group->err)
		resolve_jobs_put(jobs, &job);
	return group->err == -ENOMEM ? group->err : 0;
}

static int resolver_run(struct resolver *resolver, struct resolve_jobs *jobs,
			resolve_open_fn open_file, void *ctx)
{
	size_t next = 0;
	int err = 0;

	for (size_t i = 0; i < resolver->groups.n && !err; i++) {
		while (resolve_jobs_full(jobs) && !err)
			err = resolver_take_next(resolver, jobs, &next);
		if (!err)
			err = resolver_put(resolver, jobs, &resolver->groups.data[i], open_file, ctx);
	}
	while (next < resolver->groups.n && !err)
		err = resolver_take_next(resolver, jobs, &next);
	return err;
}

int profile_resolve_on(struct profile *profile, struct symbolizer *symbolizer, size_t n_threads,
		       resolve_open_fn open_file, void *ctx, struct resolve_stats *ret)
{
	guard(resolver_deinit) struct resolver resolver = {
		.profile = profile,
		.stats = ret,
	};
	struct resolve_jobs *jobs = NULL;
	int err;

	memset(ret, 0, sizeof(*ret));
	err = resolver_collect(&resolver) ?: resolver_group(&resolver) ?: resolver_weigh(&resolver);
	if (!err)
		err = resolve_jobs_create(symbolizer, resolver.groups.n < n_threads ?
						      resolver.groups.n : n_threads, &jobs);
	if (!err)
		err = resolver_run(&resolver, jobs, open_file, ctx);
	resolve_jobs_destroy(jobs);
	return err;
}

int profile_resolve(struct profile *profile, struct symbolizer *symbolizer,
		    resolve_open_fn open_file, void *ctx, struct resolve_stats *ret)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : CPU_COUNT(&cpus);

	return profile_resolve_on(profile, symbolizer, n, open_file, ctx, ret);
}

static bool is_recorded_build(const struct elf_info *info, const char *build_id)
{
	char text[2 * sizeof(info->build_id) + 1] = "";

	for (size_t i = 0; i < info->build_id_size; i++)
		snprintf(text + 2 * i, 3, "%02x", info->build_id[i]);
	return !strcmp(text, build_id);
}

/* The file that the path leads to here. */
static int open_path(const struct resolve_by_path *by_path, const struct profile_module *module)
{
	const struct strings *strings = &by_path->profile->strings;
	const char *path = strings_get(strings, module->path);
	guard_close int fd = -1;
	struct elf_info info;
	int err;

	if (path[0] != '/')
		return -ENOENT;
	fd = open_file_regular(-1, path);
	if (fd < 0)
		return fd;
	err = elf_info_read(fd, &info);
	if (err)
		return err;
	return is_recorded_build(&info, strings_get(strings, module->build_id)) ? take_fd(fd) :
										  -ESTALE;
}

/* Any file with the recorded build-id. */
static int open_build(const struct resolve_by_path *by_path, const struct profile_module *module,
		      enum debuginfod_answer *ret_debuginfod)
{
	const struct strings *strings = &by_path->profile->strings;
	const char *hex = strings_get(strings, module->build_id);
	uint8_t build_id[64];
	size_t n = 0;

	if (!by_path->symbolizer)
		return -ENOENT;
	while (n < sizeof(build_id) && isxdigit((unsigned char)hex[2 * n]) &&
	       isxdigit((unsigned char)hex[2 * n + 1]) &&
	       sscanf(hex + 2 * n, "%2hhx", &build_id[n]) == 1)
		n++;
	if (!n || hex[2 * n])
		return -ENOENT;
	return symbolizer_open_by_build_id(by_path->symbolizer, build_id, n,
					   strings_get(strings, module->path), ret_debuginfod);
}

int resolve_open_by_path(void *ctx, uint32_t number, struct symbolizer_module *ret)
{
	struct resolve_by_path *by_path = ctx;
	const struct profile_module *module = &by_path->profile->modules.data[number];
	int fd;

	resolve_by_path_deinit(by_path);
	/* Only the machine that it was recorded on has it, and that has named it already. */
	if (module->kind == MODULE_VDSO)
		return -ECANCELED;
	fd = open_path(by_path, module);
	if (fd < 0 && fd != -ENOMEM) {
		int other = open_build(by_path, module, &ret->debuginfod);

		if (other >= 0 || other == -ENOMEM)
			fd = other;
	}
	if (fd < 0)
		return fd;
	ret->fd = by_path->fd = fd;
	return 0;
}

void resolve_by_path_deinit(struct resolve_by_path *by_path)
{
	if (by_path->fd >= 0)
		close(by_path->fd);
	by_path->fd = -1;
}
