/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers that are known for one module, as they lie in a file of the
 * cache. The format is flametap's own and changes with it:
 *
 *	struct name_cache_header
 *	uint64_t offsets[n_answers]		ascending: what was asked for
 *	struct dwarf_outline_unit units[n_units]
 *	struct dwarf_outline_function functions[n_functions]
 *	struct dwarf_outline_row rows[n_rows]
 *	struct name_cache_place places[n_places]
 *	struct name_cache_node nodes[n_nodes]
 *	uint32_t innermost[n_answers]		numbers of nodes
 *	char strings[strings_size]		each with its NUL
 *
 * in the machine's byte order, and zeros up to a multiple of 8. Nothing of it is
 * believed before the checksum and every number in it have been looked at.
 */
#ifndef FLAMETAP_SYMBOLIZE_NAME_CACHE_ENTRY_H
#define FLAMETAP_SYMBOLIZE_NAME_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/dwarf_outline.h"
#include "symbolize/name_cache_key.h"
#include "symbolize/symbolizer.h"

enum {
	NAME_CACHE_VERSION = 2,
	NAME_CACHE_STRIPPED = 1, /* a flag: symbolizer_debug.stripped */
	NAME_CACHE_ENTRY_MAX = 64 << 20, /* bytes; 100,000 addresses of a kernel take 10 MB */
};

struct name_cache_header {
	char magic[8];
	uint64_t checksum; /* of all that follows */
	uint64_t size;	   /* of all */
	uint32_t version, flags;
	uint32_t n_answers, n_places, n_nodes, strings_size;
	uint32_t n_units, n_functions, n_rows, unused;
	struct name_cache_key key;
};

/* What frames have in common that differ in nothing but the line. Strings are offsets + 1; 0: not
 * known. */
struct name_cache_place {
	uint64_t start;
	uint32_t name, system_name, file, start_line;
};

/* A frame and those that it was called from. */
struct name_cache_node {
	uint32_t outer; /* number + 1, and not above the node's own number; 0: outermost */
	uint32_t place, line;
};

struct name_cache_entry {
	unsigned char *bytes; /* owned; NULL: nothing is known */
	const struct name_cache_header *header;
	const uint64_t *offsets;
	const uint32_t *innermost;
	const struct dwarf_outline_unit *units;
	const struct dwarf_outline_function *functions;
	const struct dwarf_outline_row *rows;
	const struct name_cache_node *nodes;
	const struct name_cache_place *places;
	const char *strings;
};

/* Takes bytes from malloc(), in each case. 0; -EBADMSG: they are damaged; -ENOENT: they are good,
 * but of another key or version. */
int name_cache_entry_init(struct name_cache_entry *entry, unsigned char *bytes, size_t size,
			  const struct name_cache_key *key);
void name_cache_entry_deinit(struct name_cache_entry *entry);

/* The number of an offset's answer. False: it is not known. */
bool name_cache_entry_find(const struct name_cache_entry *entry, uint64_t offset, uint32_t *ret);

/* The chain of an answer from its innermost frame on; frames go in as they come out of
 * name_cache_entry_next: true, and *ret filled, until there are no more. Strings are the entry's.
 */
struct name_cache_walk {
	uint32_t next; /* node's number + 1 */
};

struct name_cache_walk name_cache_entry_walk(const struct name_cache_entry *entry,
					     uint32_t answer);
bool name_cache_entry_next(const struct name_cache_entry *entry, struct name_cache_walk *walk,
			   struct symbol_frame *ret);

/* Of all bytes behind the checksum; the header's size is filled. */
uint64_t name_cache_checksum(const struct name_cache_header *header);
void name_cache_header_init(struct name_cache_header *header, const struct name_cache_key *key);

#endif
