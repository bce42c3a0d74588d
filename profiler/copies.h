/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copied stacks on their way: registers and pages come in one by one from the
 * ring, and wait here until the sample they belong to is applied, with the
 * mappings of its moment. Bounded in bytes by the reader, which drains no more
 * while copies_are_full().
 */
#ifndef FLAMETAP_PROFILER_COPIES_H
#define FLAMETAP_PROFILER_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/copy_unwind.h"
#include "profiler/wire.h"

enum {
	COPIES_BUCKETS = 4096,
	COPIES_MAX_BYTES = 64 << 20,
};

/* One copy. Its pages are in memory that goes with it. */
struct copied_stack {
	struct copied_stack *next; /* of the bucket */
	uint64_t time_ns;
	size_t bytes;      /* all that it takes */
	uint32_t n_wanted; /* pages */
	struct stack_copy copy;
	struct copy_page pages[]; /* and behind them their bytes */
};

/* Zero-initialize. */
struct copies {
	struct copied_stack *buckets[COPIES_BUCKETS];
	size_t bytes;
	uint64_t n_received, n_forgotten;
};

void copies_deinit(struct copies *copies);
/* The registers of a copy; its pages follow. 0 or -ENOMEM. */
int copies_begin(struct copies *copies, const struct checked_copy *copy);
/* A page of a copy; one whose copy is not known is dropped. */
void copies_add_page(struct copies *copies, const struct checked_page *page);
bool copies_are_full(const struct copies *copies);
/* Takes a copy out, for copied_stack_free(); NULL while it is not all there. */
struct copied_stack *copies_take(struct copies *copies, uint64_t id);
void copied_stack_free(struct copied_stack *stack);
/* Drops those older than a time: their samples were lost. */
void copies_forget(struct copies *copies, uint64_t before_ns);

#endif
