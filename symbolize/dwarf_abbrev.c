// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compiles abbreviations. A step of skipping is a number of bytes, or the sort
 * of a value that has to be looked at to know its size.
 */
#include "symbolize/dwarf_abbrev.h"

#include <errno.h>

#include "symbolize/dwarf_constants.h"

enum {
	SKIP_MOST = 0x7fff, /* bytes in one step */
	SKIP_LEB = 0x8000,
	SKIP_STRING,
	SKIP_BLOCK1,
	SKIP_BLOCK2,
	SKIP_BLOCK4,
	SKIP_BLOCK,
	SKIP_INDIRECT,
	SKIP_UNKNOWN,
	/* Compiled, two bytes of a file become 8 to 10. Real tables have less than a thousand. */
	MAX_ATTRS = 1 << 20,
	MAX_ABBREVS = 1 << 16,
	MAX_ATTRS_OF_ONE = 4096,
	/* What a unit of C has. */
	USUAL_ABBREVS = 160,
	USUAL_ATTRS = 1024,
};

static uint16_t skip_of(uint16_t form)
{
	switch (form) {
	case DWARF_FORM_STRING:
		return SKIP_STRING;
	case DWARF_FORM_BLOCK1:
		return SKIP_BLOCK1;
	case DWARF_FORM_BLOCK2:
		return SKIP_BLOCK2;
	case DWARF_FORM_BLOCK4:
		return SKIP_BLOCK4;
	case DWARF_FORM_BLOCK:
	case DWARF_FORM_EXPRLOC:
		return SKIP_BLOCK;
	case DWARF_FORM_INDIRECT:
		return SKIP_INDIRECT;
	}
	return SKIP_LEB;
}

static int add_constant(struct dwarf_abbrevs *table, struct dwarf_cursor *cursor, uint32_t *ret)
{
	int err = table->constants.n ? 0 : vec_push(&table->constants, 0);

	*ret = table->constants.n;
	return err ?: vec_push(&table->constants, dwarf_sleb128(cursor));
}

/* Attributes follow until a pair of zeros. */
static int read_attrs(struct dwarf_abbrevs *table, struct dwarf_abbrev *abbrev,
		      struct dwarf_cursor *cursor)
{
	int err = 0;

	abbrev->first_attr = table->attrs.n;
	while (!err) {
		uint64_t name = dwarf_uleb128(cursor);
		uint64_t form = dwarf_uleb128(cursor);
		struct dwarf_attr attr = { .name = name > UINT16_MAX ? 0 : name,
					   .form = form > UINT16_MAX ? 0 : form };

		if (form == DWARF_FORM_IMPLICIT_CONST)
			err = add_constant(table, cursor, &attr.implicit);
		if (cursor->failed || (!name && !form))
			break;
		if (table->attrs.n >= MAX_ATTRS) {
			dwarf_fail(cursor);
			break;
		}
		abbrev->has_code |= name == DWARF_AT_LOW_PC || name == DWARF_AT_RANGES;
		err = err ?: vec_push(&table->attrs, attr);
	}
	abbrev->n_attrs = table->attrs.n - abbrev->first_attr;
	return err;
}

/* The same without keeping them. */
static void skip_attrs(struct dwarf_cursor *cursor)
{
	uint64_t name, form;

	do {
		name = dwarf_uleb128(cursor);
		form = dwarf_uleb128(cursor);
		if (form == DWARF_FORM_IMPLICIT_CONST)
			dwarf_sleb128(cursor);
	} while (name || form);
}

static int flush_run(struct dwarf_abbrevs *table, size_t *run)
{
	int err = *run ? vec_push(&table->skips, *run) : 0;

	*run = 0;
	return err;
}

static int add_step(struct dwarf_abbrevs *table, size_t *run, uint16_t form, int size)
{
	int err = 0;

	if (size < 0 || *run + size > SKIP_MOST)
		err = flush_run(table, run);
	if (size >= 0)
		*run += size;
	else if (!err)
		err = vec_push(&table->skips, size == -2 ? SKIP_UNKNOWN : skip_of(form));
	return err;
}

