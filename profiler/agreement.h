/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same samples unwound both ways, in the kernel and from copies: how far
 * the two agree. For tests; FLAMETAP_TEST_BOTH_WAYS puts it into --stats.
 */
#ifndef FLAMETAP_PROFILER_AGREEMENT_H
#define FLAMETAP_PROFILER_AGREEMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/profile.h"

enum agreement_class {
	AGREE_SAME,        /* frame for frame, and both whole */
	AGREE_BOTH_CUT,    /* the shorter is the beginning of the other, neither is whole */
	AGREE_KERNEL_CUT,  /* the kernel's is the beginning of the copy's, which is whole */
	AGREE_COPY_CUT,    /* the other way round */
	AGREE_OTHER_END,   /* both whole, and one goes on where the other has ended */
	AGREE_LEAF,        /* they part at the leaf's caller */
	AGREE_FURTHER_OUT, /* they part above that */
	AGREE_N,
};

struct agreement {
	uint64_t stacks[AGREE_N];
	uint64_t common; /* frames compared: the shorter one's, of all stacks */
	uint64_t agreed; /* of these, up to where they part */
	uint64_t kernel_cut[UNWIND_N], copy_cut[UNWIND_N]; /* why the shorter one ended */
};

/* One way's stack, leaf first; flags in the addresses are no part of them. */
struct agreement_stack {
	const uint64_t *addresses;
	uint32_t n;
	enum unwind_result result;
};

void agreement_add(struct agreement *agreement, const struct agreement_stack *kernel,
		   const struct agreement_stack *copy);
/* The members of a JSON object, without its braces. */
void agreement_write_json(const struct agreement *agreement, FILE *out);

#endif
