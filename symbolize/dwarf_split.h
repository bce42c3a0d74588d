/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split DWARF: a unit in the program's file stands for one whose entries are
 * elsewhere, in a .dwo file of its own or, with those of all other units, in
 * a package (.dwp) beside the program; or in a directory that the user named.
 * What is found is taken only if it has the
 * identifier that the unit names.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_SPLIT_H
#define FLAMETAP_SYMBOLIZE_DWARF_SPLIT_H

#include "symbolize/dwarf_file.h"
#include "symbolize/module_debug.h"

/* A file that is open, and its sections if it is a package. */
struct dwarf_split_file {
	int fd;
	struct elf_file elf;
};

/* The package of a module, looked for at the first use. Zero-initialize. */
struct dwarf_package {
	struct dwarf_split_file file;
	struct section_bytes sections[DWARF_N_SECTIONS];
	struct section_bytes index;
	bool tried, is_there;
};

/* A split unit, with all that it needs. */
struct dwarf_split {
	struct dwarf_split_file opened; /* fd is -1 for one of a package */
	struct dwarf_file file;
	struct dwarf_unit *unit; /* in file */
};

void dwarf_package_deinit(struct dwarf_package *package);

/* Does a unit stand for one elsewhere? */
static inline bool dwarf_split_is_skeleton(const struct dwarf_unit *unit)
{
	return unit->dwo_name.class != DWARF_NOTHING && unit->has_dwo_id && !unit->file->is_dwo;
}

/* Finds the unit that a skeleton stands for: in the directories that the user named, then where
 * the compiler and the program have it; those paths are meant in the module's root. 0; -ENOENT;
 * -ENOMEM. *ret is filled with 0 only. */
int dwarf_split_open(const struct module_debug *debug, struct dwarf_package *package,
		     const struct dwarf_unit *skeleton, struct dwarf_split *ret);
void dwarf_split_close(struct dwarf_split *split);

#endif
