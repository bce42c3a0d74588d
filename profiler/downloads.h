/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --debuginfod as a person meets it: what is missing for it, the line on the
 * terminal while a file comes, Ctrl-C that ends the asking and nothing else, and
 * what could not be had.
 */
#ifndef FLAMETAP_PROFILER_DOWNLOADS_H
#define FLAMETAP_PROFILER_DOWNLOADS_H

#include <stdbool.h>

#include "profiler/stop.h"

struct debuginfod;
struct invoker;

/* Stays in its place while it is in use. Zeroed: no --debuginfod. */
struct downloads {
	struct debuginfod *debuginfod; /* NULL: not asked for */
	const struct invoker *invoker; /* borrowed */
	bool on_terminal, shown;
	struct stop_scope stop;
};

/* DEBUGINFOD_URLS names a server. */
bool downloads_have_server(void);
/* libdebuginfod is in one of the places where systems keep it. */
bool downloads_have_library(void);

/* Call it before there are threads and BPF objects. The cache is the invoker's. 0; a negative
 * errno, and it was said why. */
int downloads_init(struct downloads *downloads, bool wanted, bool quiet,
		   const struct invoker *invoker);
/* What could not be had, in one line. */
void downloads_tell(const struct downloads *downloads);
void downloads_deinit(struct downloads *downloads);

#endif
