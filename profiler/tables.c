// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Order keeps the kernel side right without locks: rows before the page that
 * points to them, pages before the module, mappings before the process. What
 * is given up is not used again for a second, in which every program that may
 * still read it has long ended.
 */
#include "profiler/tables.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "profiler/unwind_table.h"
#include "symbolize/elf_file.h"

enum { GRACE_NS = 1000000000 };

int tables_init(struct tables *tables, const struct capture_tables *maps,
		const struct modules *modules)
{
	memset(tables, 0, sizeof(*tables));
	tables->maps = maps;
	tables->modules = modules;
	ranges_init(&tables->mappings, UNWIND_MAX_MAPPINGS, GRACE_NS);
	return unwind_rules_init(&tables->rules);
}

void tables_deinit(struct tables *tables)
{
	unwind_rules_deinit(&tables->rules);
	vec_each(&tables->items, item)
		vec_deinit(&item->segments);
	vec_deinit(&tables->items);
	vec_deinit(&tables->queue);
	vec_each(&tables->chunks, rows)
		capture_unmap_chunk(*rows);
	vec_deinit(&tables->chunks);
	ranges_deinit(&tables->mappings);
}

static int load_rules(struct tables *tables)
{
	uint32_t n = tables->rules.rules.n - tables->n_rules_loaded;
	int err = capture_put_rules(tables->maps, tables->n_rules_loaded,
				    tables->rules.rules.data + tables->n_rules_loaded, n);

	if (!err)
		tables->n_rules_loaded += n;
	return err;
}

/* Room for a page's rows: a page never crosses into the next chunk. -ENOSPC: all is used. */
static int place_rows(struct tables *tables, const struct unwind_row *rows, uint32_t n,
		      struct unwind_map_page *ret)
{
	struct unwind_row *chunk;
	int err;

	if (n > UINT16_MAX)
		return -ENOSPC;
	if (!tables->chunks.n || tables->chunk_used + n > UNWIND_CHUNK_ROWS) {
		if (tables->chunks.n >= TABLES_MAX_CHUNKS)
			return -ENOSPC;
		err = capture_add_chunk(tables->maps, tables->chunks.n, &chunk);
		if (!err)
			err = vec_push(&tables->chunks, chunk);
		if (err)
			return err;
		tables->chunk_used = 0;
	}
	chunk = tables->chunks.data[tables->chunks.n - 1];
	memcpy(chunk + tables->chunk_used, rows, n * sizeof(*rows));
	*ret = (struct unwind_map_page){ tables->chunks.n - 1, tables->chunk_used, n };
	tables->chunk_used += n;
	return 0;
}

static int load_pages(struct tables *tables, const struct unwind_table *table)
{
	int err = 0;

	if (tables->pages_used + table->pages.n > UNWIND_MAP_PAGES)
		return -ENOSPC;
	for (size_t i = 0; !err && i < table->pages.n; i++) {
		const struct unwind_page *page = &table->pages.data[i];
		struct unwind_map_page entry;

		err = place_rows(tables, table->rows.data + page->first, page->count, &entry);
		if (!err)
			err = capture_put_pages(tables->maps, tables->pages_used + i, &entry, 1);
	}
	return err;
}

static int load_table(struct tables *tables, uint32_t number, const struct unwind_table *table)
{
	struct unwind_module module = {
		.page = table->first_page,
		.first_page = tables->pages_used,
		.n_pages = table->pages.n,
	};
	int err = load_rules(tables);

	if (!err)
		err = load_pages(tables, table);
	if (!err)
		err = capture_put_module(tables->maps, number, &module);
	if (err)
		return err;
	tables->pages_used += table->pages.n;
	tables->stats.n_modules++;
	tables->stats.n_rows += table->rows.n;
	tables->stats.bytes += unwind_table_bytes(table);
	return 0;
}

/* Tells the kernel side that it is in vain to wait for this one's table. */
static int give_up_module(struct tables *tables, uint32_t number)
{
	const struct unwind_module never = { .never = true };

	tables->stats.n_without++;
	/* It takes numbers beyond the map for such modules by itself. */
	return number < UNWIND_MAX_MODULES ? capture_put_module(tables->maps, number, &never) : 0;
}

/* A module whose table cannot be had is none for the unwinder, and counted; no error. */
static int build_module(struct tables *tables, uint32_t number)
{
	const struct module *module = &tables->modules->items.data[number];
	struct unwind_table_stats stats;
	struct unwind_table table = {};
	struct elf_file file;
	int err;

	if (module->fd < 0 || number >= UNWIND_MAX_MODULES || elf_file_init(&file, module->fd))
		return give_up_module(tables, number);
	err = unwind_table_build(&file, &tables->rules, &table, &stats);
	elf_file_deinit(&file);
	if (!err && table.rows.n)
		err = load_table(tables, number, &table);
	tables->stats.n_full += err == -ENOSPC;
	if (err != -ENOMEM && (err || !table.rows.n))
		err = give_up_module(tables, number);
	unwind_table_deinit(&table);
	return err;
}

