/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the entries of a function say of it, themselves or by way of those that
 * they refer to (DW_AT_abstract_origin, DW_AT_specification): its name.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_FUNCTION_H
#define FLAMETAP_SYMBOLIZE_DWARF_FUNCTION_H

#include "symbolize/demangle.h"
#include "symbolize/dwarf_file.h"

/* Of the entry at an offset of .debug_info; made once. *ret lives until the next call. 0, -ENOMEM
 * or -E2BIG. */
int dwarf_function_get(struct dwarf_file *file, uint64_t entry, struct demangler *names,
		       const struct dwarf_function **ret);

#endif
