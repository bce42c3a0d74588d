/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A package of split units: "program.dwp". Its index (GNU's of version 2, and
 * that of DWARF 5) says for a unit's identifier which pieces of the package's
 * sections are the unit's.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_PACKAGE_H
#define FLAMETAP_SYMBOLIZE_DWARF_PACKAGE_H

#include "symbolize/dwarf_split.h"

/* The pieces of the unit that a skeleton stands for. 0; -ENOENT; -ENOMEM. */
int dwarf_package_unit(const struct module_debug *debug, struct dwarf_package *package,
		       const struct dwarf_unit *skeleton, struct dwarf_file *ret);

/* Of dwarf_split.c. */
int dwarf_split_file_open(int root_fd, const char *path, struct dwarf_split_file *ret);
void dwarf_split_file_close(struct dwarf_split_file *file);
bool dwarf_split_module_path(const struct module_debug *debug, char *ret, size_t size);

#endif
