/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for kernel code. Reading kallsyms takes longer than many a program
 * runs, so it is done beside the recording, in a thread of its own, and the
 * kernel's locations get their names at the end; those that are not in it yet,
 * because a module or a BPF program was loaded since, from a second reading.
 * Where the kernel's debug package is installed, inlined functions and lines
 * are added.
 */
#ifndef FLAMETAP_PROFILER_KERNEL_NAMES_H
#define FLAMETAP_PROFILER_KERNEL_NAMES_H

#include <pthread.h>
#include <stdbool.h>

#include "base/hash.h"

struct profile;
struct symbolizer;

struct kernel_names {
	struct symbolizer *symbolizer; /* borrowed; the thread's until it is joined */
	pthread_t thread;
	bool running;
	int error; /* of reading kallsyms; -EACCES: addresses are hidden */
	int debug_error; /* of the kernel's debug information; -ENOENT: there is none; -ESTALE: it is
			  * of another build */
};

void kernel_names_begin(struct kernel_names *names, struct symbolizer *symbolizer);
/* With a symbolizer that has read kallsyms already, and what came of it. */
void kernel_names_take(struct kernel_names *names, struct symbolizer *symbolizer, int error);
/* Waits for the thread. Nothing else may be done with the symbolizer before. */
void kernel_names_wait(struct kernel_names *names);
/*
 * Names the locations that stand under their addresses in the map, and moves
 * them from "[kernel]" to the module they belong to. 0, -ENOMEM or -E2BIG.
 */
int kernel_names_give(struct kernel_names *names, struct profile *profile,
		      const struct idmap *locations);
/* What is to be done where addresses are hidden, by how the system is set and who this is. Static. */
const char *kernel_names_remedy(void);

#endif
