/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of functions that have changed, as wide as the terminal has room for.
 */
#ifndef FLAMETAP_PROFILER_GATE_TABLE_H
#define FLAMETAP_PROFILER_GATE_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "gate/show.h"

/* Writes at most so many rows between empty lines, in at most so many columns (0: as it comes). How
 * many functions have changed; where none has, nothing is written. */
size_t gate_table_write(const struct gate_show *show, size_t most, size_t columns, FILE *out);

#endif