static uint16_t size_of_all(size_t size, bool varies)
{
	return varies || size >= DWARF_ABBREV_VARIES ? DWARF_ABBREV_VARIES : size;
}

static int compile_skips(struct dwarf_abbrevs *table, struct dwarf_abbrev *abbrev)
{
	const struct dwarf_attr *attrs = table->attrs.data + abbrev->first_attr;
	size_t run = 0, total = 0;
	bool varies = false;
	int err = 0;

	abbrev->first_skip = table->skips.n;
	abbrev->wide = abbrev->n_attrs > MAX_ATTRS_OF_ONE;
	abbrev->size = abbrev->size_before_sibling = DWARF_ABBREV_VARIES;
	if (abbrev->wide)
		return 0;
	for (uint32_t i = 0; i < abbrev->n_attrs && !err; i++) {
		int size = dwarf_form_size(attrs[i].form, &table->encoding);

		if (attrs[i].name == DWARF_AT_SIBLING && !abbrev->sibling_form) {
			err = flush_run(table, &run);
			abbrev->n_before_sibling = table->skips.n - abbrev->first_skip;
			abbrev->size_before_sibling = size_of_all(total, varies);
			abbrev->sibling_form = attrs[i].form;
		}
		varies |= size < 0;
		total += size < 0 ? 0 : size;
		err = err ?: add_step(table, &run, attrs[i].form, size);
	}
	err = err ?: flush_run(table, &run);
	abbrev->n_skips = table->skips.n - abbrev->first_skip;
	abbrev->size = size_of_all(total, varies);
	return err;
}

static int add_abbrev(struct dwarf_abbrevs *table, uint64_t code, struct dwarf_abbrev *abbrev)
{
	uint32_t other;
	int err = 0;

	if (table->dense && code != table->list.n + 1) {
		table->dense = false;
		for (size_t i = 0; i < table->list.n && !err; i++)
			err = idmap_put(&table->by_code, i + 1, i);
	}
	/* The first of a code is the one. */
	if (!err && !table->dense && !idmap_find(&table->by_code, code, &other))
		err = idmap_put(&table->by_code, code, table->list.n);
	if (!err)
		err = compile_skips(table, abbrev);
	return err ?: vec_push(&table->list, *abbrev);
}

static struct dwarf_cursor start(struct dwarf_abbrevs *table, const unsigned char *section,
				 size_t size, uint64_t offset,
				 const struct dwarf_encoding *encoding)
{
	*table = (struct dwarf_abbrevs){ .offset = offset, .encoding = *encoding, .dense = true };
	if (offset > size)
		return (struct dwarf_cursor){ .failed = true };
	return dwarf_cursor(section + offset, size - offset, 0);
}

static bool next_abbrev(struct dwarf_cursor *cursor, uint64_t *code, struct dwarf_abbrev *abbrev)
{
	*code = dwarf_uleb128(cursor);
	if (!*code)
		return false;
	*abbrev = (struct dwarf_abbrev){ .tag = dwarf_uleb128(cursor) };
	abbrev->has_children = dwarf_u8(cursor);
	return !cursor->failed;
}

int dwarf_abbrevs_init(struct dwarf_abbrevs *table, const unsigned char *section, size_t size,
		       uint64_t offset, const struct dwarf_encoding *encoding)
{
	struct dwarf_cursor cursor = start(table, section, size, offset, encoding);
	struct dwarf_abbrev abbrev;
	uint64_t code;
	int err = vec_reserve(&table->list, USUAL_ABBREVS) ?:
		  vec_reserve(&table->attrs, USUAL_ATTRS) ?:
		  vec_reserve(&table->skips, USUAL_ATTRS);

	while (!err && table->list.n < MAX_ABBREVS && next_abbrev(&cursor, &code, &abbrev)) {
		err = read_attrs(table, &abbrev, &cursor);
		if (cursor.failed)
			break;
		err = err ?: add_abbrev(table, code, &abbrev);
	}
	if (err)
		dwarf_abbrevs_deinit(table);
	return err;
}

