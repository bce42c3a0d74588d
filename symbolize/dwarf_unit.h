/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the headers of all units and the first entry of each, and nothing
 * else of them: enough to tell which unit an address belongs to.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_UNIT_H
#define FLAMETAP_SYMBOLIZE_DWARF_UNIT_H

#include "symbolize/dwarf_file.h"

/* Fills file->units; a damaged header ends the list. 0 or -ENOMEM. */
int dwarf_unit_read_all(struct dwarf_file *file);

#endif
