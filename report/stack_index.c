// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slots come in lines of 64 bytes. A stack is looked for in one line that its
 * parent's number chooses, and only where that is full from a place on that
 * the hash chooses. Nothing is ever deleted, so that an empty slot ends a search.
 */
#include "report/stack_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/profile.h"

enum { LINE = 8, CAP_MIN = 64 };

void stack_index_deinit(struct stack_index *index)
{
	free(index->slots);
	*index = (struct stack_index){};
}

static uint64_t stack_hash(const struct profile_stack *stack)
{
	return hash_u64((uint64_t)stack->parent << 32 | stack->location);
}

/* The first slot of the line. A table is 70 % full with 5.6 stacks a line, and most stacks have
 * one child: 11 of 64 lines for each parent spread them over the table. */
static size_t stack_line(const struct stack_index *index, uint32_t parent)
{
	return ((uint64_t)parent * 11 >> 6) * LINE & (index->cap - 1);
}

/* The slot that is tried after i, the tried'th so far: the hash's upper half, which slots keep,
 * says where to go on from a full line. */
static size_t stack_next(const struct stack_index *index, size_t i, size_t tried, uint64_t hash)
{
	return (tried == LINE - 1 ? hash >> 32 : i + 1) & (index->cap - 1);
}

/* The slot of the stack, or the empty one where it goes. */
static uint64_t *stack_slot(const struct stack_index *index, const struct profile_stack *stacks,
			    const struct profile_stack *stack, uint64_t hash)
{
	size_t i = stack_line(index, stack->parent);

	for (size_t tried = 0;; tried++) {
		uint64_t *slot = &index->slots[i];
		const struct profile_stack *other = &stacks[(uint32_t)*slot];

		if (!*slot || (*slot >> 32 == hash >> 32 && other->parent == stack->parent &&
			       other->location == stack->location))
			return slot;
		i = stack_next(index, i, tried, hash);
	}
}

/* Takes over a slot of a smaller table. All there are differ: nothing is compared. */
static void stack_place(struct stack_index *index, const struct profile_stack *stacks,
			uint64_t slot)
{
	size_t i = stack_line(index, stacks[(uint32_t)slot].parent);

	for (size_t tried = 0; index->slots[i]; tried++)
		i = stack_next(index, i, tried, slot);
	index->slots[i] = slot;
}

int stack_index_grow(struct stack_index *index, const struct profile_stack *stacks)
{
	struct stack_index grown = {.n = index->n, .cap = index->cap ? index->cap * 2 : CAP_MIN};

	/* Lines are lines of the cache, too. */
	grown.slots = aligned_alloc(LINE * sizeof(*grown.slots), grown.cap * sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	memset(grown.slots, 0, grown.cap * sizeof(*grown.slots));
	/* In the order of the old lines, so that the new ones are gone through in order, too. */
	for (size_t i = 0; i < index->cap; i++)
		if (index->slots[i])
			stack_place(&grown, stacks, index->slots[i]);
	stack_index_deinit(index);
	*index = grown;
	return 0;
}

bool stack_index_find_or_add(struct stack_index *index, const struct profile_stack *stacks,
			     const struct profile_stack *stack, uint32_t number, uint32_t *ret)
{
	uint64_t hash = stack_hash(stack);
	uint64_t *slot = stack_slot(index, stacks, stack, hash);
	bool found = *slot;

	if (!found) {
		*slot = hash >> 32 << 32 | number;
		index->n++;
	}
	*ret = (uint32_t)*slot;
	return found;
}