bool dwarf_abbrevs_init_one(struct dwarf_abbrevs *table, const unsigned char *section, size_t size,
			    uint64_t offset, const struct dwarf_encoding *encoding, uint64_t wanted)
{
	struct dwarf_cursor cursor = start(table, section, size, offset, encoding);
	struct dwarf_abbrev abbrev;
	uint64_t code;

	while (next_abbrev(&cursor, &code, &abbrev)) {
		if (code != wanted) {
			skip_attrs(&cursor);
			continue;
		}
		if (!read_attrs(table, &abbrev, &cursor) && !cursor.failed &&
		    vec_push(&table->list, abbrev))
			table->list.n = 0;
		break;
	}
	if (cursor.at)
		table->n_scanned = cursor.at - (section + offset);
	if (!table->list.n)
		dwarf_abbrevs_deinit(table);
	return table->list.n;
}

void dwarf_abbrevs_deinit(struct dwarf_abbrevs *table)
{
	idmap_deinit(&table->by_code);
	vec_deinit(&table->list);
	vec_deinit(&table->attrs);
	vec_deinit(&table->skips);
	vec_deinit(&table->constants);
}

/* The steps that have to look at what they skip. */
static bool skip_varying(struct dwarf_cursor *cursor, uint16_t step,
			 const struct dwarf_encoding *encoding)
{
	switch (step) {
	case SKIP_LEB:
		while (dwarf_u8(cursor) & 0x80)
			;
		break;
	case SKIP_STRING:
		dwarf_form_read(cursor, DWARF_FORM_STRING, 0, encoding);
		break;
	case SKIP_BLOCK1:
		dwarf_skip(cursor, dwarf_u8(cursor));
		break;
	case SKIP_BLOCK2:
		dwarf_skip(cursor, dwarf_uint(cursor, 2));
		break;
	case SKIP_BLOCK4:
		dwarf_skip(cursor, dwarf_uint(cursor, 4));
		break;
	case SKIP_BLOCK:
		dwarf_skip(cursor, dwarf_uleb128(cursor));
		break;
	case SKIP_INDIRECT:
		dwarf_form_read(cursor, DWARF_FORM_INDIRECT, 0, encoding);
		break;
	default:
		return false;
	}
	return !cursor->failed;
}

/* Abbreviations that no compiler writes. */
static const unsigned char *skip_wide(const struct dwarf_abbrevs *table,
				      const struct dwarf_abbrev *abbrev, const unsigned char *at,
				      const unsigned char *end)
{
	struct dwarf_cursor cursor = dwarf_cursor(at, end - at, 0);

	for (uint32_t i = 0; i < abbrev->n_attrs && !cursor.failed; i++)
		dwarf_abbrevs_read(table, &table->attrs.data[abbrev->first_attr + i], &cursor);
	return cursor.failed ? NULL : cursor.at;
}

const unsigned char *dwarf_abbrevs_skip_steps(const struct dwarf_abbrevs *table,
					      const struct dwarf_abbrev *abbrev, bool to_sibling,
					      const unsigned char *at, const unsigned char *end)
{
	size_t n = to_sibling ? abbrev->n_before_sibling : abbrev->n_skips;
	const uint16_t *steps;

	if (abbrev->wide)
		return skip_wide(table, abbrev, at, end);
	if (!n)
		return at;
	steps = &table->skips.data[abbrev->first_skip];
	for (size_t i = 0; i < n; i++) {
		uint16_t step = steps[i];
		uint8_t byte = at < end ? *at : 0xff;

		if (step <= SKIP_MOST) {
			if (end - at < step)
				return NULL;
			at += step;
		} else if (step == SKIP_LEB && byte < 0x80) {
			at++;
		} else if (step == SKIP_BLOCK && byte < 0x80 && byte < end - at) {
			at += 1 + byte;
		} else {
			struct dwarf_cursor cursor = dwarf_cursor(at, end - at, 0);

			if (!skip_varying(&cursor, step, &table->encoding))
				return NULL;
			at = cursor.at;
		}
	}
	return at;
}
