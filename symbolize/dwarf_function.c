// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows references from entry to entry until the names are known; a chain
 * of them is short, so that one that is long, or leads back, is left.
 */
#include "symbolize/dwarf_function.h"

#include "symbolize/dwarf_constants.h"

enum { MAX_CHAIN = 16 };

struct walk {
	struct dwarf_file *file;
	uint64_t entry; /* to look at next */
	const char *name, *linkage_name;
	size_t name_n, linkage_name_n;
	uint32_t line;
};

static void keep_string(const struct dwarf_unit *unit, const struct dwarf_value *value,
			const char **ret, size_t *ret_n)
{
	const char *string;
	size_t n;

	if (!*ret && dwarf_unit_string(unit, value, &string, &n) && n) {
		*ret = string;
		*ret_n = n;
	}
}

/* One attribute; true if it refers to another entry. */
static bool walk_attr(struct walk *walk, const struct dwarf_unit *unit, uint16_t name,
		      const struct dwarf_value *value)
{
	switch (name) {
	case DWARF_AT_NAME:
		keep_string(unit, value, &walk->name, &walk->name_n);
		break;
	case DWARF_AT_LINKAGE_NAME:
	case DWARF_AT_MIPS_LINKAGE_NAME:
		keep_string(unit, value, &walk->linkage_name, &walk->linkage_name_n);
		break;
	case DWARF_AT_DECL_LINE:
		if (!walk->line)
			walk->line = value->n;
		break;
	case DWARF_AT_ABSTRACT_ORIGIN:
	case DWARF_AT_SPECIFICATION:
		return true;
	}
	return false;
}

/* Looks at one entry; true if there is another to look at. */
static bool walk_entry(struct walk *walk)
{
	const struct dwarf_unit *unit = dwarf_file_unit(walk->file, walk->entry);
	const struct dwarf_abbrevs *abbrevs = unit ? dwarf_unit_abbrevs(unit) : NULL;
	const struct dwarf_abbrev *abbrev;
	struct dwarf_value reference = {};
	struct dwarf_cursor cursor;

	if (!abbrevs)
		return false;
	cursor = dwarf_file_cursor(walk->file, DWARF_INFO, walk->entry, unit->end - walk->entry);
	abbrev = dwarf_abbrevs_find(abbrevs, dwarf_uleb128(&cursor));
	if (!abbrev)
		return false;
	for (uint32_t i = 0; i < abbrev->n_attrs && !cursor.failed; i++) {
		const struct dwarf_attr *attr = &abbrevs->attrs.data[abbrev->first_attr + i];
		struct dwarf_value value = dwarf_abbrevs_read(abbrevs, attr, &cursor);

		if (walk_attr(walk, unit, attr->name, &value))
			reference = value;
	}
	return dwarf_unit_reference(unit, &reference, &walk->file, &walk->entry);
}

static int make_function(const struct walk *walk, struct demangler *names,
			 struct dwarf_function *ret)
{
	const char *system_name = walk->linkage_name ?: walk->name;
	size_t n = walk->linkage_name ? walk->linkage_name_n : walk->name_n;
	struct demangled_name name = {};
	uint32_t number;
	int err = 0;

	if (system_name)
		err = demangler_intern(names, system_name, n, &number);
	if (system_name && !err)
		err = demangler_get(names, number, &name);
	if (name.name && !*name.name) /* there was no room for it */
		name = (struct demangled_name){};
	*ret = (struct dwarf_function){ name.name, name.system_name, walk->line };
	return err;
}

int dwarf_function_get(struct dwarf_file *file, uint64_t entry, struct demangler *names,
		       const struct dwarf_function **ret)
{
	struct walk walk = { .file = file, .entry = entry };
	struct dwarf_function function;
	uint32_t number;
	int err;

	if (idmap_find(&file->function_numbers, entry, &number)) {
		*ret = &file->functions.data[number];
		return 0;
	}
	for (size_t i = 0; i < MAX_CHAIN && dwarf_file_work(file, 1) && walk_entry(&walk); i++)
		if (walk.linkage_name && walk.line)
			break;
	err = make_function(&walk, names, &function);
	if (!err)
		err = vec_push(&file->functions, function);
	if (!err)
		err = idmap_put(&file->function_numbers, entry, file->functions.n - 1);
	if (!err)
		*ret = &file->functions.data[file->functions.n - 1];
	return err;
}
