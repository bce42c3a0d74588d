/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of the symbolizer as text on standard output, byte for byte as
 * addr2line lays them out. A hundred megabytes of text may stand for a hundred
 * thousand addresses, so they are put together here rather than by printf(3).
 */
#ifndef FLAMETAP_PROFILER_ADDRESS_OUTPUT_H
#define FLAMETAP_PROFILER_ADDRESS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/options.h"
#include "symbolize/symbolizer.h"

/* What was found out about a name; another one with the same number takes its place. */
struct address_output_name {
	const char *text; /* NULL: nothing yet */
	size_t n;
	bool is_plain;
};

enum { ADDRESS_OUTPUT_NAMES = 8192 };

/* Zero-initialize, but for options. */
struct address_output {
	const struct symbolize_options *options; /* borrowed */
	struct address_output_name names[ADDRESS_OUTPUT_NAMES];
	VEC(char) text;				 /* that is not written yet */
	int write_error;			 /* what standard output failed with; 0: it has not */
};

void address_output_deinit(struct address_output *output);

/* One address and its frames, innermost first. Their strings stay what they are until the end. 0; -EPIPE, with write_error; -ENOMEM. */
int address_output_add(struct address_output *output, uint64_t address,
		       const struct symbol_frame *frames, size_t n);
/* Hands on all that was added. 0 or -EPIPE, with write_error. */
int address_output_flush(struct address_output *output);

#endif
