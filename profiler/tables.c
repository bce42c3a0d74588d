// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mappings and processes: written in place into the kernel's array. A range of
 * entries is used again after a moment, and safely even for a walk that is
 * slower than that: the new owner is written before the rest of an entry, and
 * walks read it after the rest. Building and loading is profiler/tables_queue.c's.
 */
#include "profiler/tables.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "profiler/tables_private.h"

enum {
	/* So that walks in progress mostly find what they began with. */
	GRACE_NS = 20000000,
	/* Writing an entry takes some 15 ns: of a process that maps and unmaps all the time that
	 * is one in a hundred. Below a thousand nobody needs to wait. */
	FEW_MAPPINGS = 1000,
	NS_PER_MAPPING = 2000,
};

int tables_init(struct tables *tables, const struct capture_tables *maps,
		const struct modules *modules)
{
	return tables_init_bounded(tables, maps, modules, TABLES_MAX_BYTES);
}

int tables_init_bounded(struct tables *tables, const struct capture_tables *maps,
			const struct modules *modules, uint64_t max_bytes)
{
	int err;

	memset(tables, 0, sizeof(*tables));
	ranges_init(&tables->mappings, UNWIND_MAX_MAPPINGS, GRACE_NS);
	tables->modules = modules;
	err = capture_map_mappings(maps, &tables->entries);
	if (!err)
		err = table_worker_create(maps, max_bytes, &tables->worker);
	/* What says that there are tables. */
	tables->maps = maps;
	return err;
}

void tables_deinit(struct tables *tables)
{
	table_worker_destroy(tables->worker);
	if (tables->entries)
		capture_unmap_mappings(tables->entries);
	vec_each(&tables->items, item)
		vec_deinit(&item->segments);
	vec_deinit(&tables->items);
	vec_deinit(&tables->queue);
	vec_deinit(&tables->waiting);
	vec_deinit(&tables->late);
	vec_deinit(&tables->reports.items);
	ranges_deinit(&tables->mappings);
}

int tables_want(struct tables *tables, const struct process *process)
{
	int err = 0;

	for (size_t i = 0; !err && i < process->mappings.n; i++)
		err = tables_want_module(tables, process->mappings.data[i].module);
	return err;
}

/* Of the entries that a process had. */
static int release(struct tables *tables, struct process *process)
{
	if (!process->tabled)
		return 0;
	for (uint32_t i = 0; i < process->tabled_n; i++) {
		uint32_t module = tables->entries[process->tabled_first + i].module;

		if (module < tables->items.n)
			tables->items.data[module].n_mappings--;
	}
	process->tabled = false;
	return ranges_give(&tables->mappings, process->tabled_first, process->tabled_n,
			   clock_monotonic_ns());
}

static void write_mappings(struct tables *tables, const struct process *process, uint32_t first,
			   uint32_t owner)
{
	struct unwind_mapping *entry = tables->entries + first;

	vec_each(&process->mappings, mapping) {
		const struct table_module *item = &tables->items.data[mapping->module];
		uint64_t bias = 0;
		/* Its address is known all the same: there is code, only no table for it. */
		uint32_t module = UNWIND_MAX_MODULES;

		if (mapping->module < UNWIND_MAX_MODULES &&
		    mapping_bias(mapping, item->segments.data, item->segments.n, &bias)) {
			module = mapping->module;
			tables->items.data[module].n_mappings++;
		}
		entry->owner = owner;
		/* x86-64 stores in order, the compiler need not. */
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		entry->start = mapping->start;
		entry->end = mapping->end;
		entry->bias = bias;
		entry->module = module;
		entry++;
	}
}

/* Its entries are the latest but for their age. */
static bool is_late(const struct process *process, uint64_t now)
{
	return process->tabled && !process->gone && process->tabled_serial == process->serial &&
	       process->tabled_exec_id == process->exec_id &&
	       process->mappings.n >= FEW_MAPPINGS &&
	       now - process->tabled_ns < process->mappings.n * NS_PER_MAPPING;
}

static int give_mappings(struct tables *tables, struct process *process, uint64_t now)
{
	struct unwind_process entry = {
		.start_ns = process->start_ns,
		.exec_id = process->exec_id,
		.n_mappings = process->mappings.n,
		.owner = ++tables->n_owners,
	};
	int err = tables_want(tables, process);

	if (!err)
		err = ranges_take(&tables->mappings, entry.n_mappings, now, &entry.first_mapping);
	if (err == -ENOSPC) {
		/* It is walked by frame pointer, and tried again when it is met again. */
		tables->stats.n_mappings_full += !process->untabled;
		process->untabled = true;
		return 0;
	}
	if (err)
		return err;
	write_mappings(tables, process, entry.first_mapping, entry.owner);
	err = capture_put_process(tables->maps, process->pid, &entry);
	if (!err || err == -E2BIG || err == -ENOSPC)
		err = release(tables, process) ?: err;
	process->tabled = true;
	process->tabled_serial = process->serial;
	process->tabled_epoch = process->epoch;
	process->tabled_exec_id = process->exec_id;
	process->tabled_first = entry.first_mapping;
	process->tabled_n = entry.n_mappings;
	process->tabled_ns = now;
	if (err == -E2BIG || err == -ENOSPC) {
		tables->stats.n_processes_full += !process->untabled;
		process->untabled = true;
		return release(tables, process);
	}
	return err;
}

int tables_update(struct tables *tables, struct process *process)
{
	uint64_t now;

	if (process->gone) {
		/* The kernel side drops an entry at the exit, but not one that came after it. */
		if (process->tabled)
			capture_drop_process(tables->maps, process->pid);
		return release(tables, process);
	}
	/* A sample or an exec tells; until then a fork has its parent's. */
	if (!process->start_ns)
		return 0;
	if (process_is_tabled(process))
		return 0;
	now = clock_monotonic_ns();
	if (!is_late(process, now))
		return give_mappings(tables, process, now);
	/* What is in the list counts as changed: it is neither listed twice nor forgotten. */
	process->changed = true;
	return vec_push(&tables->late, process);
}

int tables_update_late(struct tables *tables)
{
	uint64_t now = clock_monotonic_ns();
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < tables->late.n; i++) {
		struct process *process = tables->late.data[i];

		if (err || is_late(process, now)) {
			tables->late.data[kept++] = process;
			continue;
		}
		process->changed = false;
		err = tables_update(tables, process);
	}
	tables->late.n = kept;
	return err;
}
