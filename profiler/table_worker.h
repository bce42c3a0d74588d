/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that builds unwind tables and loads them: requests in, reports out,
 * in the same order. The session goes on draining meanwhile. A thread and no
 * portions of work, because reading a file that is not in memory and adding a
 * chunk (the kernel waits for all running programs: 15 ms) take as long as they
 * take; and it is the only one that writes the maps of tables, so that nothing
 * in it needs a lock.
 */
#ifndef FLAMETAP_PROFILER_TABLE_WORKER_H
#define FLAMETAP_PROFILER_TABLE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/table_store.h"

enum table_request_kind {
	TABLE_LOAD, /* answered by a report */
	TABLE_DROP,
	TABLE_DROP_FOR_EVER, /* the kernel side is told that none is to come */
};

struct table_request {
	enum table_request_kind kind;
	uint32_t number;
	int fd; /* of TABLE_LOAD: the file; it stays the caller's */
};

struct table_reports {
	VEC(struct table_report) items;
};

struct table_worker;

/* max_bytes: what the rows may take. */
int table_worker_create(const struct capture_tables *maps, uint64_t max_bytes,
			struct table_worker **ret);
/* Waits for the table that is being built; requests that were not begun are dropped. */
void table_worker_destroy(struct table_worker *worker);
/* Begins nothing any more. */
void table_worker_stop(struct table_worker *worker);
/* 0 or -ENOMEM. */
int table_worker_send(struct table_worker *worker, const struct table_request *request);
/* Readable when there are reports. */
int table_worker_fd(const struct table_worker *worker);
/* Appends the reports there are. 0, or a negative errno that has ended the worker. */
int table_worker_take(struct table_worker *worker, struct table_reports *reports);
/* Whether somebody waits for what it does, or the target goes first. */
void table_worker_hurry(struct table_worker *worker, bool hurry);

#endif
