// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The complete tables of a pprof file in, modules, functions and locations of
 * the profile out. Every number in the file is a claim that is checked here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/pprof.h"
#include "report/pprof_tables.h"
#include "report/resolve.h"

int pprof_tables_string(const struct pprof_tables *tables, uint64_t index, uint32_t *ret)
{
	if (index >= tables->strings.n)
		return pprof_error(tables, "refers to string %llu of %zu",
				   (unsigned long long)index, tables->strings.n);
	*ret = tables->strings.data[index];
	return 0;
}

static bool starts_with(const char *s, const char *start)
{
	return !strncmp(s, start, strlen(start));
}

/* "[kernel:nf_tables]" of the ways in which other tools name a kernel module's text. */
static int pprof_kernel_module(struct profile *profile, const char *name, size_t n,
			       struct profile_module *ret)
{
	char text[128];

	ret->kind = MODULE_KERNEL;
	snprintf(text, sizeof(text), "[kernel:%.*s]", (int)(n < 100 ? n : 100), name);
	return profile_intern(profile, text, &ret->path);
}

/* Sets the kind by the name that flametap, perf's converters and others give a mapping. */
static int pprof_module_kind(struct profile *profile, uint64_t start, struct profile_module *ret)
{
	const char *path = strings_get(&profile->strings, ret->path);
	const char *base = strrchr(path, '/');
	size_t n = strlen(path);

	base = base ? base + 1 : path;
	ret->kind = MODULE_USER;
	if (!n || !strcmp(path, "[unknown]")) {
		ret->kind = MODULE_NONE;
	} else if (!strcmp(path, "[kernel]") || starts_with(path, "[kernel:")) {
		ret->kind = MODULE_KERNEL;
	} else if (starts_with(path, "[kernel.") || starts_with(path, "[kernel]_") ||
		   starts_with(path, "[guest.kernel.")) {
		ret->kind = MODULE_KERNEL;
		return profile_intern(profile, "[kernel]", &ret->path);
	} else if (starts_with(path, "[bpf")) {
		ret->kind = MODULE_BPF;
	} else if (!strcmp(path, "[vdso]") || starts_with(base, "linux-vdso.so")) {
		ret->kind = MODULE_VDSO;
		return profile_intern(profile, "[vdso]", &ret->path);
	} else if (!strcmp(path, "//anon")) {
		ret->kind = MODULE_JIT;
		return profile_intern(profile, "[anon]", &ret->path);
	} else if (path[0] == '[' && path[n - 1] == ']') {
		if (start >> 63)
			return pprof_kernel_module(profile, path + 1, n - 2, ret);
		ret->kind = MODULE_JIT;
	} else if (strstr(base, ".ko") && start >> 63) {
		return pprof_kernel_module(profile, base, strstr(base, ".ko") - base, ret);
	}
	return 0;
}

static int pprof_finish_mappings(struct pprof_tables *tables, struct idmap *ids)
{
	for (size_t i = 0; i < tables->mappings.n; i++) {
		struct pprof_mapping *mapping = &tables->mappings.data[i];
		struct profile_module module = {};
		uint32_t other;
		int err;

		if (!mapping->id || idmap_find(ids, mapping->id, &other))
			return pprof_error(tables, "has %s mapping with id %llu",
					   mapping->id ? "a second" : "a",
					   (unsigned long long)mapping->id);
		if ((err = idmap_put(ids, mapping->id, i)) ||
		    (err = pprof_tables_string(tables, mapping->file, &module.path)) ||
		    (err = pprof_tables_string(tables, mapping->build_id, &module.build_id)) ||
		    (err = pprof_module_kind(tables->profile, mapping->start, &module)) ||
		    (err = profile_intern_module(tables->profile, &module, &mapping->module)))
			return err;
	}
	return 0;
}

static int pprof_finish_functions(struct pprof_tables *tables, struct idmap *ids)
{
	for (size_t i = 0; i < tables->functions.n; i++) {
		struct pprof_function *from = &tables->functions.data[i];
		struct profile_function function = {.start_line = from->start_line};
		uint32_t other;
		int err;

		if (!from->id || idmap_find(ids, from->id, &other))
			return pprof_error(tables, "has %s function with id %llu",
					   from->id ? "a second" : "a",
					   (unsigned long long)from->id);
		if ((err = idmap_put(ids, from->id, i)) ||
		    (err = pprof_tables_string(tables, from->name, &function.name)) ||
		    (err = pprof_tables_string(tables, from->system_name, &function.system_name)) ||
		    (err = pprof_tables_string(tables, from->file, &function.file)) ||
		    (err = profile_intern_function(tables->profile, &function, &from->function)))
			return err;
	}
	return 0;
}

/* Addresses are those of the process; files of flametap map each module at 0. */
static uint64_t pprof_offset(const struct profile *profile, const struct pprof_mapping *mapping,
			     uint64_t address)
{
	enum module_kind kind = profile->modules.data[mapping->module].kind;

	if ((kind == MODULE_USER || kind == MODULE_VDSO) && address >= mapping->start)
		return address - mapping->start + mapping->offset;
	return address;
}

/* Lines of functions without a name tell nothing and are left out. */
static int pprof_finish_lines(struct pprof_tables *tables, const struct idmap *functions,
			      const struct pprof_location *location, struct profile_frame *frames,
			      uint32_t *ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < location->n_lines; i++) {
		const struct pprof_line *line = &tables->lines.data[location->first_line + i];
		uint32_t number;
		uint32_t function;

		if (!line->function_id)
			continue;
		if (!idmap_find(functions, line->function_id, &number))
			return pprof_error(tables,
					   "has no function %llu, which location %llu names",
					   (unsigned long long)line->function_id,
					   (unsigned long long)location->id);
		function = tables->functions.data[number].function;
		if (tables->profile->functions.data[function].name)
			frames[n++] = (struct profile_frame){function, line->line};
	}
	*ret = n;
	return 0;
}

