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
};

/* All return 0 or a negative errno. */
int capture_put_rules(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_rule *rules, uint32_t n);
int capture_put_pages(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_map_page *pages, uint32_t n);
int capture_put_module(const struct capture_tables *maps, uint32_t number,
		       const struct unwind_module *module);
int capture_put_mappings(const struct capture_tables *maps, uint32_t first,
			 const struct unwind_mapping *mappings, uint32_t n);
int capture_put_process(const struct capture_tables *maps, pid_t pid,
			const struct unwind_process *process);
/* Takes the entry away, if there is one. */
void capture_drop_process(const struct capture_tables *maps, pid_t pid);
/* Makes a chunk of UNWIND_CHUNK_ROWS rows. *ret: its rows, to be filled in place; the caller
 * unmaps them. */
int capture_add_chunk(const struct capture_tables *maps, uint32_t number,
		      struct unwind_row **ret);
void capture_unmap_chunk(struct unwind_row *rows);

#endif
