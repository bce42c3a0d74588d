/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of this program's own stack, unwound after the functions have long
 * returned. What is expected is known from the functions themselves, which
 * note where they return to; the BPF unwinder, compiled natively, walks the
 * same copies and has to find the same frames and the same end.
 */
#ifndef FLAMETAP_TESTS_UNIT_OWN_COPY_H
#define FLAMETAP_TESTS_UNIT_OWN_COPY_H

#include <stdint.h>

#include "profiler/copy_unwind.h"
#include "tests/unit/bpf_native.h"
#include "tests/unit/own_process.h"

enum { OWN_COPY_PAGES = 256, OWN_COPY_EXPECTED = 16 };

struct own_copy {
	struct own_process own;
	struct copy_unwinder *unwinder;
	uint32_t most_pages; /* that own_copy_here() takes */

	/* The last copy, and what is known of it. */
	struct stack_copy stack;
	struct copy_page pages[OWN_COPY_PAGES];
	uint8_t bytes[OWN_COPY_PAGES][COPY_PAGE];
	uint64_t expected[OWN_COPY_EXPECTED];
	uint32_t n_expected;

	struct native_walk walk; /* by libunwind */
	struct native_walk native;
};

/* 0 or -1, as a cmocka fixture. */
int own_copy_init(struct own_copy *copy);
void own_copy_deinit(struct own_copy *copy);

/* A copy of the caller's stack; where it is called from is the first that is expected. */
void own_copy_here(struct own_copy *copy);
/* Adds pages from an address upwards, at most `most` of them; stops where memory ends. */
void own_copy_from(struct own_copy *copy, uint64_t address, uint32_t most);
/* A function notes where it returns to after what it called has done so. */
void own_copy_note(struct own_copy *copy, void *address);
/* A copy within a fixed chain of calls, whose 5 returns are expected. */
void own_copy_chain(struct own_copy *copy);
/* A copy at a depth. */
int own_copy_recurse(struct own_copy *copy, int depth);

/* Unwind the copy by libunwind, and by the BPF unwinder. */
void own_copy_unwind(struct own_copy *copy);
void own_copy_unwind_natively(struct own_copy *copy);

/* After own_copy_unwind(): the BPF unwinder finds the same. */
void own_copy_assert_agreement(struct own_copy *copy);
/* What was expected stands in the walk from this frame on. */
void own_copy_assert_expected(const struct own_copy *copy, uint32_t from);
/* Unwinds the copy both ways: it is whole and as expected. */
void own_copy_assert_whole(struct own_copy *copy);

#endif
