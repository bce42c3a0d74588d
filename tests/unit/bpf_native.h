/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF unwinder as native code, for one process at a time: what
 * profiler/tables.c writes into the kernel's maps lands in plain memory here,
 * registers come in, and the addresses and the result go out.
 */
#ifndef FLAMETAP_TESTS_UNIT_BPF_NATIVE_H
#define FLAMETAP_TESTS_UNIT_BPF_NATIVE_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "bpf/sample.h"

/* Process, start and image that the tables have to be of. */
enum { NATIVE_START_NS = 1, NATIVE_EXEC_ID = 1 };

/* General registers by their DWARF number, then rip. */
struct native_registers {
	uint64_t dwarf[17];
};

/* User memory: exactly n bytes or nothing. 0 or a negative errno. */
typedef int (*native_read_fn)(void *ctx, uint64_t address, void *to, size_t n);

struct native_walk {
	uint64_t addresses[WIRE_MAX_USER_FRAMES];
	uint32_t n;
	uint32_t result; /* enum wire_result */
	uint32_t n_lookups, n_reads; /* calls of helpers, but for bpf_loop() */
};

/* read: NULL for this process's own memory. */
void native_walk(int pid, const struct native_registers *registers, native_read_fn read, void *ctx,
		 struct native_walk *ret);
/* Makes the mappings another process's, or, by the opposite, this one's again. */
void native_move_owner(int by);
/* The table of the module at an address is still to come, as long as it is hidden. */
void native_hide_table(uint64_t address, bool hidden);
/* Empties all maps. */
void native_reset(void);

#endif
