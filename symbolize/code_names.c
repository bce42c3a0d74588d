// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A sorted array of addresses, with a way from each to the next that has no
 * name yet; the ways are shortened as they are gone (Tarjan's union-find).
 */
#include "symbolize/code_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int code_names_init(struct code_names *names)
{
	memset(names, 0, sizeof(*names));
	return demangler_init(&names->names, false);
}

void code_names_deinit(struct code_names *names)
{
	vec_deinit(&names->items);
	vec_deinit(&names->next);
	demangler_deinit(&names->names);
}

void code_names_clear(struct code_names *names)
{
	names->items.n = names->next.n = names->n_open = 0;
}

int code_names_want(struct code_names *names, uint64_t address)
{
	struct code_name item = {.address = address};

	return vec_push(&names->items, item);
}

static int compare(const void *a, const void *b)
{
	const struct code_name *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

int code_names_begin(struct code_names *names)
{
	size_t n = names->items.n, kept = 0;
	int err = n >= UINT32_MAX ? -ENOMEM : vec_reserve(&names->next, n + 1);

	if (err)
		return err;
	if (n)
		qsort(names->items.data, n, sizeof(*names->items.data), compare);
	for (size_t i = 0; i < n; i++)
		if (!kept || names->items.data[kept - 1].address != names->items.data[i].address)
			names->items.data[kept++] = names->items.data[i];
	names->items.n = names->n_open = kept;
	names->next.n = kept + 1;
	for (size_t i = 0; i <= kept; i++)
		names->next.data[i] = i;
	return 0;
}

/* The first item at or above an address. */
static size_t place(const struct code_names *names, uint64_t address)
{
	size_t low = 0, high = names->items.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->items.data[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first item from i on that has no name; the number of items if none is left. */
static size_t next_open(struct code_names *names, size_t i)
{
	uint32_t *next = names->next.data;

	while (next[i] != i) {
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

/* start + size may be beyond what there is. */
static bool covers(const struct code_names *names, size_t i, uint64_t start, uint64_t size)
{
	return i < names->items.n && names->items.data[i].address - start < size;
}

bool code_names_lack(struct code_names *names, uint64_t start, uint64_t size)
{
	return names->n_open && covers(names, next_open(names, place(names, start)), start, size);
}

int code_names_give(struct code_names *names, uint64_t start, uint64_t size, const char *name,
		    size_t length)
{
	uint32_t number;
	int err;

	length = strnlen(name, length);
	if (!length || !code_names_lack(names, start, size))
		return 0;
	err = demangler_intern(&names->names, name, length, &number);
	/* There is no room for more names: those that have one keep it. */
	if (err)
		return err == -E2BIG ? 0 : err;
	for (size_t i = next_open(names, place(names, start)); covers(names, i, start, size);
	     i = next_open(names, i)) {
		names->items.data[i].start = start;
		names->items.data[i].name = number;
		names->next.data[i] = i + 1;
		names->n_open--;
	}
	return 0;
}

bool code_names_find(struct code_names *names, uint64_t address, struct demangled_name *ret)
{
	size_t i = place(names, address);

	if (i == names->items.n || names->items.data[i].address != address ||
	    !names->items.data[i].name)
		return false;
	return !demangler_get(&names->names, names->items.data[i].name, ret);
}
