/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables on their way into the kernel: which modules have one, which
 * processes use which. A module's table is built once and serves every process
 * that maps it; processes are given theirs when a sample shows that they need
 * it, again whenever their mappings change.
 */
#ifndef FLAMETAP_PROFILER_TABLES_H
#define FLAMETAP_PROFILER_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/capture_tables.h"
#include "profiler/ranges.h"
#include "profiler/timeline.h"
#include "profiler/unwind_rules.h"
#include "symbolize/elf_file.h"

/* Bounds of what tables may take; reaching one is counted. */
enum {
	TABLES_MAX_CHUNKS = 256, /* of 256 KiB: 64 MiB, about 900 MB of text */
};

struct table_module {
	bool queued;                       /* or built */
	VEC(struct elf_segment) segments;  /* to turn offsets into addresses */
};

struct table_stats {
	uint64_t n_modules, n_without; /* with a table; without call-frame information */
	uint64_t n_rows, bytes;
	uint64_t n_full;    /* modules and processes that found no room */
	uint64_t build_ns;
};

struct tables {
	const struct capture_tables *maps;
	const struct modules *modules;
	struct unwind_rules rules;
	uint32_t n_rules_loaded;
	VEC(struct table_module) items; /* by index in modules */
	VEC(uint32_t) queue;            /* modules to be built, in the order they were asked for */
	size_t next;                    /* of the queue */
	VEC(struct unwind_row *) chunks;
	uint32_t chunk_used;            /* rows of the last chunk */
	uint32_t pages_used;
	struct ranges mappings;         /* entries of the kernel's array */
	uint32_t n_owners;
	struct table_stats stats;
};

int tables_init(struct tables *tables, const struct capture_tables *maps,
		const struct modules *modules);
void tables_deinit(struct tables *tables);

/*
 * Gives a process the mappings it has now, if the kernel has older ones, and
 * queues the modules that have no table yet. One that is gone gives its entries back.
 */
int tables_update(struct tables *tables, struct process *process);
/* Queues the modules of a process before a sample has asked for them. */
int tables_want(struct tables *tables, const struct process *process);
/* Builds queued tables until the time is up; at least one. *ret_more: some are left. */
int tables_build(struct tables *tables, uint64_t budget_ns, bool *ret_more);

#endif
