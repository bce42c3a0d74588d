// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which table is built next: those that walks have missed, by how often and
 * how little they cost; then those that are merely mapped, small ones first.
 * The worker has only little work ahead, so that what becomes urgent is next.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/clock.h"
#include "profiler/tables_private.h"

enum {
	NS_PER_MS = 1000000,
	MOST_SENT = 8,
	MOST_TEXT_SENT = 4 << 20, /* some 4 ms */
	LEAST_COST = 64 << 10,    /* of a module, in bytes of text */
	MARKS_NS = 1000000000,
	RETRY_NS = 1000000000,
	ROOM_NS = 1100000000,     /* the store's time of grace, and some */
};

static int send(struct tables *tables, enum table_request_kind kind, uint32_t number, int fd)
{
	return table_worker_send(tables->worker, &(struct table_request){ kind, number, fd });
}

/* Tells the kernel side that it is in vain to wait for this one's table. */
static int give_up(struct tables *tables, uint32_t number)
{
	struct table_module *item = &tables->items.data[number];

	item->state = TABLE_NEVER;
	tables->stats.n_without++;
	/* It takes numbers beyond the map for such modules by itself. */
	return number < UNWIND_MAX_MODULES ? send(tables, TABLE_DROP_FOR_EVER, number, -1) : 0;
}

static void set_urgent(struct tables *tables, struct table_module *item, bool urgent)
{
	tables->n_urgent += urgent - item->urgent;
	item->urgent = urgent;
}

static int enqueue(struct tables *tables, uint32_t number)
{
	struct table_module *item = &tables->items.data[number];

	item->state = TABLE_QUEUED;
	set_urgent(tables, item, item->hits > 0);
	return vec_push(&tables->queue, number);
}

static int meet_module(struct tables *tables, uint32_t number)
{
	const struct module *module = &tables->modules->items.data[number];
	struct table_module *item = &tables->items.data[number];
	struct elf_file file;
	int err;

	item->unopened = module->fd < 0;
	if (number >= UNWIND_MAX_MODULES) {
		tables->stats.n_modules_full++;
		return give_up(tables, number);
	}
	if (module->fd < 0 || elf_file_init(&file, module->fd))
		return give_up(tables, number);
	err = vec_append(&item->segments, file.by_offset.data, file.by_offset.n);
	vec_each(&item->segments, segment)
		item->text += segment->size;
	elf_file_deinit(&file);
	return err ? err : enqueue(tables, number);
}

int tables_want_module(struct tables *tables, uint32_t number)
{
	static const struct table_module none;
	struct table_module *item;
	int err = 0;

	while (!err && tables->items.n <= number)
		err = vec_push(&tables->items, none);
	if (err)
		return err;
	item = &tables->items.data[number];
	/* Another process may have had the file where it could be opened. */
	if (item->state == TABLE_NEVER && item->unopened &&
	    tables->modules->items.data[number].fd >= 0)
		item->state = TABLE_UNKNOWN;
	if (item->state == TABLE_UNKNOWN)
		return meet_module(tables, number);
	/* Whoever maps it anew is likely to run it. */
	return item->state == TABLE_ABSENT && !item->n_mappings ? enqueue(tables, number) : 0;
}

static int demand(struct tables *tables, uint32_t number, uint32_t hits)
{
	int err = tables_want_module(tables, number);
	struct table_module *item;

	if (err)
		return err;
	item = &tables->items.data[number];
	if (__builtin_add_overflow(item->hits, hits, &item->hits))
		item->hits = UINT32_MAX;
	if (item->state == TABLE_QUEUED || item->state == TABLE_SENT)
		set_urgent(tables, item, true);
	return item->state == TABLE_ABSENT ? enqueue(tables, number) : 0;
}

int tables_demand(struct tables *tables, uint32_t module)
{
	if (!tables->maps || module >= tables->modules->items.n)
		return 0;
	return demand(tables, module, 1);
}

/* What the kernel side noted: tables that walks used, and those that they missed. */
static int take_marks(struct tables *tables, uint64_t now)
{
	bool uses = tables->maps->used && now - tables->marks_ns >= MARKS_NS;
	size_t n = tables->items.n < UNWIND_MAX_MODULES ? tables->items.n : UNWIND_MAX_MODULES;
	int err = 0;

	if (uses)
		tables->marks_ns = now;
	for (size_t i = 0; !err && i < n; i++) {
		if (uses && __atomic_load_n(&tables->maps->used[i], __ATOMIC_RELAXED)) {
			tables->items.data[i].used_ns = now;
			__atomic_store_n(&tables->maps->used[i], 0, __ATOMIC_RELAXED);
		}
		if (tables->maps->missed &&
		    __atomic_load_n(&tables->maps->missed[i], __ATOMIC_RELAXED))
			err = demand(tables, i,
				     __atomic_exchange_n(&tables->maps->missed[i], 0,
							 __ATOMIC_RELAXED));
	}
	return err;
}

/* Most hits for what it costs, which makes the sum of all waiting least (Smith's rule); among
 * those that nobody waits for the cheapest. */
static bool goes_before(const struct table_module *a, const struct table_module *b)
{
	double worth_a = a->hits * (double)(b->text + LEAST_COST);
	double worth_b = b->hits * (double)(a->text + LEAST_COST);

	return worth_a != worth_b ? worth_a > worth_b : a->text < b->text;
}

