// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unresolved locations in, sorted by module and offset; each module's file is
 * asked for once, with all of its offsets; frames out. Functions are interned
 * as the answers come, so that nothing is kept of a file but names.
 */
#include "report/resolve.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/profile.h"
#include "symbolize/open_file.h"

struct resolver {
	struct profile *profile;
	struct symbolizer *symbolizer;
	struct resolve_stats *stats;
	VEC(uint32_t) locations; /* unresolved, by module and offset */
	VEC(uint64_t) offsets;	 /* of the module at hand */
	const uint32_t *now;	 /* its locations, as many */
	size_t n_answered;	 /* of them */
	int64_t *weights;	 /* by location: of samples that end there */
	VEC(struct profile_frame) frames;
	const char *base; /* name of the module at hand, without path and brackets */
	size_t base_n;
	struct resolve_unnamed unnamed; /* of the module at hand */
	int err;			/* of an answer */
};

static void resolver_deinit(struct resolver *resolver)
{
	vec_deinit(&resolver->locations);
	vec_deinit(&resolver->offsets);
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
	return 0;
}

static int resolver_weigh(struct resolver *resolver)
{
	const struct profile *profile = resolver->profile;

	resolver->weights = calloc(profile->locations.n, sizeof(*resolver->weights));
	if (!resolver->weights)
		return -ENOMEM;
	for (size_t i = 0; i < profile->samples.n; i++) {
		uint32_t stack = profile->samples.data[i].stack;

		resolver->weights[profile->stacks.data[stack].location] +=
			profile->values.data[i * profile->n_values + profile->default_value];
	}
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

static int resolver_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct resolver *resolver = ctx;
	uint64_t offset = resolver->offsets.data[index];
	uint32_t location = resolver->now[index];
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
	if (err) {
		resolver->err = err;
		return err;
	}
	resolver->n_answered++;
	if (named)
		resolver->stats->n_named++;
	else
		resolver_count_unnamed(resolver, location);
	return 0;
}

/* What the file had no answer for, or all where there is no file. */
static int resolver_name_rest(struct resolver *resolver)
{
	static const struct symbol_frame none = {.start = UINT64_MAX};
	struct profile *profile = resolver->profile;
	int err = 0;

	for (size_t i = 0; !err && i < resolver->offsets.n; i++)
		if (!profile->locations.data[resolver->now[i]].n_frames)
			err = resolver_answer(resolver, i, &none, 1);
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

/* The n locations at first are those of one module. */
static int resolver_do_module(struct resolver *resolver, size_t first, size_t n,
			      resolve_open_fn open_file, void *ctx)
{
	struct profile *profile = resolver->profile;
	uint32_t module = profile->locations.data[resolver->locations.data[first]].module;
	struct symbolizer_module file = {.fd = -1, .root_fd = -1};
	struct symbolizer_debug debug;
	int err = 0;

	resolver->unnamed = (struct resolve_unnamed){.module = module};
	resolver->now = resolver->locations.data + first;
	resolver->offsets.n = 0;
	for (size_t i = 0; !err && i < n; i++)
		err = vec_push(&resolver->offsets,
			       profile->locations.data[resolver->now[i]].offset);
	if (err)
		return err;
	resolver->base = module_base(profile, module, &resolver->base_n);
	file.path = strings_get(&profile->strings, profile->modules.data[module].path);
	err = open_file(ctx, module, &file);
	if (err == -ENOMEM)
		return err;
	if (err) {
		resolver->unnamed.cause = cause_of_open(err);
	} else {
		err = symbolizer_resolve_module(resolver->symbolizer, &file,
						resolver->offsets.data, resolver->offsets.n,
						resolver_answer, resolver, &debug);
		if (resolver->err || err == -ENOMEM)
			return resolver->err ? resolver->err : err;
		if (err)
			resolver->unnamed.cause =
				err == -ENOEXEC ? RESOLVE_NO_ELF : RESOLVE_UNREADABLE;
		else
			resolver->unnamed.cause = cause_of_debug(&debug);
	}
	err = resolver_name_rest(resolver);
	if (!err)
		resolver_keep_unnamed(resolver);
	return err;
}

int profile_resolve(struct profile *profile, struct symbolizer *symbolizer,
		    resolve_open_fn open_file, void *ctx, struct resolve_stats *ret)
{
	guard(resolver_deinit) struct resolver resolver = {
		.profile = profile,
		.symbolizer = symbolizer,
		.stats = ret,
	};
	size_t first = 0;
	int err;

	memset(ret, 0, sizeof(*ret));
	err = resolver_collect(&resolver);
	if (!err)
		err = resolver_weigh(&resolver);
	while (!err && first < resolver.locations.n) {
		const uint32_t *locations = resolver.locations.data;
		uint32_t module = profile->locations.data[locations[first]].module;
		size_t n = 1;

		while (first + n < resolver.locations.n &&
		       profile->locations.data[locations[first + n]].module == module)
			n++;
		err = resolver_do_module(&resolver, first, n, open_file, ctx);
		first += n;
	}
	return err;
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
static int open_build(const struct resolve_by_path *by_path, const struct profile_module *module)
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
					   strings_get(strings, module->path));
}

int resolve_open_by_path(void *ctx, uint32_t number, struct symbolizer_module *ret)
{
	struct resolve_by_path *by_path = ctx;
	const struct profile_module *module = &by_path->profile->modules.data[number];
	int fd;

	resolve_by_path_deinit(by_path);
	fd = open_path(by_path, module);
	if (fd < 0 && fd != -ENOMEM) {
		int other = open_build(by_path, module);

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
