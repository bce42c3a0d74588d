/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a stack stands in a profile's table: from its outer part and its
 * location to its number. Files list similar stacks next to each other, so a
 * stack's place is near that of its outer part: looking up millions of them in
 * order then stays in the caches, where a plain hash table would miss each time.
 */
#ifndef FLAMETAP_REPORT_STACK_INDEX_H
#define FLAMETAP_REPORT_STACK_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile_stack;

/* Zero-initialize. It borrows the table of stacks with each call: number i is stacks[i]. */
struct stack_index {
	uint64_t *slots; /* 32 bits of hash << 32 | number; 0 is empty, and stack 0 in no slot */
	size_t n, cap;
};

void stack_index_deinit(struct stack_index *index);

/* Is there room for one more? Tables are up to 70 % full. */
static inline bool stack_index_has_room(const struct stack_index *index)
{
	return index->n < index->cap / 10 * 7;
}

/* Makes room where there is none, of stacks[1] to stacks[index->n]. 0 or -ENOMEM. */
int stack_index_grow(struct stack_index *index, const struct profile_stack *stacks);
/* The number of the stack that equals *stack: true. Or false, and the stack has the number now:
 * the caller puts it there. There is room. */
bool stack_index_find_or_add(struct stack_index *index, const struct profile_stack *stacks,
			     const struct profile_stack *stack, uint32_t number, uint32_t *ret);

#endif
