/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of code that a program made at run time: the addresses that want one
 * come in, then what the program has said of its code, from the last word to
 * the first. Addresses are reused, so the last word on an address holds. However
 * many ranges cover an address, it costs one step.
 */
#ifndef FLAMETAP_SYMBOLIZE_CODE_NAMES_H
#define FLAMETAP_SYMBOLIZE_CODE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "symbolize/demangle.h"

struct code_name {
	uint64_t address;
	uint64_t start; /* of the function */
	uint32_t name;  /* in the demangler; 0: none yet */
};

struct code_names {
	VEC(struct code_name) items; /* sorted from code_names_begin() on */
	VEC(uint32_t) next;          /* for each: a later one, or itself while it has no name */
	size_t n_open;               /* without a name */
	struct demangler names;
};

int code_names_init(struct code_names *names);
void code_names_deinit(struct code_names *names);
/* Forgets the addresses; the names stay. */
void code_names_clear(struct code_names *names);

/* 0 or -ENOMEM. */
int code_names_want(struct code_names *names, uint64_t address);
/* All addresses are there. 0 or -ENOMEM. */
int code_names_begin(struct code_names *names);
/* Names what is in [start, start + size) and has no name yet. The name ends at a NUL; an empty
 * one names nothing. 0 or -ENOMEM. */
int code_names_give(struct code_names *names, uint64_t start, uint64_t size, const char *name,
		    size_t length);
/* True if that would name anything. */
bool code_names_lack(struct code_names *names, uint64_t start, uint64_t size);
/* The name of an address; false if it has none. */
bool code_names_find(struct code_names *names, uint64_t address, struct demangled_name *ret);

#endif
