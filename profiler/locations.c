// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks addresses up in a process's mappings and in kallsyms, and interns what
 * it finds. kallsyms is read when the first kernel address comes, and again,
 * not more than once a second, when an address is in no symbol of it: a module
 * or a BPF program may have been loaded since.
 */
#include "profiler/locations.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "symbolize/symbolizer.h"

enum { KERNEL_RELOAD_NS = 1000000000 };

void locations_init(struct locations *locations, struct profile *profile,
		    const struct modules *modules, struct symbolizer *symbolizer)
{
	*locations = (struct locations){
		.profile = profile,
		.modules = modules,
		.symbolizer = symbolizer,
	};
}

void locations_deinit(struct locations *locations)
{
	idmap_deinit(&locations->kernel);
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

	if (!mapping) {
		locations->n_unmapped++;
		return intern_named(locations->profile, MODULE_JIT, "[unmapped]", 0, "[unmapped]",
				    "[unmapped]", ret);
	}
	module = &locations->modules->items.data[mapping->module];
	/* Nothing tells functions apart in memory without a file: one frame for all of it. */
	if (module->kind == MODULE_JIT)
		return intern_named(locations->profile, MODULE_JIT, "[anon]", 0, "[anon]",
				    "[anon]", ret);
	return profile_intern_location(locations->profile, module->number,
				       at - mapping->start + mapping->offset, NULL, 0, ret);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static bool find_kernel(struct locations *locations, uint64_t address, struct kernel_symbol *ret)
{
	uint64_t now;

	if (locations->kernel_loaded_ns &&
	    symbolizer_kernel(locations->symbolizer, address, ret))
		return true;
	now = now_ns();
	if (locations->kernel_loaded_ns && now - locations->kernel_loaded_ns < KERNEL_RELOAD_NS)
		return false;
	locations->kernel_loaded_ns = now;
	locations->kernel_error = symbolizer_load_kernel(locations->symbolizer);
	return !locations->kernel_error && symbolizer_kernel(locations->symbolizer, address, ret);
}

int locations_kernel(struct locations *locations, uint64_t address, bool returns, uint32_t *ret)
{
	uint64_t at = address - returns;
	struct kernel_symbol symbol;
	char module[96] = "[kernel]", unnamed[128];
	int err;

	if (idmap_find(&locations->kernel, at, ret))
		return 0;
	if (!find_kernel(locations, at, &symbol)) {
		/* The address itself would give away where the kernel was put. */
		err = intern_named(locations->profile, MODULE_KERNEL, module, 0, "[kernel+?]",
				   "[kernel+?]", ret);
	} else if (symbol.module && !strcmp(symbol.module, "bpf")) {
		err = intern_named(locations->profile, MODULE_BPF, "[bpf]",
				   at - symbol.module_start, symbol.name, symbol.system_name, ret);
	} else {
		if (symbol.module)
			snprintf(module, sizeof(module), "[kernel:%s]", symbol.module);
		snprintf(unnamed, sizeof(unnamed), "%.*s+0x%llx]", (int)strlen(module) - 1, module,
			 (unsigned long long)(symbol.start - symbol.module_start));
		err = intern_named(locations->profile, MODULE_KERNEL, module,
				   at - symbol.module_start, symbol.name ? symbol.name : unnamed,
				   symbol.system_name ? symbol.system_name : unnamed, ret);
	}
	return err ? err : idmap_put(&locations->kernel, at, *ret);
}
