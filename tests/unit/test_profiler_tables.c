// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables on their way into the kernel and out again, with plain memory in the
 * kernel's place: what is built first, what goes when there is no room, and
 * that what is there is right all the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "profiler/extents.h"
#include "profiler/tables.h"

#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"
#define LIBM "/lib/x86_64-linux-gnu/libm.so.6"

enum { MS = 1000000, CHUNKS = 8 };

/* The kernel's maps. Programs would read them at any time; here a lock stands for that. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct unwind_module modules_map[UNWIND_MAX_MODULES];
static struct unwind_map_page pages[UNWIND_MAP_PAGES];
static struct unwind_mapping mappings[UNWIND_MAX_MAPPINGS];
static struct unwind_process process_entry;
static int put_process_error;
static struct unwind_row *chunks[CHUNKS];
static uint32_t order[64], n_order; /* modules as they were loaded */
static uint8_t used[UNWIND_MAX_MODULES];
static uint32_t missed[UNWIND_MAX_MODULES];
static const struct capture_tables maps = { .used = used, .missed = missed };

int capture_put_rules(const struct capture_tables *fds, uint32_t first,
		      const struct unwind_rule *values, uint32_t n)
{
	(void)fds, (void)values;
	return first + n <= UNWIND_MAX_RULES ? 0 : -E2BIG;
}

int capture_put_pages(const struct capture_tables *fds, uint32_t first,
		      const struct unwind_map_page *values, uint32_t n)
{
	(void)fds;
	pthread_mutex_lock(&lock);
	memcpy(pages + first, values, n * sizeof(*values));
	pthread_mutex_unlock(&lock);
	return 0;
}

int capture_put_module(const struct capture_tables *fds, uint32_t number,
		       const struct unwind_module *module)
{
	(void)fds;
	pthread_mutex_lock(&lock);
	if (module->n_pages && n_order < 64)
		order[n_order++] = number;
	modules_map[number] = *module;
	pthread_mutex_unlock(&lock);
	return 0;
}

int capture_put_process(const struct capture_tables *fds, pid_t pid,
			const struct unwind_process *process)
{
	(void)fds, (void)pid;
	if (!put_process_error)
		process_entry = *process;
	return put_process_error;
}

void capture_drop_process(const struct capture_tables *fds, pid_t pid)
{
	(void)fds, (void)pid;
	memset(&process_entry, 0, sizeof(process_entry));
}

int capture_map_mappings(const struct capture_tables *fds, struct unwind_mapping **ret)
{
	(void)fds;
	*ret = mappings;
	return 0;
}

void capture_unmap_mappings(struct unwind_mapping *unmapped)
{
	(void)unmapped;
}

int capture_add_chunk(const struct capture_tables *fds, uint32_t number, struct unwind_row **ret)
{
	(void)fds;
	*ret = calloc(UNWIND_CHUNK_ROWS, sizeof(**ret));
	pthread_mutex_lock(&lock);
	chunks[number] = *ret;
	pthread_mutex_unlock(&lock);
	return *ret ? 0 : -ENOMEM;
}

void capture_unmap_chunk(struct unwind_row *rows)
{
	free(rows);
}

static struct unwind_module module_entry(uint32_t number)
{
	struct unwind_module entry;

	pthread_mutex_lock(&lock);
	entry = modules_map[number];
	pthread_mutex_unlock(&lock);
	return entry;
}

struct world {
	struct modules modules;
	struct tables tables;
};

static void world_init(struct world *world, uint64_t max_bytes, const char *const *paths)
{
	memset(world, 0, sizeof(*world));
	memset(modules_map, 0, sizeof(modules_map));
	memset(used, 0, sizeof(used));
	memset(missed, 0, sizeof(missed));
	n_order = 0;
	for (; *paths; paths++) {
		struct module module = { .fd = open(*paths, O_RDONLY | O_CLOEXEC) };

		assert_int_equal(vec_push(&world->modules.items, module), 0);
	}
	assert_int_equal(tables_init_bounded(&world->tables, &maps, &world->modules, max_bytes), 0);
}

static void world_deinit(struct world *world)
{
	tables_deinit(&world->tables);
	vec_each(&world->modules.items, module)
		if (module->fd >= 0)
			close(module->fd);
	vec_deinit(&world->modules.items);
}

static void work_for(struct world *world, uint64_t ms)
{
	uint64_t end = clock_monotonic_ns() + ms * MS;
	bool more;

	while (clock_monotonic_ns() < end) {
		assert_int_equal(tables_build(&world->tables, 5 * MS, &more), 0);
		usleep(2000);
	}
}

