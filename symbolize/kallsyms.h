/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel addresses to names: the text of /proc/kallsyms comes in, a table that
 * is searched by address goes out. Texts of several times are laid over each
 * other, so that a module or a BPF program that is gone by now keeps its names
 * as long as nothing new has taken its place.
 */
#ifndef FLAMETAP_SYMBOLIZE_KALLSYMS_H
#define FLAMETAP_SYMBOLIZE_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct demangler;
struct kernel_symbol;

/* A text symbol, or only the end of the one before it (name 0). */
struct kallsyms_entry {
	uint64_t start;
	uint32_t name;   /* in the demangler */
	uint32_t module; /* in kallsyms.modules */
};

struct kallsyms_module {
	uint32_t name;  /* in the demangler; 0: the kernel proper */
	uint64_t start; /* of its text; for the kernel proper _stext */
};

/* Zero-initialize. */
struct kallsyms {
	VEC(struct kallsyms_entry) entries; /* by start, one for each */
	VEC(struct kallsyms_module) modules;
};

void kallsyms_deinit(struct kallsyms *kallsyms);

/*
 * Lays a text over what is known. Lines that cannot be understood are left
 * out. 0; -EACCES if all addresses are 0 (hidden by kptr_restrict), -ENODATA if
 * there is no text symbol at all: then nothing is changed; -ENOMEM.
 */
int kallsyms_add(struct kallsyms *kallsyms, const char *text, size_t size, struct demangler *names);

/* 1 and *ret filled if a symbol covers the address, 0 if none does; -ENOMEM. */
int kallsyms_find(const struct kallsyms *kallsyms, uint64_t address, struct demangler *names,
		  struct kernel_symbol *ret);

#endif
