/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols in any order come in; ranges of addresses without overlap go out,
 * each with the few symbols that name it, so that a look-up is one binary
 * search however the symbols of a hostile file overlap.
 *
 * - A symbol names [start, end), and inside another it is the inner one that
 *   names.
 * - A symbol without a size counts only where no sized one covers its start;
 *   it ends at the next symbol, be that of code or of data.
 */
#ifndef FLAMETAP_SYMBOLIZE_SYMBOL_RANGES_H
#define FLAMETAP_SYMBOLIZE_SYMBOL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

enum symbol_rank { RANK_GLOBAL, RANK_WEAK, RANK_LOCAL };

struct symbol {
	uint64_t start;
	uint64_t end; /* of a sizeless one: where it ends at the latest */
	uint32_t name; /* offset in its string table */
	uint8_t rank;  /* enum symbol_rank */
	bool dynamic;  /* the name is in .dynsym's string table */
	bool sizeless;
	bool is_data; /* names nothing, but a sizeless one before it ends here */
};

/* What symbols with one start name: all of symbols [first, first + n) cover it. */
struct symbol_range {
	uint64_t end;
	uint32_t first, n;
	uint32_t answer; /* free for the user; 0 at first */
};

struct symbol_ranges {
	VEC(struct symbol) symbols;
	VEC(uint64_t) starts; /* of ranges: apart, for the search to stay in the cache */
	VEC(struct symbol_range) ranges;
};

/* Sorts .symbols, which the caller has filled, drops those that count for nothing and makes
 * the ranges, at most two for each symbol. At most UINT32_MAX symbols. 0 or -ENOMEM. */
int symbol_ranges_build(struct symbol_ranges *table);
void symbol_ranges_deinit(struct symbol_ranges *table);
/* NULL if no symbol covers the address. */
struct symbol_range *symbol_ranges_find(const struct symbol_ranges *table, uint64_t address);

#endif
