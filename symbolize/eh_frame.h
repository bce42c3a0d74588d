/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where functions begin and end, as .eh_frame tells it: the bytes of that
 * section come in, sorted ranges of addresses without overlap go out. Stripped
 * files keep .eh_frame, so it knows the functions that no symbol names.
 *
 * The table of .eh_frame_hdr is not used for this: it has the starts only, and
 * a start without an end is "the nearest function below" again. It does tell
 * where .eh_frame is when there are no section headers.
 */
#ifndef FLAMETAP_SYMBOLIZE_EH_FRAME_H
#define FLAMETAP_SYMBOLIZE_EH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct eh_frame_range {
	uint64_t start, end;
};

struct eh_frame {
	VEC(struct eh_frame_range) ranges;
};

/*
 * Reads the FDEs of an .eh_frame section that is loaded at vaddr. What cannot
 * be understood is left out. to_end: an entry of length 0 does not end it (the
 * size is known to be the section's). 0 or -ENOMEM, at most 16 bytes for every
 * 12 of the section.
 */
int eh_frame_init(struct eh_frame *eh_frame, const void *bytes, size_t size, uint64_t vaddr,
		  bool to_end);
void eh_frame_deinit(struct eh_frame *eh_frame);

/* The last range that begins at or below the address, whether it covers it or not; NULL if
 * there is none. */
const struct eh_frame_range *eh_frame_below(const struct eh_frame *eh_frame, uint64_t address);
/* The range that covers the address; NULL if there is none. */
const struct eh_frame_range *eh_frame_find(const struct eh_frame *eh_frame, uint64_t address);

/* The address of .eh_frame from the bytes of .eh_frame_hdr, which is loaded at vaddr. */
bool eh_frame_hdr_target(const void *bytes, size_t size, uint64_t vaddr, uint64_t *ret);

#endif
