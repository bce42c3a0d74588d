/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract between the symbolizer and its sources of names: one file a
 * source, one row in resolving.c. There are two sorts. A source of names is
 * opened on a module when the first address comes that the sources before it do
 * not know, and is asked address by address. A source of chains knows inlined
 * functions and lines, and is asked for all addresses of a batch at once.
 */
#ifndef FLAMETAP_SYMBOLIZE_SOURCE_H
#define FLAMETAP_SYMBOLIZE_SOURCE_H

#include "symbolize/demangle.h"
#include "symbolize/eh_frame.h"
#include "symbolize/elf_file.h"
#include "symbolize/module_debug.h"
#include "symbolize/symbolizer.h"

/* The file being resolved, and what its sources share. */
struct symbol_module {
	struct elf_file file;
	struct demangler *names; /* borrowed */
	struct eh_frame eh_frame;
	bool eh_frame_read;
	struct module_debug debug; /* other files that belong to it */
	void *symbols; /* state of elf_symbols_source, for others to ask; NULL: there are none */
	/* Set by a source whose answers depend on more than these files, or on what else was asked
	 * for (a bound was met): they are not kept for later. */
	bool is_volatile;
	/* Of the units that were gone through, now or earlier; borrowed. NULL: nothing is kept. */
	struct dwarf_outline *outline;
};

/* Of one address: n frames of a struct symbol_chains; 0 if it is not known. */
struct symbol_chain {
	uint32_t first, n;
};

struct symbol_chains {
	VEC(struct symbol_frame) frames;
	struct symbol_chain *of; /* by the address's number */
};

/* Sets the frames of one address, innermost first, all but the last inlined; replaces those it
 * had. 0, -ENOMEM or -E2BIG. */
int symbol_chains_set(struct symbol_chains *chains, size_t number,
		      const struct symbol_frame *frames, size_t n);

struct symbol_source {
	/* 0 and the source's state in *ret; -ENOENT: the module has nothing of the kind; another
	 * negative errno. All but -ENOMEM mean going on without it. */
	int (*open)(struct symbol_module *module, void **ret);
	void (*close)(void *state);
	/* 1: filled; 0: not known here; a negative errno. ret->start is a virtual address, and
	 * comes as UINT64_MAX; a name may stay NULL. It comes with the name that a source of chains
	 * gives, if one does, which is kept where it is as good as another. */
	int (*find)(void *state, uint64_t vaddr, struct symbol_frame *ret);
	/* Instead of find, in a source of chains; may be called again. The addresses ascend and are
	 * distinct; those that have a chain already are left alone. A frame's start is a virtual address (UINT64_MAX: not
	 * known). The outermost frame's name gives way to a symbol that covers the address, and may
	 * be NULL. 0 or a negative errno; what has been set until then counts. */
	int (*find_chains)(void *state, const uint64_t *vaddrs, size_t n, struct symbol_chains *ret);
};

extern const struct symbol_source elf_symbols_source;    /* .symtab and .dynsym */
extern const struct symbol_source elf_plt_source;        /* "name@plt" */
extern const struct symbol_source function_start_source; /* .eh_frame: start, no name */
extern const struct symbol_source go_source;             /* Go's own table, also when stripped */
extern const struct symbol_source dwarf_source;          /* chains, from DWARF */

/* The FDEs of the module, read at the first call; empty if it has none. 0 or -ENOMEM. */
int symbol_module_eh_frame(struct symbol_module *module, const struct eh_frame **ret);

#endif
