/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables on their way into the kernel and out again: which modules have
 * one, which processes use which. A module's table is built once and serves
 * every process that maps it; those that samples ask for come first, and those
 * that nobody uses go when there is no room. Processes are given theirs when a
 * sample shows that they need it, again whenever their mappings change.
 */
#ifndef FLAMETAP_PROFILER_TABLES_H
#define FLAMETAP_PROFILER_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/capture_tables.h"
#include "profiler/ranges.h"
#include "profiler/table_worker.h"
#include "profiler/timeline.h"
#include "symbolize/elf_file.h"

/* What all rows may take: 64 MiB, about 900 MB of text. */
#define TABLES_MAX_BYTES ((uint64_t)64 << 20)

enum table_state {
	TABLE_UNKNOWN,
	TABLE_ABSENT,    /* can be had, but is not asked for: it was evicted */
	TABLE_QUEUED,
	TABLE_SENT,      /* to the worker */
	TABLE_IN_KERNEL,
	TABLE_NEVER,     /* there is none */
	TABLE_WAITING,   /* for room */
};

struct table_module {
	enum table_state state;
	uint32_t hits;       /* walks that missed it */
	uint32_t n_mappings; /* entries of the kernel's processes that lead to it */
	uint32_t n_rows, n_pages; /* once it was built */
	uint64_t text;       /* bytes: what building it costs goes with that */
	uint64_t used_ns;    /* when a walk was last known to use it, or it was loaded */
	uint64_t retry_ns;   /* of TABLE_WAITING */
	bool urgent;         /* queued or sent, and missed */
	bool room_made;      /* the same: it is there when the time of grace is over */
	bool unopened;       /* TABLE_NEVER for want of a file, which may still be opened */
	VEC(struct elf_segment) segments;  /* to turn offsets into addresses */
};

struct table_stats {
	uint64_t n_modules, n_without; /* with a table now; without call-frame information */
	uint64_t n_rows, bytes;        /* in the kernel now */
	uint64_t n_evicted;
	uint64_t build_ns;
	/* What found no room, by what was full. */
	uint64_t n_rows_full, n_pages_full; /* tables that no other could make room for */
	uint64_t n_rules_full;              /* states of call-frame programs */
	uint64_t n_modules_full;            /* modules */
	uint64_t n_mappings_full, n_processes_full; /* processes, however often each was tried */
};

struct tables {
	const struct capture_tables *maps;
	const struct modules *modules;
	struct table_worker *worker;
	struct unwind_mapping *entries; /* the kernel's array */
	VEC(struct table_module) items; /* by index in modules */
	VEC(uint32_t) queue;            /* modules to be built, in no order */
	VEC(uint32_t) waiting;          /* for room */
	VEC(struct process *) late;     /* changed too often to be followed at once */
	struct table_reports reports;
	uint32_t n_sent;                /* to the worker, and not reported yet */
	uint64_t text_sent;             /* of these */
	uint32_t n_urgent;              /* modules that are queued or sent, and missed */
	bool background;                /* it hurries only for those */
	bool hurried;
	struct ranges mappings;         /* in the kernel's array */
	uint32_t n_owners;
	uint64_t marks_ns;              /* when marks of use were taken last */
	struct table_stats stats;
};

int tables_init(struct tables *tables, const struct capture_tables *maps,
		const struct modules *modules);
/* With another bound of what the rows may take than TABLES_MAX_BYTES. */
int tables_init_bounded(struct tables *tables, const struct capture_tables *maps,
			const struct modules *modules, uint64_t max_bytes);
void tables_deinit(struct tables *tables);

/*
 * Gives a process the mappings it has now, if the kernel has older ones, and
 * queues the modules that have no table yet. One that is gone gives its entries
 * back. One with thousands of mappings that change all the time is only noted, and
 * given them by tables_build() when the cost is in proportion.
 */
int tables_update(struct tables *tables, struct process *process);
/* Queues the modules of a process before a sample has asked for them. */
int tables_want(struct tables *tables, const struct process *process);
/* A walk met this module (its index in modules) without a table. Cheap: to be called for each. */
int tables_demand(struct tables *tables, uint32_t module);
/*
 * Takes over what was built, makes room, and sends what is to be built next. It
 * waits for that no longer than the time given. *ret_more: some is still to come.
 */
int tables_build(struct tables *tables, uint64_t wait_ns, bool *ret_more);
/* Something is being built: tables_build() is to look for what walks miss a little more often. */
bool tables_are_awaited(const struct tables *tables);
/* Readable when tables_build() has something to do. */
int tables_poll_fd(const struct tables *tables);
/* From now on building what nobody has missed yet takes the CPU time that the target leaves. */
void tables_step_back(struct tables *tables);
/* Begins to build no more. */
void tables_stop(struct tables *tables);

#endif
