/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call-frame information of the modules that copied stacks lead through:
 * a process and an address come in, what is known of the address goes out. It
 * is the same pieces that the kernel's tables are made of, so that both ways
 * agree on which FDE counts and where a stack ends. A module is read when it
 * is first asked for; what has not been used for long goes when memory is
 * short.
 */
#ifndef FLAMETAP_PROFILER_COPY_CFI_H
#define FLAMETAP_PROFILER_COPY_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/modules.h"
#include "profiler/timeline.h"
#include "profiler/unwind_pieces.h"

/* Kept of all modules together: sections as they are, and 24 bytes for each FDE. Chrome has 60 MB
 * of it. */
enum { COPY_CFI_BYTES = 256 << 20 };

struct copy_module {
	bool read;
	struct unwind_pieces pieces;
	VEC(struct elf_segment) segments;
	size_t bytes;
	uint64_t used; /* when, by the clock */
};

struct copy_cfi {
	const struct modules *modules;
	VEC(struct copy_module) items; /* by index in modules */
	size_t bytes, limit;
	uint64_t clock;
	uint64_t n_read, n_evicted;
};

enum copy_where {
	COPY_UNMAPPED,
	COPY_UNCOVERED,
	COPY_CALLED,     /* as a call leaves it: the return address is at rsp */
	COPY_TRAMPOLINE, /* registers from the struct ucontext at rsp */
	COPY_OUTERMOST,
	COPY_FDE,
};

struct copy_place {
	enum copy_where where;
	/* Of COPY_FDE; all void after the next copy_cfi_find(). */
	const struct unwind_section *section;
	const struct unwind_piece *piece;
	uint32_t module;
	uint64_t bias; /* what is added to addresses of the file */
};

void copy_cfi_init(struct copy_cfi *cfi, const struct modules *modules);
void copy_cfi_deinit(struct copy_cfi *cfi);
/* 0 or -ENOMEM. What cannot be read has none. */
int copy_cfi_find(struct copy_cfi *cfi, const struct process *process, uint64_t pc,
		  struct copy_place *ret);
/* A section of a module that was found before; NULL when it has gone. */
const struct unwind_section *copy_cfi_section(const struct copy_cfi *cfi, uint64_t module,
					      uint32_t kind);
/* The piece's FDE says that there is no caller where pc is. */
bool copy_cfi_is_end(const struct copy_place *place, uint64_t pc);

#endif