static int want_module(struct tables *tables, uint32_t number)
{
	static const struct table_module none;
	const struct module *module = &tables->modules->items.data[number];
	struct table_module *item;
	struct elf_file file;
	int err = 0;

	while (!err && tables->items.n <= number)
		err = vec_push(&tables->items, none);
	if (err)
		return err;
	item = &tables->items.data[number];
	if (item->queued)
		return 0;
	item->queued = true;
	if (module->fd < 0 || elf_file_init(&file, module->fd))
		return give_up_module(tables, number);
	err = vec_append(&item->segments, file.by_offset.data, file.by_offset.n);
	elf_file_deinit(&file);
	return err ? err : vec_push(&tables->queue, number);
}

int tables_want(struct tables *tables, const struct process *process)
{
	int err = 0;

	for (size_t i = 0; !err && i < process->mappings.n; i++)
		err = want_module(tables, process->mappings.data[i].module);
	return err;
}

int tables_build(struct tables *tables, uint64_t budget_ns, bool *ret_more)
{
	uint64_t start = clock_monotonic_ns(), now = start;
	int err = 0;

	while (!err && tables->next < tables->queue.n &&
	       (now == start || now - start < budget_ns)) {
		err = build_module(tables, tables->queue.data[tables->next++]);
		now = clock_monotonic_ns();
	}
	tables->stats.build_ns += now - start;
	*ret_more = tables->next < tables->queue.n;
	return err;
}

static int release(struct tables *tables, struct process *process)
{
	int err = 0;

	if (process->tabled)
		err = ranges_give(&tables->mappings, process->tabled_first, process->tabled_n,
				  clock_monotonic_ns());
	process->tabled = false;
	process->tabled_n = 0;
	return err;
}

/* Where a mapping's addresses lie in its file: the mapping tells the offset, the file's program
 * headers the address of that offset. */
static bool mapping_bias(const struct tables *tables, const struct mapping *mapping,
			 uint64_t *ret)
{
	const struct table_module *item = &tables->items.data[mapping->module];

	vec_each(&item->segments, segment) {
		/* The kernel maps whole pages: a mapping may begin before its segment does. */
		if (mapping->offset + 4095 < segment->offset ||
		    mapping->offset >= segment->offset + segment->size)
			continue;
		*ret = mapping->start - (segment->vaddr + mapping->offset - segment->offset);
		return true;
	}
	return false;
}

static int write_mappings(struct tables *tables, const struct process *process, uint32_t first,
			  uint32_t owner)
{
	VEC(struct unwind_mapping) entries = {};
	int err = 0;

	vec_each(&process->mappings, mapping) {
		struct unwind_mapping entry = {
			.start = mapping->start,
			.end = mapping->end,
			.owner = owner,
		};

		/* Its address is known all the same: there is code, only no table for it. */
		entry.module = UNWIND_MAX_MODULES;
		if (mapping_bias(tables, mapping, &entry.bias))
			entry.module = mapping->module;
		err = vec_push(&entries, entry);
		if (err)
			break;
	}
	if (!err)
		err = capture_put_mappings(tables->maps, first, entries.data, entries.n);
	vec_deinit(&entries);
	return err;
}

int tables_update(struct tables *tables, struct process *process)
{
	struct unwind_process entry = {
		.start_ns = process->start_ns,
		.exec_id = process->exec_id,
		.n_mappings = process->mappings.n,
		.owner = ++tables->n_owners,
	};
	bool taken = false;
	int err;

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
	err = tables_want(tables, process);
	if (!err)
		err = ranges_take(&tables->mappings, entry.n_mappings, clock_monotonic_ns(),
				  &entry.first_mapping);
	taken = !err;
	if (!err)
		err = write_mappings(tables, process, entry.first_mapping, entry.owner);
	if (!err)
		err = capture_put_process(tables->maps, process->pid, &entry);
	if (err == -ENOSPC || err == -E2BIG) {
		/* Both maps are bounded; the process is walked by frame pointer. */
		tables->stats.n_full++;
		return taken ? ranges_give(&tables->mappings, entry.first_mapping, entry.n_mappings,
					   clock_monotonic_ns()) : 0;
	}
	if (!err)
		err = release(tables, process);
	process->tabled = true;
	process->tabled_serial = process->serial;
	process->tabled_epoch = process->epoch;
	process->tabled_exec_id = process->exec_id;
	process->tabled_first = entry.first_mapping;
	process->tabled_n = entry.n_mappings;
	return err;
}
