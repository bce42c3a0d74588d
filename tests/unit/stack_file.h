/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded stacks: what the unwinder needs to walk them again on any machine,
 * without the process and without its files, and the callers that have to come
 * out. stack_file.c has the format.
 */
#ifndef FLAMETAP_TESTS_UNIT_STACK_FILE_H
#define FLAMETAP_TESTS_UNIT_STACK_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/vec.h"
#include "bpf_native.h"
#include "symbolize/elf_file.h"

enum { STACK_NO_MODULE = UINT32_MAX };

struct stack_bytes {
	VEC(unsigned char) bytes;
};

struct stack_cie {
	uint64_t code_alignment;
	int64_t data_alignment;
	uint64_t ra;
	bool signal;
	struct stack_bytes program;
};

struct stack_fde {
	uint64_t start, size;
	uint32_t cie;
	struct stack_bytes program;
};

/* Text, where it is looked at. */
struct stack_code {
	uint64_t vaddr;
	struct stack_bytes bytes;
};

/* As much of a file as the stacks need. */
struct stack_module {
	char *name;
	uint64_t entry; /* 0: not used */
	bool is_go, needs_others;
	VEC(struct elf_segment) segments; /* executable ones */
	VEC(struct stack_cie) cies;
	VEC(struct stack_fde) fdes;
	VEC(struct stack_code) codes;
};

/* An executable mapping. */
struct stack_map {
	uint64_t start, end, offset;
	uint32_t module; /* or STACK_NO_MODULE */
};

struct stack_range {
	uint64_t start, end;
};

struct stack_word {
	uint64_t address, value;
};

struct stack_frame {
	char *where; /* as stack_where() has it */
	char *name;
};

struct stack {
	char *title;
	char *differs; /* NULL: an independent unwinder found the same */
	struct native_registers registers;
	VEC(struct stack_map) maps;
	VEC(struct stack_range) ranges; /* readable memory */
	VEC(struct stack_word) words;   /* by address; the rest of it did not matter */
	VEC(struct stack_frame) frames;
	uint32_t result; /* enum wire_result */
	uint32_t n_lookups, n_reads; /* when it was recorded */
};

struct stack_file {
	VEC(struct stack_module) modules;
	VEC(struct stack) stacks;
};

/* 0; a negative errno; the number of the line that is wrong. */
int stack_file_read(struct stack_file *file, FILE *in);
int stack_file_write(const struct stack_file *file, FILE *out);
void stack_file_deinit(struct stack_file *file);
void stack_deinit(struct stack *stack);

/* A file that has what is known of the module; the caller closes it. Or a negative errno. */
int stack_module_open(const struct stack_module *module);

const char *stack_result_name(uint32_t result);
/* An address as the unwinder gives it: MODULE+0xADDRESS, with ! before it if it is exact. */
void stack_where(const struct stack_file *file, const struct stack *stack, uint64_t address,
		 char *ret, size_t size);
/* Reads memory of a stack, a native_read_fn; ctx is the struct stack. */
int stack_read(void *ctx, uint64_t address, void *to, size_t n);

#endif
