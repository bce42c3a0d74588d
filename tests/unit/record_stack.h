/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the recorder of stacks: memory of a stopped thread that takes down
 * what is read of it, an independent unwinder, and what of a module's file the
 * unwinder needs.
 */
#ifndef FLAMETAP_TESTS_UNIT_RECORD_STACK_H
#define FLAMETAP_TESTS_UNIT_RECORD_STACK_H

#include <sys/types.h>

#include "stack_file.h"

struct record_memory {
	pid_t pid;
	bool keeps_bulk; /* also words of reads that take several on the chance */
	VEC(struct stack_word) words;
};

/* A native_read_fn; ctx is the struct record_memory. */
int record_read(void *ctx, uint64_t address, void *to, size_t n);

/* What libdw finds, with libdwfl's own view of the process. */
struct record_frame {
	uint64_t address; /* | WIRE_EXACT, as the unwinder has it */
	char name[64];
};

struct record_frames {
	VEC(struct record_frame) frames;
	char error[128]; /* empty: it came to the end of the stack */
};

/* 0 or a negative errno. */
int record_libdw(pid_t pid, const struct native_registers *registers, struct record_memory *memory,
		 struct record_frames *ret);
void record_frames_deinit(struct record_frames *frames);

/* Its DT_NEEDED name another module. */
bool record_needs_others(const struct elf_file *file);

/* Addresses of a file's code, in memory that vec_push() knows. */
struct record_vaddrs {
	VEC(uint64_t) vaddrs;
};

/* Adds to the module what of its file tells how to unwind there. 0 or a negative errno. */
int record_module(const struct elf_file *file, const struct record_vaddrs *vaddrs,
		  struct stack_module *module);

#endif