/* A name that is nothing but the address: the file may be here, where the profile is read. */
static bool is_unresolved(const struct profile *profile, uint32_t module, uint64_t offset,
			  const struct profile_frame *frame)
{
	enum module_kind kind = profile->modules.data[module].kind;
	uint32_t name = profile->functions.data[frame->function].name;

	return (kind == MODULE_USER || kind == MODULE_VDSO) &&
	       resolve_is_offset_name(profile, module, offset,
				      strings_get(&profile->strings, name));
}

static int pprof_finish_location(struct pprof_tables *tables, const struct idmap *mappings,
				 const struct idmap *functions,
				 const struct pprof_location *location,
				 struct profile_frame *frames)
{
	static const struct pprof_mapping none;
	const struct pprof_mapping *mapping = &none;
	struct profile *profile = tables->profile;
	uint64_t offset;
	uint32_t number;
	uint32_t n;
	int err;

	if (!location->id || idmap_find(&tables->location_ids, location->id, &number))
		return pprof_error(tables, "has %s location with id %llu",
				   location->id ? "a second" : "a",
				   (unsigned long long)location->id);
	if (location->mapping_id) {
		if (!idmap_find(mappings, location->mapping_id, &number))
			return pprof_error(tables, "has no mapping %llu, which location %llu names",
					   (unsigned long long)location->mapping_id,
					   (unsigned long long)location->id);
		mapping = &tables->mappings.data[number];
	}
	offset = pprof_offset(profile, mapping, location->address);
	err = pprof_finish_lines(tables, functions, location, frames, &n);
	if (!err && n == 1 && is_unresolved(profile, mapping->module, offset, &frames[0]))
		n = 0;
	if (!err)
		err = profile_intern_location(profile, mapping->module, offset, frames, n, &number);
	return err ? err : idmap_put(&tables->location_ids, location->id, number);
}

static int pprof_finish_locations(struct pprof_tables *tables, const struct idmap *mappings,
				  const struct idmap *functions)
{
	guard_free struct profile_frame *frames = NULL;
	uint32_t most = 0;

	for (size_t i = 0; i < tables->locations.n; i++)
		if (tables->locations.data[i].n_lines > most)
			most = tables->locations.data[i].n_lines;
	frames = calloc(most + 1, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < tables->locations.n; i++) {
		int err = pprof_finish_location(tables, mappings, functions,
						&tables->locations.data[i], frames);

		if (err)
			return err;
	}
	return 0;
}

static int pprof_get_type(const struct pprof_tables *tables, const struct pprof_value_type *type,
			  struct profile_value_type *ret)
{
	int err = pprof_tables_string(tables, type->type, &ret->type);

	return err ? err : pprof_tables_string(tables, type->unit, &ret->unit);
}

/* The first input decides what the samples' values are and which is shown first. */
static int pprof_finish_values(struct pprof_tables *tables)
{
	struct profile *profile = tables->profile;
	struct profile_value_type types[PROFILE_MAX_VALUES];
	bool first = !profile->n_values;
	uint32_t default_type;
	size_t n = tables->value_types.n;
	int err;

	if (!n || n > PROFILE_MAX_VALUES)
		return pprof_error(tables, "has %zu kinds of values; 1 to %d can be read", n,
				   PROFILE_MAX_VALUES);
	for (size_t i = 0; i < n; i++) {
		err = pprof_get_type(tables, &tables->value_types.data[i], &types[i]);
		if (err)
			return err;
	}
	if (profile_set_values(profile, types, n))
		return pprof_error(tables,
				   "counts %s first, the input before it %s; "
				   "they cannot be added up",
				   strings_get(&profile->strings, types[0].type),
				   strings_get(&profile->strings, profile->value_types[0].type));
	err = pprof_tables_string(tables, tables->default_type, &default_type);
	if (err || !first)
		return err;
	profile->default_value = n - 1;
	for (size_t i = 0; default_type && i < n; i++)
		if (types[i].type == default_type)
			profile->default_value = i;
	return 0;
}

static int pprof_finish_comments(struct pprof_tables *tables)
{
	struct profile *profile = tables->profile;

	for (size_t i = 0; i < tables->comments.n; i++) {
		unsigned long long slice_ns;
		uint32_t number;
		int err = pprof_tables_string(tables, tables->comments.data[i], &number);

		if (err)
			return err;
		if (sscanf(strings_get(&profile->strings, number), PPROF_SLICE_FORMAT, &slice_ns) ==
		    1) {
			tables->slice_ns = slice_ns;
			continue;
		}
		err = profile_add_comment(profile, strings_get(&profile->strings, number));
		if (err)
			return err;
	}
	return 0;
}

int pprof_tables_finish(struct pprof_tables *tables)
{
	guard(idmap_deinit) struct idmap mappings = {};
	guard(idmap_deinit) struct idmap functions = {};
	struct profile *profile = tables->profile;
	int err;

	if (!tables->strings.n || tables->strings.data[0])
		return pprof_error(tables, "has no string table that begins with an empty string");
	if ((err = pprof_finish_values(tables)) || (err = pprof_finish_comments(tables)) ||
	    (err = pprof_finish_mappings(tables, &mappings)) ||
	    (err = pprof_finish_functions(tables, &functions)) ||
	    (err = pprof_finish_locations(tables, &mappings, &functions)))
		return err;
	if (profile->period_type.type || profile->period)
		return 0;
	profile->period = tables->period;
	return pprof_get_type(tables, &tables->period_type, &profile->period_type);
}
