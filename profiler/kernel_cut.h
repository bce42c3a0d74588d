/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel stacks that were taken in a scheduler's tracepoint begin with frames of
 * the tracing itself. Raw addresses come in; which of them are the kernel's way
 * to where it waits, or wakes, goes out.
 */
#ifndef FLAMETAP_PROFILER_KERNEL_CUT_H
#define FLAMETAP_PROFILER_KERNEL_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

struct symbolizer;

struct kernel_cut {
	struct symbolizer *symbolizer; /* borrowed; its kernel names are loaded */
	struct idmap kinds;            /* address -> what it is */
};

void kernel_cut_init(struct kernel_cut *cut, struct symbolizer *symbolizer);
void kernel_cut_deinit(struct kernel_cut *cut);

/* How many of n addresses, leaf first, are to be left out of the stack of a thread that left the
 * CPU: all up to schedule(), so that the leaf is what called it. At least one is left. */
uint32_t kernel_cut_wait(struct kernel_cut *cut, const uint64_t *addresses, uint32_t n);
/* The same of who wakes a thread; in an interrupt, *ret_n of the rest are the interrupt's, and what
 * it interrupted begins after them. */
uint32_t kernel_cut_waker(struct kernel_cut *cut, const uint64_t *addresses, uint32_t n,
			  bool interrupt, uint32_t *ret_n);

#endif
