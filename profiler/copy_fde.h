/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An FDE as libunwind is to see it. libunwind 1.6.2 believes what it reads: a
 * register's number, a missing CFA or a division in an expression makes it
 * read out of bounds, abort or die. So it is never shown a file's own CIE and
 * FDE, but plain ones that are written here, over programs that were checked;
 * that also makes one kind of .eh_frame and .debug_frame, and of encodings.
 *
 * They lie at addresses that no process has: the number of the module, its
 * section, one of two views of it (a CIE's, an FDE's) and the place in it.
 * Programs and expressions stay where they are from one stack to the next;
 * the headers in front of them are those of the FDE in use.
 */
#ifndef FLAMETAP_PROFILER_COPY_FDE_H
#define FLAMETAP_PROFILER_COPY_FDE_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/copy_cfi.h"

#define COPY_FDE_SPACE (1ULL << 63)

/* Of both programs together: the longest in ClickHouse is 20 KB. */
enum { COPY_MOST_PROGRAM = 256 << 10 };

struct copy_header {
	uint64_t address;
	uint32_t size;
	uint8_t bytes[48];
};

struct copy_fde {
	struct copy_header cie, fde;
	uint64_t start, end; /* in the process */
	uint32_t program_bytes;
};

/* False if libunwind cannot be trusted with it, or cannot do it. */
bool copy_fde_make(const struct copy_place *place, struct copy_fde *ret);
/* Eight bytes at an address of the space. False: there is nothing. */
bool copy_fde_read(const struct copy_fde *fde, const struct copy_cfi *cfi, uint64_t address,
		   uint64_t *ret);

/* The programs hold nothing but what libunwind does rightly (copy_check.c). */
bool copy_programs_are_safe(struct dwarf_cursor cie, struct dwarf_cursor fde);

#endif
