/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of abbreviations, compiled: how a debugging information entry (DIE)
 * with a code is encoded, and how to get past one without looking at it, by a
 * few steps in which runs of fixed size are one.
 */
#ifndef FLAMETAP_SYMBOLIZE_DWARF_ABBREV_H
#define FLAMETAP_SYMBOLIZE_DWARF_ABBREV_H

#include "base/hash.h"
#include "base/vec.h"
#include "symbolize/dwarf_form.h"

enum { DWARF_ABBREV_VARIES = 0xffff };

struct dwarf_attr {
	uint16_t name, form;
	uint32_t implicit; /* number of its value in the table's constants */
};

struct dwarf_abbrev {
	uint32_t first_attr, n_attrs;
	uint32_t first_skip;
	uint16_t n_skips;
	uint16_t n_before_sibling; /* skips */
	/* Bytes of all attributes, and of those before DW_AT_sibling; DWARF_ABBREV_VARIES: not
	 * always the same. */
	uint16_t size, size_before_sibling;
	uint16_t sibling_form; /* 0: has no DW_AT_sibling */
	uint16_t tag;
	bool has_children;
	bool has_code; /* DW_AT_low_pc or DW_AT_ranges */
	bool wide; /* too many attributes to be skipped by steps */
};

struct dwarf_abbrevs {
	uint64_t offset; /* in .debug_abbrev */
	struct dwarf_encoding encoding;
	bool dense; /* code 1 is the first, 2 the second, ... */
	struct idmap by_code;
	VEC(struct dwarf_abbrev) list;
	VEC(struct dwarf_attr) attrs;
	VEC(uint16_t) skips;
	VEC(int64_t) constants;
	uint64_t n_scanned; /* bytes that were looked at to make it */
};

/* From the bytes of .debug_abbrev at an offset, to the table's end. A table that is cut off ends
 * there. 0 or -ENOMEM. */
int dwarf_abbrevs_init(struct dwarf_abbrevs *table, const unsigned char *section, size_t size,
		       uint64_t offset, const struct dwarf_encoding *encoding);
void dwarf_abbrevs_deinit(struct dwarf_abbrevs *table);

/* Only the one with a code, without steps. True if it is there; its attributes are then all that
 * the table has. False also without memory. */
bool dwarf_abbrevs_init_one(struct dwarf_abbrevs *table, const unsigned char *section, size_t size,
			    uint64_t offset, const struct dwarf_encoding *encoding, uint64_t code);

static inline const struct dwarf_abbrev *dwarf_abbrevs_find(const struct dwarf_abbrevs *table,
							    uint64_t code)
{
	uint32_t number;

	if (table->dense)
		return code - 1 < table->list.n ? &table->list.data[code - 1] : NULL;
	return idmap_find(&table->by_code, code, &number) ? &table->list.data[number] : NULL;
}

static inline struct dwarf_value dwarf_abbrevs_read(const struct dwarf_abbrevs *table,
						    const struct dwarf_attr *attr,
						    struct dwarf_cursor *cursor)
{
	int64_t implicit = table->constants.n ? table->constants.data[attr->implicit] : 0;

	return dwarf_form_read(cursor, attr->form, implicit, &table->encoding);
}

/* Past the attributes of a DIE; or only past those before DW_AT_sibling. NULL: they do not end
 * within the bytes. */
const unsigned char *dwarf_abbrevs_skip_steps(const struct dwarf_abbrevs *table,
					      const struct dwarf_abbrev *abbrev, bool to_sibling,
					      const unsigned char *at, const unsigned char *end);

static inline const unsigned char *dwarf_abbrevs_skip(const struct dwarf_abbrevs *table,
						      const struct dwarf_abbrev *abbrev,
						      bool to_sibling, const unsigned char *at,
						      const unsigned char *end)
{
	size_t size = to_sibling ? abbrev->size_before_sibling : abbrev->size;

	if (size == DWARF_ABBREV_VARIES)
		return dwarf_abbrevs_skip_steps(table, abbrev, to_sibling, at, end);
	return (size_t)(end - at) < size ? NULL : at + size;
}

#endif
