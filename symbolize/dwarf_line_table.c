// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of a line program, with its directories and files. A path is put
 * together of the compilation's directory, the file's directory and its name,
 * as far as each is relative; it is not made shorter than it was written.
 */
#include <errno.h>

#include "symbolize/dwarf_constants.h"
#include "symbolize/dwarf_line.h"

enum {
	MAX_FILES = 1 << 16,
	MAX_FORMATS = 255,
	NAME_WORK = 8,
	LONG_FORMAT = 0xffffffff,
};

struct format {
	uint64_t content, form;
};

static int add_file(struct dwarf_line_table *table, const struct dwarf_value *name,
		    uint64_t directory)
{
	struct dwarf_line_file file = { .name = *name, .directory = directory };

	return table->files.n < MAX_FILES ? vec_push(&table->files, file) : 0;
}

/* DWARF 2 to 4: strings until an empty one; files have three numbers each. Any number of units may
 * have one header, and a long one. */
static int read_old_files(struct dwarf_line_table *table, struct dwarf_cursor *cursor)
{
	int err = 0;

	while (!err) {
		struct dwarf_value name = dwarf_form_read(cursor, DWARF_FORM_STRING, 0,
							  &table->encoding);

		if (!name.n || !dwarf_file_work(table->unit->file, NAME_WORK + name.n))
			break;
		if (table->directories.n < MAX_FILES)
			err = vec_push(&table->directories, name);
	}
	while (!err) {
		struct dwarf_value name = dwarf_form_read(cursor, DWARF_FORM_STRING, 0,
							  &table->encoding);
		uint64_t directory;

		if (!name.n || !dwarf_file_work(table->unit->file, NAME_WORK + name.n))
			break;
		directory = dwarf_uleb128(cursor);
		dwarf_uleb128(cursor);
		dwarf_uleb128(cursor);
		err = add_file(table, &name, directory);
	}
	return err;
}

/* DWARF 5: a list of entries, after what each of them consists of. */
static int read_entries(struct dwarf_line_table *table, struct dwarf_cursor *cursor, bool files)
{
	struct format formats[MAX_FORMATS];
	size_t n_formats = dwarf_u8(cursor);
	uint64_t n;
	int err = 0;

	for (size_t i = 0; i < n_formats; i++) {
		formats[i].content = dwarf_uleb128(cursor);
		formats[i].form = dwarf_uleb128(cursor);
	}
	n = dwarf_uleb128(cursor);
	for (uint64_t k = 0; k < n && n_formats && !err; k++) {
		struct dwarf_value name = {};
		uint64_t directory = 0;

		if (!dwarf_file_work(table->unit->file, n_formats))
			break;
		for (size_t i = 0; i < n_formats; i++) {
			struct dwarf_value value = dwarf_form_read(cursor, formats[i].form, 0,
								   &table->encoding);

			if (formats[i].content == DWARF_LNCT_PATH)
				name = value;
			else if (formats[i].content == DWARF_LNCT_DIRECTORY_INDEX)
				directory = value.n;
		}
		if (cursor->failed)
			break;
		if (files)
			err = add_file(table, &name, directory);
		else if (table->directories.n < MAX_FILES)
			err = vec_push(&table->directories, name);
	}
	return err;
}

/* From the length on to the numbers that the program is run with. */
static bool read_fixed_part(struct dwarf_line_table *table, struct dwarf_cursor *cursor)
{
	uint64_t length = dwarf_uint(cursor, 4);
	uint64_t header_length;

	table->encoding.offset_size = length == LONG_FORMAT ? 8 : 4;
	if (length == LONG_FORMAT)
		length = dwarf_uint(cursor, 8);
	if (length < dwarf_left(cursor))
		cursor->end = cursor->at + length;
	table->encoding.version = dwarf_uint(cursor, 2);
	if (table->encoding.version >= 5) {
		table->encoding.address_size = dwarf_u8(cursor);
		dwarf_u8(cursor); /* size of segment selectors */
	}
	header_length = dwarf_uint(cursor, table->encoding.offset_size);
	table->program = *cursor;
	dwarf_skip(&table->program, header_length);
	table->min_instruction = dwarf_u8(cursor);
	if (table->encoding.version >= 4)
		dwarf_u8(cursor); /* operations in an instruction */
	dwarf_u8(cursor); /* is_stmt at first */
	table->line_base = dwarf_u8(cursor);
	table->line_range = dwarf_u8(cursor);
	table->opcode_base = dwarf_u8(cursor);
	table->operands = cursor->at;
	if (table->opcode_base)
		dwarf_skip(cursor, table->opcode_base - 1);
	return !cursor->failed && !table->program.failed && table->opcode_base &&
	       table->encoding.version >= 2 && table->encoding.version <= 5 &&
	       (table->encoding.address_size == 4 || table->encoding.address_size == 8);
}

