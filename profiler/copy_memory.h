/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a process as a copied stack and its modules' files still tell
 * it: an address comes in, bytes go out, or why there are none.
 */
#ifndef FLAMETAP_PROFILER_COPY_MEMORY_H
#define FLAMETAP_PROFILER_COPY_MEMORY_H

#include <stddef.h>

#include "profiler/copy_unwind.h"

struct copy_memory {
	const struct modules *modules;
	const struct process *process;
	const struct stack_copy *copy;
	uint32_t last; /* the page that was found last */
};

/* 0, or the reason: WIRE_COPY_SHORT, WIRE_COPY_LOST, WIRE_UNREADABLE. */
uint32_t copy_memory_read(struct copy_memory *memory, uint64_t address, void *to, size_t n);

#endif
