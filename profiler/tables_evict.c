// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes when there is no room: tables of modules that no process maps any
 * more, then those that no walk has used for the longest time. The mark of use
 * is a byte that walks set if it is not set yet, and that is taken once a
 * second: a load of a byte in the first-level cache for each frame. (User space
 * would have to go through the stack of each sample for that, also of those
 * that it knows by their ID.)
 */
#include <errno.h>
#include <stdlib.h>

#include "base/guard.h"
#include "profiler/tables_private.h"

/* Two takings of marks: what was used in between is not idle. */
static const uint64_t IDLE_NS = 2000000000;

struct victim {
	uint32_t number;
	bool mapped;
	uint64_t used_ns;
};

static int compare_victims(const void *a, const void *b)
{
	const struct victim *x = a, *y = b;

	if (x->mapped != y->mapped)
		return x->mapped - y->mapped;
	return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

static bool is_victim(const struct table_module *item, bool demanded, uint64_t now)
{
	if (item->state != TABLE_IN_KERNEL)
		return false;
	/* What nobody waits for makes nobody go who may be needed. */
	return !item->n_mappings || (demanded && now - item->used_ns >= IDLE_NS);
}

static int evict(struct tables *tables, uint32_t number)
{
	struct table_module *item = &tables->items.data[number];

	item->state = TABLE_ABSENT;
	tables->stats.n_evicted++;
	tables->stats.n_modules--;
	tables->stats.n_rows -= item->n_rows;
	tables->stats.bytes -= item->n_rows * sizeof(struct unwind_row) +
			       item->n_pages * sizeof(struct unwind_map_page);
	return table_worker_send(tables->worker,
				 &(struct table_request){ TABLE_DROP, number, -1 });
}

int tables_make_room(struct tables *tables, const struct table_module *module, uint64_t now,
		     bool *ret_made)
{
	struct {
		struct victim *data;
		size_t n, cap;
	} victims = {};
	uint64_t rows = 0, pages = 0;
	int err = 0;

	*ret_made = false;
	for (size_t i = 0; !err && i < tables->items.n; i++) {
		const struct table_module *item = &tables->items.data[i];

		if (!is_victim(item, module->hits, now))
			continue;
		rows += item->n_rows;
		pages += item->n_pages;
		err = vec_push(&victims, (struct victim){ i, item->n_mappings, item->used_ns });
	}
	/* Nobody goes in vain. */
	*ret_made = rows >= module->n_rows && pages >= module->n_pages;
	if (!err && *ret_made) {
		if (victims.n)
			qsort(victims.data, victims.n, sizeof(*victims.data), compare_victims);
		rows = pages = 0;
		for (size_t i = 0; !err && (rows < module->n_rows || pages < module->n_pages); i++) {
			const struct table_module *item =
				&tables->items.data[victims.data[i].number];

			rows += item->n_rows;
			pages += item->n_pages;
			err = evict(tables, victims.data[i].number);
		}
	}
	vec_deinit(&victims);
	return err;
}
