/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libunwind made of call-frame information: where the registers are
 * saved, by module and address in its file, so that one process's serves the
 * next. (libunwind remembers such states itself, but for each address space
 * anew, and blocks all signals around each look: two system calls a frame.)
 */
#ifndef FLAMETAP_PROFILER_COPY_STATE_H
#define FLAMETAP_PROFILER_COPY_STATE_H

#include <stdint.h>

/* A power of two; 3.5 MB. Of two states that fall together the later one stays. */
enum { COPY_STATES = 1 << 14, COPY_STATE_BYTES = 200 };

struct copy_state {
	uint64_t vaddr;
	uint32_t module;
	uint32_t size;       /* 0: none */
	uint64_t generation; /* of the modules' content */
	uint64_t bytes[COPY_STATE_BYTES / sizeof(uint64_t)];
};

struct copy_states {
	struct copy_state *items; /* COPY_STATES */
};

/* 0 or -ENOMEM. */
int copy_states_init(struct copy_states *states);
void copy_states_deinit(struct copy_states *states);
/* The place for a state, which is there if its size is not 0. */
struct copy_state *copy_states_get(struct copy_states *states, uint32_t module, uint64_t vaddr,
				   uint64_t generation);

#endif
