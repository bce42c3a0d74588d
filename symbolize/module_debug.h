/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other ELF files that belong to a module: its debug file, the alternate
 * file of dwz, and the one that is packed into it (MiniDebugInfo). Each is
 * looked for when it is first asked for.
 */
#ifndef FLAMETAP_SYMBOLIZE_MODULE_DEBUG_H
#define FLAMETAP_SYMBOLIZE_MODULE_DEBUG_H

#include <stdbool.h>
#include <stddef.h>

#include "symbolize/debug_file.h"
#include "symbolize/elf_section.h"
#include "symbolize/symbolizer.h"

struct symbol_module;

struct module_file {
	struct elf_file elf;
	struct debug_file found;	/* of a file */
	struct section_bytes image;	/* of what is packed into the module */
	bool tried, is_there;
};

/* Zeroed: a module that is an image, to which nothing belongs. */
struct module_debug {
	struct symbolizer_module module; /* borrowed */
	const char *const *dirs;	 /* borrowed */
	size_t n_dirs;
	struct debuginfod *debuginfod; /* borrowed; NULL: not asked */
	struct module_file separate, alternate, mini;
	bool enabled;
	bool stripped; /* set by elf_symbols_source: no .symtab was found */
	/* Set by dwarf_source; see symbolizer_debug. */
	uint32_t n_split_missing;
	const char *split_missing;
};

void module_debug_init(struct module_debug *debug, const struct symbolizer_module *module,
		       const char *const *dirs, size_t n_dirs, struct debuginfod *debuginfod);
void module_debug_deinit(struct module_debug *debug);

/* The debug file. 0; -ENOENT; -ENOMEM. Lives as long as the module. */
int module_debug_separate(struct symbol_module *module, const struct elf_file **ret);
/* The alternate file (.gnu_debugaltlink) of the module's DWARF, be that in the module or in its
 * debug file. The same. */
int module_debug_alternate(struct symbol_module *module, const struct elf_file **ret);
/* MiniDebugInfo: an image with a .symtab. The same. */
int module_debug_mini(struct symbol_module *module, const struct elf_file **ret);

/* What came of it. */
void module_debug_outcome(const struct module_debug *debug, struct symbolizer_debug *ret);

#endif
