// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index of a package is a hash table of identifiers, and a table with a
 * row a unit and a column a section.
 */
#include "symbolize/dwarf_package.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

/* Sections by the numbers that columns have; the same ones in both versions of the index. */
enum {
	COLUMN_INFO = 1,
	COLUMN_ABBREV = 3,
	COLUMN_LINE = 4,
	COLUMN_STR_OFFSETS = 6,
	COLUMN_RNGLISTS = 8, /* in DWARF 5 */
};

struct index {
	const unsigned char *slots, *rows, *columns, *offsets, *sizes;
	uint32_t version, n_columns, n_units, n_slots;
};

static uint32_t read_u32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static bool read_index(const struct section_bytes *bytes, struct index *ret)
{
	struct dwarf_cursor cursor = dwarf_cursor(bytes->data, bytes->size, 0);
	uint64_t table;

	ret->version = dwarf_uint(&cursor, 2);
	dwarf_uint(&cursor, 2);
	ret->n_columns = dwarf_uint(&cursor, 4);
	ret->n_units = dwarf_uint(&cursor, 4);
	ret->n_slots = dwarf_uint(&cursor, 4);
	if (cursor.failed || (ret->version != 2 && ret->version != 5) || !ret->n_slots ||
	    ret->n_slots & (ret->n_slots - 1) ||
	    __builtin_mul_overflow((uint64_t)ret->n_columns * 4, ret->n_units, &table))
		return false;
	ret->slots = cursor.at;
	dwarf_skip(&cursor, (uint64_t)ret->n_slots * 8);
	ret->rows = cursor.at;
	dwarf_skip(&cursor, (uint64_t)ret->n_slots * 4);
	ret->columns = cursor.at;
	dwarf_skip(&cursor, (uint64_t)ret->n_columns * 4);
	ret->offsets = cursor.at;
	dwarf_skip(&cursor, table);
	ret->sizes = cursor.at;
	dwarf_skip(&cursor, table);
	return !cursor.failed;
}

/* The row of a unit; 0 if it is not there. */
static uint32_t find_row(const struct index *index, uint64_t id)
{
	uint32_t mask = index->n_slots - 1;
	uint32_t slot = id & mask, stride = (id >> 32 & mask) | 1;

	for (uint32_t i = 0; i < index->n_slots; i++) {
		uint32_t row = read_u32(index->rows + slot * UINT64_C(4));
		uint64_t there;

		if (!row)
			return 0;
		memcpy(&there, index->slots + slot * UINT64_C(8), sizeof(there));
		if (there == id)
			return row <= index->n_units ? row : 0;
		slot = (slot + stride) & mask;
	}
	return 0;
}

static int section_of(const struct index *index, uint32_t column)
{
	switch (column) {
	case COLUMN_INFO:
		return DWARF_INFO;
	case COLUMN_ABBREV:
		return DWARF_ABBREV;
	case COLUMN_LINE:
		return DWARF_LINE;
	case COLUMN_STR_OFFSETS:
		return DWARF_STR_OFFSETS;
	case COLUMN_RNGLISTS:
		return index->version == 5 ? DWARF_RNGLISTS : -1;
	}
	return -1;
}

static void take_pieces(const struct dwarf_package *package, const struct index *index,
			uint32_t row, struct section_bytes *pieces)
{
	pieces[DWARF_STR] = (struct section_bytes){ package->sections[DWARF_STR].data,
						    package->sections[DWARF_STR].size,
						    SECTION_BORROWED };
	for (uint32_t i = 0; i < index->n_columns; i++) {
		uint64_t place = ((row - UINT64_C(1)) * index->n_columns + i) * 4;
		int number = section_of(index, read_u32(index->columns + i * UINT64_C(4)));
		uint32_t offset = read_u32(index->offsets + place);
		uint32_t size = read_u32(index->sizes + place);

		if (number < 0 || offset > package->sections[number].size ||
		    size > package->sections[number].size - offset || !size)
			continue;
		pieces[number] = (struct section_bytes){ package->sections[number].data + offset,
							 size, SECTION_BORROWED };
	}
}

static int try_package(struct dwarf_package *package, int root_fd, const char *dir,
		       const char *program)
{
	guard_free char *path = NULL;

	if (asprintf(&path, "%s%s.dwp", dir, program) < 0)
		return -ENOMEM;
	return dwarf_split_file_open(root_fd, path, &package->file);
}

/* In directories that are laid out like the program's root, or have all files in them. */
static int find_package(const struct module_debug *debug, struct dwarf_package *package)
{
	char program[4096];
	int err = -ENOENT;

	if (!dwarf_split_module_path(debug, program, sizeof(program)))
		return -ENOENT;
	for (size_t i = 0; i < debug->n_dirs && err == -ENOENT; i++) {
		err = try_package(package, -1, debug->dirs[i], program);
		if (err == -ENOENT)
			err = try_package(package, -1, debug->dirs[i], strrchr(program, '/'));
	}
	return err == -ENOENT ? try_package(package, debug->module.root_fd, "", program) : err;
}

static int open_package(const struct module_debug *debug, struct dwarf_package *package)
{
	int err;

	package->tried = true;
	err = find_package(debug, package);
	if (err)
		return err;
	package->is_there = true;
	err = dwarf_file_load_sections(&package->file.elf, true, package->sections);
	return err ?: elf_section_load(&package->file.elf, ".debug_cu_index", &package->index);
}

int dwarf_package_unit(const struct module_debug *debug, struct dwarf_package *package,
		       const struct dwarf_unit *skeleton, struct dwarf_file *ret)
{
	struct section_bytes pieces[DWARF_N_SECTIONS] = {};
	struct index index;
	uint32_t row;
	int err = 0;

	if (!package->tried)
		err = open_package(debug, package);
	if (err == -ENOMEM)
		return err;
	if (!package->index.size || !read_index(&package->index, &index))
		return -ENOENT;
	row = find_row(&index, skeleton->dwo_id);
	if (!row)
		return -ENOENT;
	take_pieces(package, &index, row, pieces);
	return dwarf_file_init_pieces(ret, pieces);
}

void dwarf_package_deinit(struct dwarf_package *package)
{
	if (!package->is_there)
		return;
	for (size_t i = 0; i < DWARF_N_SECTIONS; i++)
		elf_section_unload(&package->sections[i]);
	elf_section_unload(&package->index);
	dwarf_split_file_close(&package->file);
	*package = (struct dwarf_package){};
}
