/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verb that reads profiles does before it has them: reading, and finding names. */
#ifndef FLAMETAP_PROFILER_INPUTS_H
#define FLAMETAP_PROFILER_INPUTS_H

#include <stdbool.h>

#include "profiler/options.h"

struct downloads;
struct profile;

struct inputs_options {
	const struct string_list *debug_dirs;
	bool no_cache, quiet, verbose;
};

/* Adds what a file ("-": standard input) holds to a profile; unless quiet, a terminal is told how
 * far a big one is read. 0; -EINVAL when it was said that the input is no good; another negative
 * errno. */
int inputs_read_one(const char *path, bool quiet, struct profile *profile);
/* Names what is unresolved wherever it can, and says where it cannot. 0 or a negative errno. */
int inputs_resolve(const struct inputs_options *options, struct profile *profile,
		   const struct downloads *downloads);

#endif