static void work_until_done(struct world *world)
{
	bool more = true;

	while (more)
		assert_int_equal(tables_build(&world->tables, 1000 * (uint64_t)MS, &more), 0);
}

/* All rows in the kernel's place are the file's. */
static void assert_is_table_of(uint32_t number, const char *path)
{
	struct unwind_module entry = module_entry(number);
	struct unwind_table_stats stats;
	struct unwind_rules rules;
	struct unwind_table table;
	struct elf_file file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(elf_file_init(&file, fd), 0);
	assert_int_equal(unwind_rules_init(&rules), 0);
	assert_int_equal(unwind_table_build(&file, &rules, &table, &stats), 0);
	assert_int_equal(entry.page, table.first_page);
	assert_int_equal(entry.n_pages, table.pages.n);
	for (size_t i = 0; i < table.pages.n; i++) {
		const struct unwind_map_page *page = &pages[entry.first_page + i];

		assert_int_equal(page->n_rows, table.pages.data[i].count);
		assert_true(page->first + page->n_rows <= UNWIND_CHUNK_ROWS);
		/* The numbers of rules are another run's. */
		for (uint32_t k = 0; k < page->n_rows; k++)
			assert_int_equal(chunks[page->chunk][page->first + k].pc,
					 table.rows.data[table.pages.data[i].first + k].pc);
	}
	unwind_table_deinit(&table);
	unwind_rules_deinit(&rules);
	elf_file_deinit(&file);
	close(fd);
}

static uint64_t table_bytes(const char *path)
{
	struct world world;
	uint64_t bytes;

	world_init(&world, TABLES_MAX_BYTES, (const char *const[]){ path, NULL });
	assert_int_equal(tables_demand(&world.tables, 0), 0);
	work_until_done(&world);
	assert_is_table_of(0, path);
	bytes = world.tables.stats.n_rows * sizeof(struct unwind_row);
	world_deinit(&world);
	return bytes;
}

static void map_modules(struct world *world, struct process *process, const uint32_t *numbers,
			size_t n)
{
	process->mappings.n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct elf_segment *segment;
		struct mapping mapping = { .start = (i + 1) << 32, .module = numbers[i] };

		assert_int_equal(tables_demand(&world->tables, numbers[i]), 0);
		segment = world->tables.items.data[numbers[i]].segments.data;
		mapping.offset = segment->offset & ~4095ULL;
		mapping.end = mapping.start + segment->size;
		assert_int_equal(vec_push(&process->mappings, mapping), 0);
	}
	process->epoch++;
	assert_int_equal(tables_update(&world->tables, process), 0);
}

static void test_without_file_or_elf(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, TABLES_MAX_BYTES,
		   (const char *const[]){ "/no/file", "/etc/passwd", LIBM, NULL });
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(tables_demand(&world.tables, i), 0);
	work_until_done(&world);
	work_for(&world, 50);
	assert_true(module_entry(0).never);
	assert_true(module_entry(1).never);
	assert_false(module_entry(2).never);
	assert_is_table_of(2, LIBM);
	assert_int_equal(world.tables.stats.n_without, 2);
	world_deinit(&world);
}

/* What walks miss goes before what is merely mapped, and by what it costs. */
static void test_order(void **state)
{
	struct process process = { .start_ns = 1 };
	struct world world;

	(void)state;
	world_init(&world, TABLES_MAX_BYTES, (const char *const[]){ LIBC, LIBM, LIBC, LIBC, NULL });
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(vec_push(&process.mappings, (struct mapping){ .module = i }), 0);
	assert_int_equal(tables_want(&world.tables, &process), 0);
	missed[3] = 1;
	for (int i = 0; i < 100; i++)
		assert_int_equal(tables_demand(&world.tables, 2), 0);
	work_until_done(&world);
	assert_int_equal(n_order, 4);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 3);
	assert_int_equal(order[2], 1); /* small */
	assert_int_equal(order[3], 0);
	assert_int_equal(missed[3], 0);
	vec_deinit(&process.mappings);
	world_deinit(&world);
}

