/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second way to a user stack: registers and a copy of the top of its
 * memory come in, with the process's mappings of that moment; addresses, leaf
 * first, and a reason for the end go out, as the BPF unwinder gives them. The
 * call-frame information is applied by libunwind; everything else (gaps,
 * trampolines, proved ends, bounds) is decided as bpf/cfi.h does. The process
 * may be long gone: only the copy and the modules' files are read.
 */
#ifndef FLAMETAP_PROFILER_COPY_UNWIND_H
#define FLAMETAP_PROFILER_COPY_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/sample.h"
#include "bpf/unwind_table.h"
#include "profiler/modules.h"
#include "profiler/timeline.h"

enum { COPY_PAGE = 4096 };

struct copy_page {
	uint64_t address;
	const uint8_t *bytes; /* COPY_PAGE */
};

struct stack_copy {
	uint64_t id;
	uint64_t registers[DWARF_N_REGISTERS]; /* by DWARF number; the last is the program counter */
	const struct copy_page *pages; /* sorted by address */
	uint32_t n_pages;
	bool cut; /* it ends at the limit of bytes, not where memory ended */
	bool lost; /* the same, where the ring was full */
};

struct copy_unwind_stats {
	uint64_t n_modules, n_evicted; /* call-frame information read; given up for room */
};

struct copy_unwinder;

/* 0 or -ENOMEM. The modules are borrowed. */
int copy_unwinder_create(const struct modules *modules, struct copy_unwinder **ret);
void copy_unwinder_destroy(struct copy_unwinder *unwinder);
struct copy_unwind_stats copy_unwinder_stats(const struct copy_unwinder *unwinder);

/*
 * addresses: room for max, at least 1; WIRE_EXACT as the BPF unwinder sets it. 0, with
 * *ret_n >= 1 and the reason for the end; -ENOMEM.
 */
int copy_unwind(struct copy_unwinder *unwinder, const struct process *process,
		const struct stack_copy *copy, uint64_t *addresses, uint32_t max, uint32_t *ret_n,
		enum wire_result *ret_result);

#endif
