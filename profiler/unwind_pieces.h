/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pieces that an unwind table is made of: the FDEs of a file's .eh_frame
 * and .debug_frame and the sigreturn trampolines in its text come in, sorted
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
	UNWIND_N_SECTIONS = UNWIND_TRAMPOLINE,
};

struct unwind_piece {
	uint64_t start;
	uint32_t size;
	uint32_t program, program_size; /* in the section's bytes */
	uint32_t kind : 2;
	uint32_t cie : 30;
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
};

/* 0 or a negative errno; see unwind_table_build(). */
int unwind_pieces_init(struct unwind_pieces *pieces, const struct elf_file *file,
		       struct unwind_table_stats *stats);
void unwind_pieces_deinit(struct unwind_pieces *pieces);

/* Adds the sigreturn trampolines and outermost functions of a file that may have some
 * (unwind_trampoline.c). */
int unwind_trampolines_add(struct unwind_pieces *pieces, const struct elf_file *file,
			   struct unwind_table_stats *stats);
/* A program, or a module that needs no other (ld.so, static-pie): its entry point is one. */
bool unwind_entry_is_used(const struct elf_file *file);

#endif
