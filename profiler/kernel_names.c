// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks each kernel address up once, in the kernel's debug information first
 * where there is some, and names it by kallsyms in any case. Offsets are from
 * the start of the module (for the kernel proper, of its text), so that a file
 * that is mailed does not give away where the kernel was put in memory.
 */
#include "profiler/kernel_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"
#include "report/profile.h"
#include "symbolize/kernel_debug.h"
#include "symbolize/symbolizer.h"

struct kernel_item {
	uint64_t address;
	uint32_t location;
};

struct giver {
	struct kernel_names *names;
	struct profile *profile;
	VEC(struct kernel_item) items; /* in the kernel proper, by address */
	VEC(uint64_t) addresses;       /* theirs */
	uint64_t stext;
	int err; /* of an answer */
};

static void giver_deinit(struct giver *giver)
{
	vec_deinit(&giver->items);
	vec_deinit(&giver->addresses);
}

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

void kernel_names_take(struct kernel_names *names, struct symbolizer *symbolizer, int error)
{
	names->symbolizer = symbolizer;
	names->error = error;
	names->running = false;
}

void kernel_names_wait(struct kernel_names *names)
{
	if (names->running)
		pthread_join(names->thread, NULL);
	names->running = false;
}

/* The module of a symbol. */
static int find_module(struct profile *profile, const struct kernel_symbol *symbol, uint32_t *ret)
{
	struct profile_module module = { .kind = MODULE_KERNEL };
	char path[96] = "[kernel]";
	int err;

	if (symbol->module && !strcmp(symbol->module, "bpf")) {
		module.kind = MODULE_BPF;
		snprintf(path, sizeof(path), "[bpf]");
	} else if (symbol->module) {
		snprintf(path, sizeof(path), "[kernel:%s]", symbol->module);
	}
	err = profile_intern(profile, path, &module.path);
	return err ? err : profile_intern_module(profile, &module, ret);
}

static int make_frame(struct profile *profile, const struct symbol_frame *from,
		      struct profile_frame *ret)
{
	struct profile_function function = { .start_line = from->start_line };
	int err = profile_intern(profile, from->name ? from->name : "[kernel+?]", &function.name);

	ret->line = from->line;
	if (!err && from->system_name && from->name && strcmp(from->name, from->system_name))
		err = profile_intern(profile, from->system_name, &function.system_name);
	if (!err && from->file)
		err = profile_intern(profile, from->file, &function.file);
	return err ? err : profile_intern_function(profile, &function, &ret->function);
}

/* The outermost frame's name is the symbol's; what else is known of it and of what is inlined into
 * it is in n frames, which may be none. */
static int give_name(struct profile *profile, const struct kernel_item *item,
		     const struct kernel_symbol *symbol, const struct symbol_frame *frames, size_t n)
{
	struct symbol_frame outermost = n ? frames[n - 1] : (struct symbol_frame){};
	VEC(struct profile_frame) made = {};
	struct profile_frame frame;
	uint32_t module = 0;
	int err = 0;

	outermost.name = symbol->name;
	outermost.system_name = symbol->system_name;
	for (size_t i = 0; !err && i < (n ? n : 1); i++)
		err = make_frame(profile, i + 1 < n ? &frames[i] : &outermost, &frame) ?:
		      vec_push(&made, frame);
	if (!err)
		err = profile_set_frames(profile, item->location, made.data, made.n);
	vec_deinit(&made);
	if (!err)
		err = find_module(profile, symbol, &module);
	if (!err)
		profile_move_location(profile, item->location, module,
				      item->address - symbol->module_start);
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

static int compare_items(const void *a, const void *b)
{
	const struct kernel_item *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* What is in the kernel proper: only that can be in vmlinux. */
static int collect_items(struct giver *giver, const struct idmap *locations)
{
	struct kernel_symbol symbol;
	int err = 0;

	for (size_t i = 0; !err && i < locations->cap; i++) {
		const struct idmap_slot *slot = &locations->slots[i];
		struct kernel_item item = { slot->key, slot->value - 1 };

		if (!slot->value || !is_known(giver->names, slot->key, &symbol) || symbol.module)
			continue;
		giver->stext = symbol.module_start;
		err = vec_push(&giver->items, item);
	}
	if (giver->items.n)
		qsort(giver->items.data, giver->items.n, sizeof(*giver->items.data),
		      compare_items);
	vec_each(&giver->items, item)
		err = err ?: vec_push(&giver->addresses, item->address);
	return err;
}

static int give_chain(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct giver *giver = ctx;
	const struct kernel_item *item = &giver->items.data[index];
	struct kernel_symbol symbol;

	giver->err = is_known(giver->names, item->address, &symbol) ?
			     give_name(giver->profile, item, &symbol, frames, n) :
			     0;
	return giver->err;
}

/* Inlined functions and lines, where there is debug information of the running kernel. */
static int give_chains(struct giver *giver, const struct idmap *locations)
{
	const struct kernel_debug_system here = {};
	struct kernel_names *names = giver->names;
	struct kernel_debug debug;
	int err = collect_items(giver, locations);

	if (err || !giver->items.n)
		return err;
	names->debug_error = kernel_debug_init(&debug, names->symbolizer, &here);
	if (names->debug_error)
		return names->debug_error == -ENOMEM ? -ENOMEM : 0;
	names->debug_error = kernel_debug_resolve(&debug, names->symbolizer, giver->stext,
						  giver->addresses.data, giver->addresses.n,
						  give_chain, giver);
	kernel_debug_deinit(&debug);
	if (giver->err)
		return giver->err;
	return names->debug_error == -ENOMEM ? -ENOMEM : 0;
}

int kernel_names_give(struct kernel_names *names, struct profile *profile,
		      const struct idmap *locations)
{
	guard(giver_deinit) struct giver giver = { .names = names, .profile = profile };
	struct kernel_symbol symbol;
	int err;

	kernel_names_wait(names);
	if (!locations->n)
		return 0;
	if (!names->error && !all_known(names, locations))
		names->error = symbolizer_load_kernel(names->symbolizer);
	err = give_chains(&giver, locations);
	for (size_t i = 0; !err && i < locations->cap; i++) {
		const struct idmap_slot *slot = &locations->slots[i];
		struct kernel_item item = { slot->key, slot->value - 1 };

		if (!slot->value || profile->locations.data[item.location].n_frames)
			continue;
		if (is_known(names, slot->key, &symbol))
			err = give_name(profile, &item, &symbol, NULL, 0);
		else
			err = give_none(profile, item.location);
	}
	return err;
}

/* 1 leaves them to CAP_SYSLOG, as 0 does where the kernel is so built; 2 shows them to nobody. */
const char *kernel_names_remedy(void)
{
	guard_fclose FILE *file = fopen("/proc/sys/kernel/kptr_restrict", "re");
	bool root = !geteuid();
	int level = 0;

	if (file && fscanf(file, "%d", &level) == 1 && level > 1)
		return root ? "`sysctl kernel.kptr_restrict=1`" :
			      "`sysctl kernel.kptr_restrict=1` and run as root";
	return root ? "flametap lacks CAP_SYSLOG; a container gets it by `--cap-add SYSLOG`" :
		      "run as root, or with CAP_SYSLOG";
}
