// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies by id. Most live for a few milliseconds, so a table of lists does. */
#include "profiler/copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static struct copied_stack **copies_bucket(struct copies *copies, uint64_t id)
{
	return &copies->buckets[hash_u64(id) % COPIES_BUCKETS];
}

/* Where the pointer to it is; where it is NULL, it is not there. */
static struct copied_stack **copies_find(struct copies *copies, uint64_t id)
{
	struct copied_stack **at = copies_bucket(copies, id);

	while (*at && (*at)->copy.id != id)
		at = &(*at)->next;
	return at;
}

static struct copied_stack *copies_unlink(struct copies *copies, struct copied_stack **at)
{
	struct copied_stack *stack = *at;

	*at = stack->next;
	copies->bytes -= stack->bytes;
	return stack;
}

void copied_stack_free(struct copied_stack *stack)
{
	free(stack);
}

void copies_deinit(struct copies *copies)
{
	copies_forget(copies, UINT64_MAX);
}

int copies_begin(struct copies *copies, const struct checked_copy *copy)
{
	struct copied_stack **at = copies_find(copies, copy->id);
	size_t bytes = sizeof(struct copied_stack) +
		       copy->n_pages * (sizeof(struct copy_page) + WIRE_PAGE_BYTES);
	struct copied_stack *stack;

	/* Ids do not come twice; if one did, the later one is the sample's. */
	if (*at)
		copied_stack_free(copies_unlink(copies, at));
	stack = malloc(bytes);
	if (!stack)
		return -ENOMEM;
	*stack = (struct copied_stack){
		.time_ns = copy->time_ns,
		.bytes = bytes,
		.n_wanted = copy->n_pages,
		.copy = { .id = copy->id, .pages = stack->pages, .cut = copy->cut, .lost = copy->lost },
	};
	memcpy(stack->copy.registers, copy->registers, WIRE_REGISTERS * sizeof(uint64_t));
	stack->copy.registers[DWARF_RA] = copy->ip;
	at = copies_bucket(copies, copy->id);
	stack->next = *at;
	*at = stack;
	copies->bytes += bytes;
	copies->n_received++;
	return 0;
}

void copies_add_page(struct copies *copies, const struct checked_page *page)
{
	struct copied_stack *stack = *copies_find(copies, page->id);
	uint8_t *bytes;
	uint32_t n;

	if (!stack || stack->copy.n_pages >= stack->n_wanted)
		return;
	n = stack->copy.n_pages;
	/* They come in the order of their addresses; the search in them relies on it. */
	if (n && page->address <= stack->pages[n - 1].address)
		return;
	bytes = (uint8_t *)(stack->pages + stack->n_wanted) + (size_t)n * WIRE_PAGE_BYTES;
	memcpy(bytes, page->bytes, WIRE_PAGE_BYTES);
	stack->pages[n] = (struct copy_page){ page->address, bytes };
	stack->copy.n_pages++;
}

bool copies_are_full(const struct copies *copies)
{
	return copies->bytes >= COPIES_MAX_BYTES;
}

struct copied_stack *copies_take(struct copies *copies, uint64_t id)
{
	struct copied_stack **at = copies_find(copies, id);

	if (!*at || (*at)->copy.n_pages < (*at)->n_wanted)
		return NULL;
	return copies_unlink(copies, at);
}

void copies_forget(struct copies *copies, uint64_t before_ns)
{
	for (size_t i = 0; i < COPIES_BUCKETS; i++) {
		struct copied_stack **at = &copies->buckets[i];

		while (*at) {
			if ((*at)->time_ns >= before_ns) {
				at = &(*at)->next;
				continue;
			}
			copied_stack_free(copies_unlink(copies, at));
			copies->n_forgotten++;
		}
	}
}