static uint32_t take_first(struct tables *tables)
{
	size_t first = 0;
	uint32_t number;

	for (size_t i = 1; i < tables->queue.n; i++)
		if (goes_before(&tables->items.data[tables->queue.data[i]],
				&tables->items.data[tables->queue.data[first]]))
			first = i;
	number = tables->queue.data[first];
	tables->queue.data[first] = tables->queue.data[--tables->queue.n];
	return number;
}

static int send_some(struct tables *tables)
{
	int err = 0;

	while (!err && tables->queue.n && tables->n_sent < MOST_SENT &&
	       tables->text_sent < MOST_TEXT_SENT) {
		uint32_t number = take_first(tables);
		struct table_module *item = &tables->items.data[number];
		int fd = tables->modules->items.data[number].fd;

		item->state = TABLE_SENT;
		tables->n_sent++;
		tables->text_sent += item->text;
		err = send(tables, TABLE_LOAD, number, fd);
	}
	return err;
}

static int wait_for_room(struct tables *tables, uint32_t number, uint64_t now)
{
	struct table_module *item = &tables->items.data[number];
	int err = tables_make_room(tables, item, now, &item->room_made);

	if (err)
		return err;
	item->state = TABLE_WAITING;
	item->retry_ns = now + (item->room_made ? ROOM_NS : RETRY_NS);
	return vec_push(&tables->waiting, number);
}

static int take_report(struct tables *tables, const struct table_report *report, uint64_t now)
{
	struct table_module *item = &tables->items.data[report->number];
	int err;

	tables->n_sent--;
	tables->text_sent -= item->text;
	set_urgent(tables, item, false);
	tables->stats.build_ns += report->build_ns;
	tables->stats.n_rules_full = report->n_rules_full;
	item->n_rows = report->n_rows;
	item->n_pages = report->n_pages;
	switch (report->outcome) {
	case TABLE_LOADED:
		item->state = TABLE_IN_KERNEL;
		item->hits = 0;
		item->used_ns = now;
		tables->stats.n_modules++;
		tables->stats.n_rows += item->n_rows;
		tables->stats.bytes += item->n_rows * sizeof(struct unwind_row) +
				       item->n_pages * sizeof(struct unwind_map_page);
		return 0;
	case TABLE_NONE: /* the kernel side knows */
		item->state = TABLE_NEVER;
		tables->stats.n_without++;
		return 0;
	default:
		err = wait_for_room(tables, report->number, now);
		if (err || item->room_made)
			return err;
		if (report->outcome == TABLE_ROWS_FULL)
			tables->stats.n_rows_full++;
		else
			tables->stats.n_pages_full++;
		return send(tables, TABLE_DROP_FOR_EVER, report->number, -1);
	}
}

static int take_reports(struct tables *tables, uint64_t now)
{
	int err;

	tables->reports.items.n = 0;
	err = table_worker_take(tables->worker, &tables->reports);
	for (size_t i = 0; !err && i < tables->reports.items.n; i++)
		err = take_report(tables, &tables->reports.items.data[i], now);
	return err;
}

/* Those for which room was made go to the queue; for the others it may be there by now. */
static int retry_waiting(struct tables *tables, uint64_t now)
{
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < tables->waiting.n; i++) {
		uint32_t number = tables->waiting.data[i];
		struct table_module *item = &tables->items.data[number];
		bool due = item->retry_ns <= now;

		if (!err && due && item->room_made) {
			err = enqueue(tables, number);
			continue;
		}
		if (!err && due) {
			err = tables_make_room(tables, item, now, &item->room_made);
			item->retry_ns = now + (item->room_made ? ROOM_NS : RETRY_NS);
		}
		tables->waiting.data[kept++] = number;
	}
	tables->waiting.n = kept;
	return err;
}

static int work(struct tables *tables, uint64_t now)
{
	int err = take_marks(tables, now);

	if (!err)
		err = take_reports(tables, now);
	if (!err)
		err = retry_waiting(tables, now);
	if (!err)
		err = send_some(tables);
	if (tables->background && tables->hurried != (tables->n_urgent > 0)) {
		tables->hurried = tables->n_urgent > 0;
		table_worker_hurry(tables->worker, tables->hurried);
	}
	return err;
}

int tables_build(struct tables *tables, uint64_t wait_ns, bool *ret_more)
{
	uint64_t start = clock_monotonic_ns(), now = start;
	int err = tables_update_late(tables);

	if (!err)
		err = work(tables, now);
	while (!err && tables->n_sent && now - start < wait_ns) {
		struct pollfd fd = { table_worker_fd(tables->worker), POLLIN, 0 };
		uint64_t left_ms = (wait_ns - (now - start)) / NS_PER_MS + 1;

		poll(&fd, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
		now = clock_monotonic_ns();
		err = work(tables, now);
	}
	*ret_more = tables->n_sent || tables->queue.n;
	return err;
}

bool tables_are_awaited(const struct tables *tables)
{
	return tables->n_sent > 0;
}

int tables_poll_fd(const struct tables *tables)
{
	return tables->worker ? table_worker_fd(tables->worker) : -1;
}

void tables_step_back(struct tables *tables)
{
	tables->background = true;
	tables->hurried = false;
	table_worker_hurry(tables->worker, false);
}

void tables_stop(struct tables *tables)
{
	if (tables->worker)
		table_worker_stop(tables->worker);
}