int dwarf_line_table_read(struct dwarf_line_table *table, const struct dwarf_unit *unit)
{
	struct dwarf_cursor cursor;
	int err;

	table->unit = unit;
	table->directories.n = table->files.n = 0;
	table->encoding = unit->encoding;
	if (!unit->has_lines)
		return -ENOENT;
	cursor = dwarf_file_cursor(unit->file, DWARF_LINE, unit->lines, UINT64_MAX);
	if (!read_fixed_part(table, &cursor))
		return -ENOENT;
	if (table->encoding.version < 5)
		return read_old_files(table, &cursor);
	err = read_entries(table, &cursor, false);
	return err ?: read_entries(table, &cursor, true);
}

void dwarf_line_table_deinit(struct dwarf_line_table *table)
{
	vec_deinit(&table->directories);
	vec_deinit(&table->files);
	vec_deinit(&table->path);
}

static bool is_absolute(const char *path, size_t n)
{
	return n && path[0] == '/';
}

static int add_part(struct dwarf_line_table *table, const char *part, size_t n)
{
	int err = 0;

	if (!n)
		return 0;
	if (table->path.n && table->path.data[table->path.n - 1] != '/')
		err = vec_push(&table->path, '/');
	return err ?: vec_append(&table->path, part, n);
}

/* In DWARF 5 directory 0 is the compilation's own; before, it stands for that. */
static const struct dwarf_value *find_directory(const struct dwarf_line_table *table,
						uint64_t number)
{
	if (table->encoding.version < 5)
		number--;
	return number < table->directories.n ? &table->directories.data[number] : NULL;
}

static int make_path(struct dwarf_line_table *table, const struct dwarf_line_file *file,
		     const char *name, size_t name_n)
{
	const struct dwarf_unit *unit = table->unit;
	const struct dwarf_value *place = find_directory(table, file->directory);
	const char *directory = "", *comp_dir;
	size_t n = 0, comp_dir_n;
	int err = 0;

	table->path.n = 0;
	if (is_absolute(name, name_n))
		return add_part(table, name, name_n);
	if (place && !dwarf_unit_string(unit, place, &directory, &n))
		n = 0;
	if ((table->encoding.version < 5 || file->directory) && !is_absolute(directory, n) &&
	    dwarf_unit_string(unit, &unit->comp_dir, &comp_dir, &comp_dir_n))
		err = add_part(table, comp_dir, comp_dir_n);
	err = err ?: add_part(table, directory, n);
	return err ?: add_part(table, name, name_n);
}

int dwarf_line_path(struct dwarf_line_table *table, uint64_t number, struct strings *strings,
		    const char **ret)
{
	struct dwarf_line_file *file;
	const char *name;
	uint32_t string;
	size_t n;
	int err;

	*ret = NULL;
	if (table->encoding.version < 5)
		number--;
	if (number >= table->files.n)
		return 0;
	file = &table->files.data[number];
	if (!file->path) {
		if (!dwarf_unit_string(table->unit, &file->name, &name, &n) || !n)
			return 0;
		err = make_path(table, file, name, n);
		if (!err)
			err = strings_intern(strings, table->path.data, table->path.n, &string);
		if (err)
			return err;
		file->path = string ? strings_get(strings, string) : NULL;
	}
	*ret = file->path;
	return 0;
}
