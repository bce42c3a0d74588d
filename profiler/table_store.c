// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Order keeps the kernel side right without locks: rules and rows before the
 * page that points to them, pages before the module, and of the module where
 * they are before how many; and the other way round when a table is taken away.
 * What is given up is not used again for a second, in which every program that
 * may still read it has long ended.
 */
#include "profiler/table_store.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/guard.h"
#include "symbolize/elf_file.h"

enum {
	GRACE_NS = 1000000000,
	ROW_UNIT = 16, /* a cache line: nothing smaller becomes free */
};

int table_store_init(struct table_store *store, const struct capture_tables *maps,
		     uint64_t max_bytes)
{
	uint64_t most = (uint64_t)UNWIND_MAX_CHUNKS * UNWIND_CHUNK_ROWS;

	memset(store, 0, sizeof(*store));
	store->maps = maps;
	store->max_rows = max_bytes / sizeof(struct unwind_row) < most ?
				  max_bytes / sizeof(struct unwind_row) : most;
	store->max_rows -= store->max_rows % ROW_UNIT;
	extents_init(&store->rows, UNWIND_CHUNK_ROWS, GRACE_NS);
	extents_init(&store->pages, 0, GRACE_NS);
	return extents_grow(&store->pages, 0, UNWIND_MAP_PAGES) ?:
	       unwind_rules_init(&store->rules);
}

void table_store_deinit(struct table_store *store)
{
	unwind_rules_deinit(&store->rules);
	vec_each(&store->chunks, rows)
		capture_unmap_chunk(*rows);
	vec_deinit(&store->chunks);
	extents_deinit(&store->rows);
	extents_deinit(&store->pages);
	vec_each(&store->items, item)
		vec_deinit(&item->rows);
	vec_deinit(&store->items);
}

static int load_rules(struct table_store *store)
{
	uint32_t n = store->rules.rules.n - store->n_rules_loaded;
	int err = capture_put_rules(store->maps, store->n_rules_loaded,
				    store->rules.rules.data + store->n_rules_loaded, n);

	if (!err)
		store->n_rules_loaded += n;
	return err;
}

/* -ENOSPC: there are as many as may be. */
static int add_chunk(struct table_store *store)
{
	uint32_t number = store->chunks.n, first = number * UNWIND_CHUNK_ROWS, n;
	struct unwind_row *rows;
	int err;

	if (first >= store->max_rows)
		return -ENOSPC;
	n = store->max_rows - first < UNWIND_CHUNK_ROWS ? store->max_rows - first :
							  UNWIND_CHUNK_ROWS;
	err = vec_reserve(&store->chunks, number + 1);
	if (!err)
		err = capture_add_chunk(store->maps, number, &rows);
	if (err)
		return err;
	store->chunks.data[store->chunks.n++] = rows;
	return extents_grow(&store->rows, first, n);
}

static uint32_t round_rows(uint32_t n)
{
	return (n + ROW_UNIT - 1) & ~(ROW_UNIT - 1U);
}

/* Room for as many of the next pages' rows as can be together; for one at least. */
static int take_rows(struct table_store *store, const struct unwind_table *table, size_t page,
		     struct extent *ret)
{
	uint32_t least = round_rows(table->pages.data[page].count);
	uint64_t now = clock_monotonic_ns();
	uint32_t want = 0;
	int err;

	if (least > UNWIND_CHUNK_ROWS || table->pages.data[page].count > UINT16_MAX)
		return -ENOSPC;
	while (page < table->pages.n &&
	       want + table->pages.data[page].count <= UNWIND_CHUNK_ROWS)
		want += table->pages.data[page++].count;
	want = round_rows(want);
	err = extents_take(&store->rows, want, want, now, ret);
	if (err == -ENOSPC) {
		err = add_chunk(store);
		if (err && err != -ENOSPC)
			return err;
		err = extents_take(&store->rows, least, want, now, ret);
	}
	return err;
}

/* Packs pages into an extent until it is full, and gives back what is left of it. */
static int fill_extent(struct table_store *store, const struct unwind_table *table,
		       struct extent *extent, size_t *page, struct unwind_map_page *entries)
{
	uint32_t number = extent->first / UNWIND_CHUNK_ROWS;
	uint32_t first = extent->first % UNWIND_CHUNK_ROWS, used = 0;

	while (*page < table->pages.n && used + table->pages.data[*page].count <= extent->n) {
		const struct unwind_page *source = &table->pages.data[*page];

		memcpy(store->chunks.data[number] + first + used, table->rows.data + source->first,
		       source->count * sizeof(struct unwind_row));
		entries[(*page)++] = (struct unwind_map_page){ .chunk = number,
							       .first = first + used,
							       .n_rows = source->count };
		used += source->count;
	}
	return extents_trim(&store->rows, extent, round_rows(used));
}

