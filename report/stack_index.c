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
static size_t stack_line(const struct stack_index *index, const struct profile_stack *stack)
{
	return ((uint64_t)stack->parent * 11 >> 6) * LINE & (index->cap - 1);
}

/* The slot of the stack, or the empty one where it goes. */
static uint64_t *stack_slot(const struct stack_index *index, const struct profile_stack *stacks,
			    const struct profile_stack *stack, uint64_t hash)
{
	size_t i = stack_line(index, stack);

	for (size_t tried = 0;; tried++) {
		uint64_t *slot = &index->slots[i];
		const struct profile_stack *other = &stacks[(uint32_t)*slot];

		if (!*slot || (*slot >> 32 == hash >> 32 && other->parent == stack->parent &&
			       other->location == stack->location))
			return slot;
		i = tried == LINE - 1 ? hash & (index->cap - 1) : (i + 1) & (index->cap - 1);
	}
}

int stack_index_reserve(struct stack_index *index, const struct profile_stack *stacks)
{
	struct stack_index grown = {.n = index->n, .cap = index->cap ? index->cap * 2 : CAP_MIN};

	if (index->n < index->cap / 10 * 7)
		return 0;
	/* Lines are lines of the cache, too. */
	grown.slots = aligned_alloc(LINE * sizeof(*grown.slots), grown.cap * sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	memset(grown.slots, 0, grown.cap * sizeof(*grown.slots));
	for (size_t i = 1; i <= index->n; i++) {
		uint64_t hash = stack_hash(&stacks[i]);

		*stack_slot(&grown, stacks, &stacks[i], hash) = hash >> 32 << 32 | i;
	}
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