static void test_eviction(void **state)
{
	struct process process = { .pid = 1, .start_ns = 1 };
	uint64_t bytes = table_bytes(LIBC);
	struct world world;

	(void)state;
	world_init(&world, bytes * 5 / 2, (const char *const[]){ LIBC, LIBC, LIBC, NULL });
	map_modules(&world, &process, (uint32_t[]){ 0 }, 1);
	assert_int_equal(tables_demand(&world.tables, 1), 0);
	work_until_done(&world);
	assert_int_equal(world.tables.stats.n_modules, 2);

	/* Nobody maps 1. */
	assert_int_equal(tables_demand(&world.tables, 2), 0);
	work_until_done(&world);
	assert_int_equal(world.tables.stats.n_evicted, 1);
	work_for(&world, 50);
	assert_int_equal(module_entry(1).n_pages, 0);
	assert_false(module_entry(1).never);
	/* Its rows may still be read. */
	assert_int_equal(module_entry(2).n_pages, 0);
	assert_false(module_entry(2).never);
	work_for(&world, 1300);
	assert_is_table_of(0, LIBC);
	assert_is_table_of(2, LIBC);

	/* 0 is in use, and so is 2: 1 finds no room, and that is said. */
	map_modules(&world, &process, (uint32_t[]){ 0, 2 }, 2);
	for (int i = 0; i < 30; i++) {
		used[0] = used[2] = 1;
		if (i == 10)
			assert_int_equal(tables_demand(&world.tables, 1), 0);
		work_for(&world, 100);
	}
	assert_int_equal(world.tables.stats.n_rows_full, 1);
	assert_int_equal(world.tables.stats.n_evicted, 1);
	assert_true(module_entry(1).never);

	/* 0 is used no longer. */
	for (int i = 0; i < 50; i++) {
		used[2] = 1;
		work_for(&world, 100);
	}
	assert_int_equal(world.tables.stats.n_evicted, 2);
	assert_int_equal(module_entry(0).n_pages, 0);
	assert_is_table_of(1, LIBC);
	assert_is_table_of(2, LIBC);

	/* A walk misses it, but nothing goes for what nobody misses. */
	missed[0] = 1;
	work_for(&world, 4500);
	assert_int_equal(world.tables.stats.n_evicted, 3);
	assert_is_table_of(0, LIBC);
	vec_deinit(&process.mappings);
	world_deinit(&world);
}

static void test_larger_than_all_room(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, 4096, (const char *const[]){ LIBC, NULL });
	assert_int_equal(tables_demand(&world.tables, 0), 0);
	work_until_done(&world);
	work_for(&world, 50);
	assert_true(module_entry(0).never);
	assert_int_equal(world.tables.stats.n_rows_full, 1);
	assert_int_equal(world.tables.stats.bytes, 0);
	world_deinit(&world);
}

/* A build is under way, and more are queued, when it is all over. */
static void test_end_at_any_time(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct world world;
		bool more;

		world_init(&world, TABLES_MAX_BYTES,
			   (const char *const[]){ LIBC, LIBM, LIBC, LIBM, NULL });
		for (uint32_t k = 0; k < 4; k++)
			assert_int_equal(tables_demand(&world.tables, k), 0);
		assert_int_equal(tables_build(&world.tables, 0, &more), 0);
		usleep(i * 300);
		if (i & 1)
			tables_stop(&world.tables);
		world_deinit(&world);
	}
}

/* Maps and unmaps all the time: what is written is in proportion, and there is always room. */
static void test_ten_thousand_mappings(void **state)
{
	enum { MAPPINGS = 10000, CHANGES = 20000 };
	struct process process = { .pid = 1, .start_ns = 1 };
	uint64_t spent = 0, start, began;
	uint32_t n_written = 0, owner = 0;
	struct world world;
	bool more;

	(void)state;
	world_init(&world, TABLES_MAX_BYTES, (const char *const[]){ LIBM, NULL });
	for (uint64_t i = 0; i < MAPPINGS; i++) {
		struct mapping mapping = { (i + 1) << 20, (i + 2) << 20, 4096 * 16, 0 };

		assert_int_equal(vec_push(&process.mappings, mapping), 0);
	}
	began = clock_monotonic_ns();
	for (int i = 0; i < CHANGES; i++) {
		process.epoch++;
		start = clock_monotonic_ns();
		if (!process.changed)
			assert_int_equal(tables_update(&world.tables, &process), 0);
		assert_int_equal(tables_build(&world.tables, 0, &more), 0);
		spent += clock_monotonic_ns() - start;
		n_written += process_entry.owner != owner;
		owner = process_entry.owner;
		if (i % 10 == 0)
			usleep(100);
	}
	print_message("%u of %u changes written, %.3f ms each, %.2f %% of the time\n", n_written,
		      CHANGES, spent / 1e6 / n_written,
		      100.0 * spent / (clock_monotonic_ns() - began));
	usleep(30000);
	assert_int_equal(tables_build(&world.tables, 0, &more), 0);
	assert_true(process_is_tabled(&process));
	assert_int_equal(world.tables.stats.n_mappings_full, 0);
	assert_int_equal(world.tables.items.data[0].n_mappings, MAPPINGS);
	for (uint32_t i = 0; i < MAPPINGS; i++) {
		assert_int_equal(mappings[process_entry.first_mapping + i].owner,
				 process_entry.owner);
		assert_int_equal(mappings[process_entry.first_mapping + i].start,
				 (uint64_t)(i + 1) << 20);
	}
	process.gone = true;
	process.changed = false;
	assert_int_equal(tables_update(&world.tables, &process), 0);
	assert_int_equal(world.tables.items.data[0].n_mappings, 0);
	vec_deinit(&process.mappings);
	world_deinit(&world);
}

