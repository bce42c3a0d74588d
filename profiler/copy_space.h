/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libunwind's address spaces: it remembers in each what it made of call-frame
 * information, by program counter, so there has to be one for each state of a
 * process's mappings. They are few and passed on to whom they serve next.
 */
#ifndef FLAMETAP_PROFILER_COPY_SPACE_H
#define FLAMETAP_PROFILER_COPY_SPACE_H

#include <libunwind.h>
#include <stdint.h>

#include "profiler/timeline.h"

/* A space is 230 KB when 1,024 frames are remembered in it. */
enum { COPY_MAX_SPACES = 64, COPY_REMEMBERED = 1024 };

struct copy_space {
	unw_addr_space_t space; /* NULL: not made yet */
	uint32_t serial, epoch; /* of the process */
	uint64_t used;          /* when, by the clock */
	uint64_t generation;    /* of what is remembered */
};

struct copy_spaces {
	struct copy_space items[COPY_MAX_SPACES];
	unw_accessors_t accessors;
	uint64_t clock;
	uint64_t n_given; /* that were another process's before */
};

void copy_spaces_init(struct copy_spaces *spaces, const unw_accessors_t *accessors);
void copy_spaces_deinit(struct copy_spaces *spaces);
/* The space of a process as it is now. What was remembered under another generation is void. 0 or
 * -ENOMEM. */
int copy_spaces_get(struct copy_spaces *spaces, const struct process *process, uint64_t generation,
		    unw_addr_space_t *ret);

#endif
