// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks each kernel address up once. Offsets are from the start of the module
 * (for the kernel proper, of its text), so that a file that is mailed does not
 * give away where the kernel was put in memory.
 */
#include "profiler/kernel_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report/profile.h"
#include "symbolize/symbolizer.h"

static void *load(void *ctx)
{
	struct kernel_names *names = ctx;

	names->error = symbolizer_load_kernel(names->symbolizer);
	return NULL;
}

void kernel_names_begin(struct kernel_names *names, struct symbolizer *symbolizer)
{
	names->symbolizer = symbolizer;
	names->error = 0;
	names->running = !pthread_create(&names->thread, NULL, load, names);
	if (!names->running)
		load(names);
}

void kernel_names_wait(struct kernel_names *names)
{
	if (names->running)
		pthread_join(names->thread, NULL);
	names->running = false;
}

static int give_name(struct profile *profile, uint32_t location, uint64_t address,
		     const struct kernel_symbol *symbol)
{
	struct profile_module module = { .kind = MODULE_KERNEL };
	struct profile_function function = {};
	struct profile_frame frame = {};
	char path[96] = "[kernel]";
	uint32_t number;
	int err;

	if (symbol->module && !strcmp(symbol->module, "bpf")) {
		module.kind = MODULE_BPF;
		snprintf(path, sizeof(path), "[bpf]");
	} else if (symbol->module) {
		snprintf(path, sizeof(path), "[kernel:%s]", symbol->module);
	}
	err = profile_intern(profile, path, &module.path);
	if (!err)
		err = profile_intern_module(profile, &module, &number);
	if (!err)
		err = profile_intern(profile, symbol->name, &function.name);
	if (!err && symbol->system_name && strcmp(symbol->name, symbol->system_name))
		err = profile_intern(profile, symbol->system_name, &function.system_name);
	if (!err)
		err = profile_intern_function(profile, &function, &frame.function);
	if (!err)
		err = profile_set_frames(profile, location, &frame, 1);
	if (!err)
		profile_move_location(profile, location, number, address - symbol->module_start);
	return err;
}

static int give_none(struct profile *profile, uint32_t location)
{
	struct profile_function function = {};
	struct profile_frame frame = {};
	int err = profile_intern(profile, "[kernel+?]", &function.name);

	if (!err)
		err = profile_intern_function(profile, &function, &frame.function);
	if (!err)
		err = profile_set_frames(profile, location, &frame, 1);
	/* Not its address: see the top. */
	if (!err)
		profile_move_location(profile, location,
				      profile->locations.data[location].module, location);
	return err;
}

static bool is_known(struct kernel_names *names, uint64_t address, struct kernel_symbol *ret)
{
	return !names->error && symbolizer_kernel(names->symbolizer, address, ret) && ret->name;
}

static bool all_known(struct kernel_names *names, const struct idmap *locations)
{
	struct kernel_symbol symbol;

	for (size_t i = 0; i < locations->cap; i++)
		if (locations->slots[i].value &&
		    !is_known(names, locations->slots[i].key, &symbol))
			return false;
	return true;
}

int kernel_names_give(struct kernel_names *names, struct profile *profile,
		      const struct idmap *locations)
{
	struct kernel_symbol symbol;
	int err = 0;

	kernel_names_wait(names);
	if (!locations->n)
		return 0;
	if (!names->error && !all_known(names, locations))
		names->error = symbolizer_load_kernel(names->symbolizer);
	for (size_t i = 0; !err && i < locations->cap; i++) {
		const struct idmap_slot *slot = &locations->slots[i];

		if (!slot->value)
			continue;
		if (is_known(names, slot->key, &symbol))
			err = give_name(profile, slot->value - 1, slot->key, &symbol);
		else
			err = give_none(profile, slot->value - 1);
	}
	return err;
}