/* A process for which there is no room is tried at each sample, and is one all the same. */
static void test_no_room_for_mappings(void **state)
{
	struct process process = { .pid = 1, .serial = 1, .epoch = 1, .start_ns = 1 };
	struct process small = { .pid = 2, .serial = 2, .epoch = 1, .start_ns = 1 };
	struct world world;

	(void)state;
	world_init(&world, TABLES_MAX_BYTES, (const char *const[]){ LIBM, NULL });
	for (uint64_t i = 0; i <= UNWIND_MAX_MAPPINGS; i++) {
		struct mapping mapping = { (i + 1) << 20, (i + 2) << 20, 4096 * 16, 0 };

		assert_int_equal(vec_push(&process.mappings, mapping), 0);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tables_update(&world.tables, &process), 0);
		assert_false(process_is_tabled(&process));
	}
	assert_int_equal(world.tables.stats.n_mappings_full, 1);
	/* The map of processes is full. */
	assert_int_equal(vec_push(&small.mappings, process.mappings.data[0]), 0);
	put_process_error = -E2BIG;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tables_update(&world.tables, &small), 0);
		assert_false(process_is_tabled(&small));
	}
	put_process_error = 0;
	assert_int_equal(world.tables.stats.n_processes_full, 1);
	assert_int_equal(tables_update(&world.tables, &small), 0);
	assert_true(process_is_tabled(&small));
	vec_deinit(&process.mappings);
	vec_deinit(&small.mappings);
	world_deinit(&world);
}

/* Taken and given back at random: never two at once, and all of it is one piece in the end. */
static void test_extents(void **state)
{
	enum { N = 1 << 16, BLOCK = 1 << 13, LIVE = 300, GRACE = 50 };
	static uint8_t owned[N];
	struct extent live[LIVE] = {};
	uint64_t random = 1, refused = 0, now;
	struct extents extents;

	(void)state;
	extents_init(&extents, BLOCK, GRACE);
	for (uint32_t i = 0; i < N; i += BLOCK)
		assert_int_equal(extents_grow(&extents, i, BLOCK), 0);
	for (now = 0; now < 200000; now++) {
		struct extent *extent;
		uint32_t n;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		extent = &live[(random >> 33) % LIVE];
		n = 1 + (random >> 45) % 300;
		if (extent->n) {
			memset(owned + extent->first, 0, extent->n);
			assert_int_equal(extents_give(&extents, extent, now), 0);
			extent->n = 0;
		}
		if (extents_take(&extents, n, 2 * n, now, extent)) {
			extent->n = 0;
			refused++;
			continue;
		}
		assert_in_range(extent->n, n, 2 * n);
		if (n & 1)
			assert_int_equal(extents_trim(&extents, extent, n), 0);
		assert_int_equal(extent->first / BLOCK, (extent->first + extent->n - 1) / BLOCK);
		for (uint32_t i = 0; i < extent->n; i++) {
			assert_int_equal(owned[extent->first + i], 0);
			owned[extent->first + i] = 1;
		}
	}
	/* 300 of 150 to 600 each fill it quite. */
	print_message("%.2f %% refused\n", refused / (now / 100.0));
	for (int i = 0; i < LIVE; i++)
		if (live[i].n)
			assert_int_equal(extents_give(&extents, &live[i], now), 0);
	assert_int_equal(extents_take(&extents, N, N, now + GRACE, &live[0]), -ENOSPC);
	assert_int_equal(extents.n_used, 0);
	assert_int_equal(extents.free.n, N / BLOCK);
	extents_deinit(&extents);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_without_file_or_elf),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_eviction),
		cmocka_unit_test(test_larger_than_all_room),
		cmocka_unit_test(test_end_at_any_time),
		cmocka_unit_test(test_ten_thousand_mappings),
		cmocka_unit_test(test_no_room_for_mappings),
	};

	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
