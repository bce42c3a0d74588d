// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks addresses up in a process's mappings, and interns what it finds. */
#include "profiler/locations.h"

#include <string.h>

void locations_init(struct locations *locations, struct profile *profile,
		    const struct modules *modules)
{
	*locations = (struct locations){
		.profile = profile,
		.modules = modules,
	};
	jit_init(&locations->jit, profile, modules);
}

void locations_deinit(struct locations *locations)
{
	idmap_deinit(&locations->kernel);
	jit_deinit(&locations->jit);
}

/* A location with one frame, named here and now. */
static int intern_named(struct profile *profile, enum module_kind kind, const char *module_name,
			uint64_t offset, const char *name, const char *system_name, uint32_t *ret)
{
	struct profile_module module = { .kind = kind };
	struct profile_function function = {};
	struct profile_frame frame = {};
	uint32_t number;
	int err = profile_intern(profile, module_name, &module.path);

	if (!err)
		err = profile_intern_module(profile, &module, &number);
	if (!err)
		err = profile_intern(profile, name, &function.name);
	if (!err && strcmp(name, system_name))
		err = profile_intern(profile, system_name, &function.system_name);
	if (!err)
		err = profile_intern_function(profile, &function, &frame.function);
	if (!err)
		err = profile_intern_location(profile, number, offset, &frame, 1, ret);
	return err;
}

int locations_half(struct locations *locations, enum module_kind kind, const char *name,
		   uint32_t *ret)
{
	return intern_named(locations->profile, kind, name, 0, name, name, ret);
}

int locations_user(struct locations *locations, const struct process *process, uint64_t address,
		   bool returns, uint32_t *ret)
{
	uint64_t at = address - returns;
	const struct mapping *mapping = process_mapping(process, at);
	const struct module *module;

	if (!mapping)
		return intern_named(locations->profile, MODULE_JIT, "[unmapped]", 0, "[unmapped]",
				    "[unmapped]", ret);
	module = &locations->modules->items.data[mapping->module];
	if (module->kind == MODULE_JIT)
		return jit_location(&locations->jit, process, at, ret);
	return profile_intern_location(locations->profile, module->number,
				       at - mapping->start + mapping->offset, NULL, 0, ret);
}

int locations_kernel(struct locations *locations, uint64_t address, bool returns, uint32_t *ret)
{
	struct profile_module module = { .kind = MODULE_KERNEL };
	uint64_t at = address - returns;
	uint32_t number;
	int err;

	if (idmap_find(&locations->kernel, at, ret))
		return 0;
	err = profile_intern(locations->profile, "[kernel]", &module.path);
	if (!err)
		err = profile_intern_module(locations->profile, &module, &number);
	if (!err)
		err = profile_intern_location(locations->profile, number, at, NULL, 0, ret);
	return err ? err : idmap_put(&locations->kernel, at, *ret);
}
