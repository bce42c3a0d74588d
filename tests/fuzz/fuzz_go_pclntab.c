/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of Go's table of functions; the trees of inlined calls are read from
 * the same bytes. Frames are few, and names and files lie within.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/go_pclntab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TREES_AT = 0x10000 };

static int read_tree(void *ctx, uint64_t vaddr, void *to, size_t n)
{
	const struct go_bytes *all = ctx;

	if (vaddr < TREES_AT || vaddr - TREES_AT >= all->size || all->size - (vaddr - TREES_AT) < n)
		return -ENOENT;
	memcpy(to, all->data + (vaddr - TREES_AT), n);
	return 0;
}

static void check(struct go_bytes text, const struct go_bytes *all)
{
	if (text.size && (text.data < all->data || text.data + text.size > all->data + all->size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct go_bytes all = {data, size};
	struct go_frame frames[GO_MAX_FRAMES];
	struct go_pclntab table;

	if (go_pclntab_init(&table, data, size))
		return 0;
	table.inlined = TREES_AT;
	table.read = read_tree;
	table.ctx = &all;
	for (uint64_t i = 0; i < 64; i++) {
		size_t n = go_pclntab_find(&table, table.text + i * 24, frames);

		if (n > GO_MAX_FRAMES)
			abort();
		while (n--) {
			check(frames[n].name, &all);
			check(frames[n].file, &all);
		}
	}
	return 0;
}
