/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unwind table of one module: its call-frame information (.eh_frame, and
 * .debug_frame for what that does not cover) comes in, rows of four bytes as
 * the BPF programs read them (bpf/unwind_table.h) go out. Addresses are
 * virtual addresses of the file, as its program headers have them.
 */
#ifndef FLAMETAP_PROFILER_UNWIND_TABLE_H
#define FLAMETAP_PROFILER_UNWIND_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "bpf/unwind_table.h"
#include "profiler/unwind_rules.h"
#include "symbolize/elf_file.h"

/* What is taken of a module at most. The largest seen (ClickHouse) has 2.8 million rows. */
enum {
	UNWIND_MAX_PAGES = 1 << 15, /* 2 GiB from the first FDE: as far as x86-64 code reaches */
	UNWIND_MAX_FDES = 1 << 22,
	UNWIND_MAX_ROWS = 1 << 24,
};

/* The rows of 64 KiB of addresses. Its first row has pc 0, so there is at least one. */
struct unwind_page {
	uint32_t first; /* index into rows */
	uint32_t count;
};

struct unwind_table {
	uint64_t first_page; /* address >> UNWIND_PAGE_SHIFT */
	VEC(struct unwind_page) pages;
	VEC(struct unwind_row) rows; /* in a page sorted by pc; neighbours differ in their rule */
};

/* What was seen, and what could not be expressed. */
struct unwind_table_stats {
	uint64_t text;        /* bytes of executable segments */
	uint64_t covered;     /* bytes that FDEs cover */
	uint64_t n_fdes;      /* in the table */
	uint64_t n_outside;   /* FDEs left out: in no executable segment, too far away, too many */
	uint64_t n_overlaps;  /* FDEs that others cut short or replaced */
	uint64_t n_trampolines; /* sigreturn code found by its bytes */
	uint64_t n_states;    /* states of call-frame programs, before neighbours are merged */
	uint64_t gaps[UNWIND_N_GAPS]; /* of these, what cannot be expressed, by reason */
};

/*
 * Builds the table of a file or image. A file without call-frame information
 * gives an empty table. Transient memory is the sections (each at most
 * CFI_MAX_SECTION), 24 bytes for each FDE and 240 for each CIE. 0; -E2BIG; -EIO
 * or an errno of pread if the file is not whole or was truncated meanwhile;
 * -ENOMEM. On failure *ret is empty.
 */
int unwind_table_build(const struct elf_file *file, struct unwind_rules *rules,
		       struct unwind_table *ret, struct unwind_table_stats *stats);
void unwind_table_deinit(struct unwind_table *table);
/* What it takes in bytes: rows and pages. */
size_t unwind_table_bytes(const struct unwind_table *table);

/* The row that holds at an address; NULL where there is none. */
const struct unwind_row *unwind_table_find(const struct unwind_table *table, uint64_t vaddr);
/* The rule that holds at an address, with the steps up to there made. */
struct unwind_rule unwind_table_rule(const struct unwind_table *table,
				     const struct unwind_rules *rules, uint64_t vaddr);

#endif
