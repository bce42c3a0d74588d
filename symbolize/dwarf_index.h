/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which units an address may belong to, by the ranges that units say they
 * have. They may overlap: then the one that begins last is the first to ask.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_INDEX_H
#define FLAMETAP_SYMBOLIZE_DWARF_INDEX_H

#include "symbolize/dwarf_file.h"

struct dwarf_index_range {
	uint64_t start, end;
	uint32_t unit;
	uint32_t below; /* number + 1 of the range to ask after this one; 0: none */
};

struct dwarf_index {
	VEC(struct dwarf_index_range) ranges; /* by start */
	VEC(uint32_t) rangeless;	      /* compile units that do not say what code they have */
};

/* 0 or -ENOMEM. */
int dwarf_index_init(struct dwarf_index *index, const struct dwarf_file *file);
void dwarf_index_deinit(struct dwarf_index *index);

/* The first range to ask for an address, number + 1. */
uint32_t dwarf_index_find(const struct dwarf_index *index, uint64_t vaddr);
/* From a range (number + 1) on downwards the first that holds the address; 0: none. */
uint32_t dwarf_index_holds(const struct dwarf_index *index, uint32_t range, uint64_t vaddr);

#endif