static int place_rows(struct table_store *store, const struct unwind_table *table,
		      struct stored_table *item, struct unwind_map_page *entries)
{
	int err = 0;

	for (size_t page = 0; !err && page < table->pages.n;) {
		struct extent extent;

		err = vec_reserve(&item->rows, item->rows.n + 1);
		if (!err)
			err = take_rows(store, table, page, &extent);
		if (err)
			break;
		err = fill_extent(store, table, &extent, &page, entries);
		item->rows.data[item->rows.n++] = extent;
	}
	return err;
}

static int give_back(struct table_store *store, struct stored_table *item)
{
	uint64_t now = clock_monotonic_ns();
	int err = 0;

	vec_each(&item->rows, extent)
		err = extents_give(&store->rows, extent, now) ?: err;
	if (item->pages.n)
		err = extents_give(&store->pages, &item->pages, now) ?: err;
	item->rows.n = item->pages.n = 0;
	return err;
}

/* The kernel side was never told of it: it is free at once. */
static int undo(struct table_store *store, struct stored_table *item)
{
	int err = 0;

	vec_each(&item->rows, extent)
		err = extents_trim(&store->rows, extent, 0) ?: err;
	if (item->pages.n)
		err = extents_trim(&store->pages, &item->pages, 0) ?: err;
	item->rows.n = item->pages.n = 0;
	return err;
}

static int put_table(struct table_store *store, uint32_t number, const struct unwind_table *table,
		     struct table_report *report)
{
	struct stored_table *item = &store->items.data[number];
	guard_free struct unwind_map_page *entries = calloc(table->pages.n, sizeof(*entries));
	struct unwind_module module = { .page = table->first_page };
	int err = entries ? load_rules(store) : -ENOMEM;

	if (err)
		return err;
	report->outcome = TABLE_PAGES_FULL;
	err = extents_take(&store->pages, table->pages.n, table->pages.n, clock_monotonic_ns(),
			   &item->pages);
	if (!err) {
		report->outcome = TABLE_ROWS_FULL;
		err = place_rows(store, table, item, entries);
	}
	if (!err)
		err = capture_put_pages(store->maps, item->pages.first, entries, table->pages.n);
	item->page = module.page;
	module.first_page = item->pages.first;
	if (!err)
		err = capture_put_module(store->maps, number, &module);
	module.n_pages = table->pages.n;
	if (!err)
		err = capture_put_module(store->maps, number, &module);
	if (!err)
		report->outcome = TABLE_LOADED;
	else
		err = undo(store, item) ?: err;
	return err == -ENOSPC ? 0 : err;
}

static int prepare_item(struct table_store *store, uint32_t number)
{
	static const struct stored_table none;
	int err = 0;

	while (!err && store->items.n <= number)
		err = vec_push(&store->items, none);
	return err;
}

/* A module whose table cannot be had is none for the unwinder; no error. */
static int build_table(struct table_store *store, uint32_t number, int fd,
		       struct table_report *report)
{
	guard(unwind_table_deinit) struct unwind_table table = {};
	struct unwind_table_stats stats;
	struct elf_file file;
	int err;

	if (elf_file_init(&file, fd))
		return 0;
	err = unwind_table_build(&file, &store->rules, &table, &stats);
	elf_file_deinit(&file);
	if (err || !table.rows.n)
		return err == -ENOMEM ? err : 0;
	report->n_pages = table.pages.n;
	vec_each(&table.pages, page)
		report->n_rows += page->count;
	return put_table(store, number, &table, report);
}

int table_store_load(struct table_store *store, uint32_t number, int fd, struct table_report *ret)
{
	uint64_t start = clock_monotonic_ns();
	int err;

	*ret = (struct table_report){ .number = number, .outcome = TABLE_NONE };
	err = prepare_item(store, number);
	/* It is loaded as it is; a second table would leave the first one's room without owner. */
	if (!err && store->items.data[number].rows.n)
		err = table_store_drop(store, number, false);
	if (!err)
		err = build_table(store, number, fd, ret);
	if (!err && ret->outcome == TABLE_NONE)
		err = table_store_drop(store, number, true);
	ret->build_ns = clock_monotonic_ns() - start;
	ret->n_rules_full = store->rules.n_overflow;
	return err;
}

int table_store_drop(struct table_store *store, uint32_t number, bool never)
{
	struct unwind_module module = { .never = never };
	int err = prepare_item(store, number);

	if (err)
		return err;
	/* A walk that has still seen its number of pages reads these next. */
	module.page = store->items.data[number].page;
	module.first_page = store->items.data[number].pages.first;
	err = capture_put_module(store->maps, number, &module);
	return err ? err : give_back(store, &store->items.data[number]);
}
