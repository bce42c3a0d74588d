/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers for one module while they are gathered: chains of frames come in,
 * each stored once as far as it is like others; the bytes of a cache entry go
 * out.
 */
#ifndef FLAMETAP_SYMBOLIZE_NAME_CACHE_TABLE_H
#define FLAMETAP_SYMBOLIZE_NAME_CACHE_TABLE_H

#include "base/hash.h"
#include "base/vec.h"
#include "symbolize/name_cache_entry.h"

struct name_cache_answer {
	uint64_t offset;
	uint32_t innermost; /* number of a node */
};

/* Zero-initialize. */
struct name_cache_table {
	VEC(struct symbol_frame) places; /* their lines are 0; strings are borrowed */
	VEC(struct name_cache_node) nodes;
	VEC(struct name_cache_answer) answers; /* in the order in which they came */
	struct hashindex place_index, node_index;
	struct idmap by_offset;
	const struct dwarf_outline *outline; /* borrowed; goes into the entry. NULL: there is none */
};

void name_cache_table_deinit(struct name_cache_table *table);

/* Takes the frames of an offset, n >= 1, innermost first; does nothing if it is known. Strings are
 * compared as pointers and kept as such: they must live as long as the table. 0, -ENOMEM, or
 * -E2BIG. */
int name_cache_table_add(struct name_cache_table *table, uint64_t offset,
			 const struct symbol_frame *frames, size_t n);
int name_cache_table_add_entry(struct name_cache_table *table,
			       const struct name_cache_entry *entry);

/* As name_cache_entry_find, _walk and _next. */
bool name_cache_table_find(const struct name_cache_table *table, uint64_t offset, uint32_t *ret);
struct name_cache_walk name_cache_table_walk(const struct name_cache_table *table,
					     uint32_t answer);
bool name_cache_table_next(const struct name_cache_table *table, struct name_cache_walk *walk,
			   struct symbol_frame *ret);

/* An entry's bytes, to be freed. Sorts the answers, so that nothing can be asked of the table any
 * more. 0; -ENOMEM; -EFBIG: there are more than NAME_CACHE_ENTRY_MAX. */
int name_cache_table_bytes(struct name_cache_table *table, const struct name_cache_key *key,
			   uint32_t flags, unsigned char **ret, size_t *ret_size);

#endif
