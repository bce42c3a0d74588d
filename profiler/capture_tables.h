/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps that hold unwind tables, as profiler/tables.c fills them. */
#ifndef FLAMETAP_PROFILER_CAPTURE_TABLES_H
#define FLAMETAP_PROFILER_CAPTURE_TABLES_H

#include <stdint.h>
#include <sys/types.h>

#include "bpf/unwind_table.h"

/* Descriptors that stay the capture's. */
struct capture_tables {
	int rules_fd, chunks_fd, pages_fd, modules_fd, mappings_fd, processes_fd;
	/* Marks of walks, by a module's number; NULL where there are none. */
	uint8_t *used;    /* not 0: its table was */
	uint32_t *missed; /* how often its table was not there yet */
};

/* All return 0 or a negative errno. */
int capture_put_rules(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_rule *rules, uint32_t n);
int capture_put_pages(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_map_page *pages, uint32_t n);
int capture_put_module(const struct capture_tables *maps, uint32_t number,
		       const struct unwind_module *module);
int capture_put_process(const struct capture_tables *maps, pid_t pid,
			const struct unwind_process *process);
/* Takes the entry away, if there is one. */
void capture_drop_process(const struct capture_tables *maps, pid_t pid);
/* *ret: the UNWIND_MAX_MAPPINGS entries, to be written in place; the caller unmaps them. */
int capture_map_mappings(const struct capture_tables *maps, struct unwind_mapping **ret);
void capture_unmap_mappings(struct unwind_mapping *mappings);
/* Makes a chunk of UNWIND_CHUNK_ROWS rows. *ret: its rows, to be filled in place; the caller
 * unmaps them. */
int capture_add_chunk(const struct capture_tables *maps, uint32_t number,
		      struct unwind_row **ret);
void capture_unmap_chunk(struct unwind_row *rows);

#endif
