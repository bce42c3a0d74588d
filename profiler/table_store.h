/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unwind tables that are in the kernel: a module's file comes in, rules,
 * rows and pages go out into the maps, and are taken back when the module is
 * evicted. It is the only one who writes those maps, so that it may stand in a
 * thread of its own.
 */
#ifndef FLAMETAP_PROFILER_TABLE_STORE_H
#define FLAMETAP_PROFILER_TABLE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/capture_tables.h"
#include "profiler/extents.h"
#include "profiler/unwind_rules.h"
#include "profiler/unwind_table.h"

enum table_outcome {
	TABLE_LOADED,
	TABLE_NONE,       /* no call-frame information, or none that can be read */
	TABLE_ROWS_FULL,  /* no room: not given up, it may be had later */
	TABLE_PAGES_FULL,
};

struct stored_table {
	VEC(struct extent) rows;
	struct extent pages;
	uint32_t page; /* struct unwind_module's */
};

struct table_store {
	const struct capture_tables *maps;
	struct unwind_rules rules;
	uint32_t n_rules_loaded;
	uint32_t max_rows;
	VEC(struct unwind_row *) chunks;
	struct extents rows;  /* chunk * UNWIND_CHUNK_ROWS + row in it */
	struct extents pages;
	VEC(struct stored_table) items; /* by the module's number */
};

/* What became of one. */
struct table_report {
	uint32_t number;
	enum table_outcome outcome;
	uint32_t n_rows, n_pages; /* that it takes, or would take */
	uint64_t build_ns;        /* of building and loading */
	uint64_t n_rules_full;    /* states in all tables whose rule found no room */
};

/* max_bytes: of rows. 0 or -ENOMEM. */
int table_store_init(struct table_store *store, const struct capture_tables *maps,
		     uint64_t max_bytes);
void table_store_deinit(struct table_store *store);
/* The file's table, under this number; fd stays the caller's. 0 or what the maps did not take, or
 * -ENOMEM. */
int table_store_load(struct table_store *store, uint32_t number, int fd, struct table_report *ret);
/* Takes a module's table away; walks may still read it for a second. never: none is to come. */
int table_store_drop(struct table_store *store, uint32_t number, bool never);

#endif
