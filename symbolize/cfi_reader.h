/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call-frame information: the bytes of an .eh_frame or .debug_frame section
 * come in, its FDEs (a range of addresses and a program that tells how to
 * unwind in it) go out one by one, each with its CIE, which it shares with
 * others. What cannot be understood is left out. The programs are not looked
 * at here.
 */
#ifndef FLAMETAP_SYMBOLIZE_CFI_READER_H
#define FLAMETAP_SYMBOLIZE_CFI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "symbolize/dwarf_cursor.h"

/* What is kept at most of a section; linkers merge equal CIEs, and few are distinct. FDEs of the
 * CIEs beyond are left out. */
enum { CFI_MAX_CIES = 1 << 16 };

/* A section in memory; see cfi_section.h for one of a file. */
struct cfi_section {
	const unsigned char *bytes;
	size_t size;
	uint64_t vaddr;
	bool is_debug_frame; /* .debug_frame, not .eh_frame */
	bool to_end; /* .eh_frame: an entry of length 0 is not its end, the size is known */
};

struct cfi_cie {
	uint64_t offset; /* in the section */
	uint64_t code_alignment;
	int64_t data_alignment;
	uint64_t ra; /* the column of the return address */
	struct dwarf_cursor program; /* what all of its FDEs begin with */
	uint8_t encoding; /* of addresses in FDEs; DWARF_PE_OMIT: this CIE is not understood */
	bool augmented; /* its FDEs have augmentation data */
	bool signal; /* its FDEs are those of signal frames */
};

struct cfi_fde {
	uint64_t start, end; /* start < end */
	uint32_t cie; /* index into the reader's */
	struct dwarf_cursor program;
};

/* The bytes are borrowed by the reader and by what it gives out. */
struct cfi_reader {
	struct cfi_section section;
	struct dwarf_cursor at;
	/* Those passed so far. An FDE has to come after its CIE, so that looking for one is no
	 * way to walk the same bytes over and over. */
	VEC(struct cfi_cie) cies;
	size_t last_cie;
};

void cfi_reader_init(struct cfi_reader *reader, const struct cfi_section *section);
void cfi_reader_deinit(struct cfi_reader *reader);
/* 1: *ret is the next FDE, in the section's order; 0: there is no other; -ENOMEM. */
int cfi_reader_next(struct cfi_reader *reader, struct cfi_fde *ret);

#endif
