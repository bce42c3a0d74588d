// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the sections of debug information, and says what the values of
 * attributes mean that point into them.
 */
#include "symbolize/dwarf_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/guard.h"
#include "symbolize/dwarf_constants.h"
#include "symbolize/dwarf_unit.h"

enum { MAX_STRING = 64 << 10, WORK_A_BYTE = 4 };

static const char *const section_names[DWARF_N_SECTIONS] = {
	[DWARF_INFO] = ".debug_info",
	[DWARF_ABBREV] = ".debug_abbrev",
	[DWARF_STR] = ".debug_str",
	[DWARF_LINE] = ".debug_line",
	[DWARF_LINE_STR] = ".debug_line_str",
	[DWARF_RANGES] = ".debug_ranges",
	[DWARF_RNGLISTS] = ".debug_rnglists",
	[DWARF_ADDR] = ".debug_addr",
	[DWARF_STR_OFFSETS] = ".debug_str_offsets",
};

int dwarf_file_load_sections(const struct elf_file *elf, bool is_dwo, struct section_bytes *ret)
{
	for (size_t i = 0; i < DWARF_N_SECTIONS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s", section_names[i], is_dwo ? ".dwo" : "");
		if (elf_section_load(elf, name, &ret[i]) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

void dwarf_file_renew_work(struct dwarf_file *file)
{
	file->work = DWARF_MAX_WORK;
	for (size_t i = 0; i < DWARF_N_SECTIONS; i++)
		file->work += WORK_A_BYTE * (uint64_t)file->sections[i].size;
}

static int read_units(struct dwarf_file *file)
{
	dwarf_file_renew_work(file);
	if (!file->sections[DWARF_INFO].size || !file->sections[DWARF_ABBREV].size)
		return -ENOENT;
	return dwarf_unit_read_all(file);
}

int dwarf_file_init(struct dwarf_file *file, const struct elf_file *elf, bool is_dwo)
{
	int err;

	*file = (struct dwarf_file){
		.is_dwo = is_dwo,
		.zero_is_code = elf->header.e_type == ET_REL && !is_dwo,
	};
	err = dwarf_file_load_sections(elf, is_dwo, file->sections) ?: read_units(file);
	if (err)
		dwarf_file_deinit(file);
	return err;
}

int dwarf_file_init_pieces(struct dwarf_file *file, const struct section_bytes *pieces)
{
	int err;

	*file = (struct dwarf_file){ .is_dwo = true };
	memcpy(file->sections, pieces, sizeof(file->sections));
	err = read_units(file);
	if (err)
		dwarf_file_deinit(file);
	return err;
}

static void abbrevs_destroy(struct dwarf_abbrevs *abbrevs)
{
	if (abbrevs)
		dwarf_abbrevs_deinit(abbrevs);
	free(abbrevs);
}

void dwarf_file_deinit(struct dwarf_file *file)
{
	for (size_t i = 0; i < DWARF_N_SECTIONS; i++)
		elf_section_unload(&file->sections[i]);
	for (size_t i = 0; i < DWARF_ABBREV_TABLES; i++) {
		abbrevs_destroy(file->abbrevs[i]);
		file->abbrevs[i] = NULL;
	}
	vec_deinit(&file->units);
	idmap_deinit(&file->function_numbers);
	vec_deinit(&file->functions);
}

struct dwarf_cursor dwarf_file_cursor(const struct dwarf_file *file, enum dwarf_section number,
				      uint64_t offset, uint64_t n)
{
	const struct section_bytes *section = &file->sections[number];
	struct dwarf_cursor cursor = {};

	if (offset > section->size || !section->size) {
		cursor.failed = true;
		return cursor;
	}
	if (n > section->size - offset)
		n = section->size - offset;
	return dwarf_cursor(section->data + offset, n, 0);
}

const struct dwarf_unit *dwarf_file_unit(const struct dwarf_file *file, uint64_t offset)
{
	size_t low = 0, n = file->units.n;
	const struct dwarf_unit *units = file->units.data;

	while (n) {
		size_t half = n / 2;

		if (units[low + half].offset <= offset) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	if (!low || offset < units[low - 1].die || offset >= units[low - 1].end)
		return NULL;
	return &units[low - 1];
}

static size_t weight_of(const struct dwarf_abbrevs *abbrevs)
{
	return abbrevs ? abbrevs->list.n + abbrevs->attrs.n : 0;
}

static void drop_abbrevs(struct dwarf_file *file, struct dwarf_abbrevs **place)
{
	file->n_abbrevs -= weight_of(*place);
	abbrevs_destroy(*place);
	*place = NULL;
}

static void keep_abbrevs(struct dwarf_file *file, struct dwarf_abbrevs **place,
			 struct dwarf_abbrevs *made)
{
	size_t weight = weight_of(made);

	drop_abbrevs(file, place);
	/* Any number of tables can be made of the same bytes, each from another one on. */
	for (size_t i = 0; file->n_abbrevs + weight > DWARF_ABBREVS_KEPT && i < DWARF_ABBREV_TABLES;
	     i++)
		drop_abbrevs(file, &file->abbrevs[i]);
	*place = made;
	file->n_abbrevs += weight;
	/* Units that take each other's place would have it made anew for each reference. */
	dwarf_file_work(file, weight);
}

const struct dwarf_abbrevs *dwarf_unit_abbrevs(const struct dwarf_unit *unit)
{
	struct dwarf_file *file = unit->file;
	const struct section_bytes *section = &file->sections[DWARF_ABBREV];
	struct dwarf_abbrevs **place =
		&file->abbrevs[hash_u64(unit->abbrev_offset) % DWARF_ABBREV_TABLES];
	struct dwarf_abbrevs *made;

	if (*place && (*place)->offset == unit->abbrev_offset &&
	    !memcmp(&(*place)->encoding, &unit->encoding, sizeof(unit->encoding)))
		return *place;
	if (!file->work)
		return NULL;
	made = malloc(sizeof(*made));
	if (!made)
		return NULL;
	if (dwarf_abbrevs_init(made, section->data, section->size, unit->abbrev_offset,
			       &unit->encoding)) {
		free(made);
		return NULL;
	}
	keep_abbrevs(file, place, made);
	return made;
}

bool dwarf_unit_address(const struct dwarf_unit *unit, const struct dwarf_value *value,
			uint64_t *ret)
{
	const struct dwarf_unit *owner = unit->skeleton ? unit->skeleton : unit;
	size_t size = unit->encoding.address_size;
	struct dwarf_cursor cursor;
	uint64_t place;

	if (value->class == DWARF_ADDRESS) {
		*ret = value->n;
		return true;
	}
	if (value->class != DWARF_ADDRESS_INDEX ||
	    __builtin_mul_overflow(value->n, size, &place) ||
	    __builtin_add_overflow(place, owner->addr_base, &place))
		return false;
	cursor = dwarf_file_cursor(owner->file, DWARF_ADDR, place, size);
	*ret = dwarf_uint(&cursor, size);
	return !cursor.failed;
}

static bool string_at(const struct dwarf_file *file, enum dwarf_section section, uint64_t offset,
		      const char **ret, size_t *ret_n)
{
	struct dwarf_cursor cursor = dwarf_file_cursor(file, section, offset, MAX_STRING);

	*ret = (const char *)cursor.at;
	*ret_n = cursor.failed ? 0 : strnlen(*ret, dwarf_left(&cursor));
	return !cursor.failed;
}

bool dwarf_file_string(const struct dwarf_file *file, const struct dwarf_value *value,
		       const char **ret, size_t *ret_n)
{
	switch (value->class) {
	case DWARF_STRING:
		*ret = (const char *)value->bytes;
		*ret_n = value->n < MAX_STRING ? value->n : MAX_STRING;
		return true;
	case DWARF_STRING_OFFSET:
		return string_at(file, DWARF_STR, value->n, ret, ret_n);
	case DWARF_LINE_STRING_OFFSET:
		return string_at(file, DWARF_LINE_STR, value->n, ret, ret_n);
	case DWARF_ALT_STRING_OFFSET:
		return file->alternate &&
		       string_at(file->alternate, DWARF_STR, value->n, ret, ret_n);
	default:
		return false;
	}
}

bool dwarf_unit_string(const struct dwarf_unit *unit, const struct dwarf_value *value,
		       const char **ret, size_t *ret_n)
{
	size_t size = unit->encoding.offset_size;
	struct dwarf_cursor cursor;
	uint64_t place;

	if (value->class != DWARF_STRING_INDEX)
		return dwarf_file_string(unit->file, value, ret, ret_n);
	if (__builtin_mul_overflow(value->n, size, &place) ||
	    __builtin_add_overflow(place, unit->str_offsets_base, &place))
		return false;
	cursor = dwarf_file_cursor(unit->file, DWARF_STR_OFFSETS, place, size);
	place = dwarf_uint(&cursor, size);
	return !cursor.failed && string_at(unit->file, DWARF_STR, place, ret, ret_n);
}

bool dwarf_unit_reference(const struct dwarf_unit *unit, const struct dwarf_value *value,
			  struct dwarf_file **ret_file, uint64_t *ret)
{
	*ret_file = unit->file;
	*ret = value->n;
	switch (value->class) {
	case DWARF_REFERENCE:
		return !__builtin_add_overflow(value->n, unit->offset, ret);
	case DWARF_GLOBAL_REFERENCE:
		return true;
	case DWARF_ALT_REFERENCE:
		*ret_file = unit->file->alternate;
		return *ret_file != NULL;
	default:
		return false;
	}
}
