/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pieces that an unwind table is made of: the FDEs of a file's .eh_frame
 * and .debug_frame, the sigreturn trampolines and stubs in its text come in, sorted
 * pieces without overlap go out, each with the program to be run for it.
 */
#ifndef FLAMETAP_PROFILER_UNWIND_PIECES_H
#define FLAMETAP_PROFILER_UNWIND_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/cfi.h"
#include "profiler/unwind_table.h"
#include "symbolize/cfi_section.h"

/* By rank: where two overlap, the one of the higher kind stays. */
enum unwind_piece_kind {
	UNWIND_DEBUG_FRAME,
	UNWIND_EH_FRAME,
	UNWIND_TRAMPOLINE, /* no program: it is a signal frame */
	UNWIND_OUTERMOST,  /* no program: nothing called it */
	UNWIND_STUBS,      /* of 16 bytes; .program: from which byte on a word has been pushed */
	UNWIND_N_SECTIONS = UNWIND_TRAMPOLINE,
};

struct unwind_piece {
	uint64_t start;
	uint32_t size;
	uint32_t program, program_size; /* in the section's bytes */
	uint32_t kind : 3;
	uint32_t cie : 29;
};

struct unwind_cie {
	struct cfi_state state;
	bool understood;
};

/* A section and what its CIEs' programs gave. */
struct unwind_section {
	struct cfi_section section;
	struct cfi_reader reader;
	VEC(struct unwind_cie) cies;
};

struct unwind_pieces {
	struct unwind_section sections[UNWIND_N_SECTIONS];
	VEC(struct unwind_piece) pieces;
	uint64_t entry; /* of the program, where it is used and executable; else UINT64_MAX */
};

/* ld.so's _start is 86 bytes long. Where nothing is known of what follows, the outermost
 * function must not seem to go on for ever. */
enum { UNWIND_MOST_ENTRY = 256 };

/* 0 or a negative errno; see unwind_table_build(). */
int unwind_pieces_init(struct unwind_pieces *pieces, const struct elf_file *file,
		       struct unwind_table_stats *stats);
void unwind_pieces_deinit(struct unwind_pieces *pieces);

/* What is known of an address. */
enum unwind_cover {
	UNWIND_UNCOVERED,
	UNWIND_COVERED, /* by a piece */
	UNWIND_PADDED,  /* it leads to the piece that follows; see unwind_is_padding() */
	UNWIND_ENTRY,   /* of the program, and no piece tells of it: the outermost function */
};

/* *ret: the piece, of UNWIND_COVERED and UNWIND_PADDED. */
enum unwind_cover unwind_pieces_find(const struct unwind_pieces *pieces, uint64_t vaddr,
				     const struct unwind_piece **ret);
/* From here to the piece is nothing but padding. */
bool unwind_is_padding(const struct unwind_pieces *pieces, uint64_t from,
		       const struct unwind_piece *piece);

/* Adds the sigreturn trampolines and outermost functions of a file that may have some
 * (unwind_trampoline.c). */
int unwind_trampolines_add(struct unwind_pieces *pieces, const struct elf_file *file,
			   struct unwind_table_stats *stats);
/* Adds the stubs for other modules' functions that no FDE tells of (unwind_stub.c). */
int unwind_stubs_add(struct unwind_pieces *pieces, const struct elf_file *file);
/* A program, or a module that needs no other (ld.so, static-pie): its entry point is one. */
bool unwind_entry_is_used(const struct elf_file *file);

#endif
