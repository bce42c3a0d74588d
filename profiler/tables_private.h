/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between tables.c, which writes processes, and tables_queue.c, which has tables built. */
#ifndef FLAMETAP_PROFILER_TABLES_PRIVATE_H
#define FLAMETAP_PROFILER_TABLES_PRIVATE_H

#include "profiler/tables.h"

/* Makes the module known, and queues it if it never was. */
int tables_want_module(struct tables *tables, uint32_t number);
/* Processes whose turn has come. */
int tables_update_late(struct tables *tables);
/* Evicts tables for so many rows and pages; false if there are not so many to be had. demanded:
 * walks wait for it. */
int tables_make_room(struct tables *tables, const struct table_module *module, uint64_t now,
		     bool *ret_made);

#endif
