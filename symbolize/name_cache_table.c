// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames are interned from the outermost one on, so that a node always comes
 * after the one that it was called from.
 */
#include "symbolize/name_cache_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"

void name_cache_table_deinit(struct name_cache_table *table)
{
	vec_deinit(&table->places);
	vec_deinit(&table->nodes);
	vec_deinit(&table->answers);
	hashindex_deinit(&table->place_index);
	hashindex_deinit(&table->node_index);
	idmap_deinit(&table->by_offset);
}

struct wanted {
	const struct name_cache_table *table;
	const void *item;
};

static bool place_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;
	const struct symbol_frame *a = wanted->item, *b = &wanted->table->places.data[number];

	return a->name == b->name && a->system_name == b->system_name && a->file == b->file &&
	       a->start_line == b->start_line && a->start == b->start;
}

static bool node_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;

	return !memcmp(wanted->item, &wanted->table->nodes.data[number],
		       sizeof(struct name_cache_node));
}

static int add_place(struct name_cache_table *table, struct symbol_frame place, uint32_t *ret)
{
	const struct wanted wanted = {table, &place};
	uint64_t hash = hash_pair((uintptr_t)place.name, (uintptr_t)place.file) ^
			hash_pair(place.start, place.start_line);

	if (hashindex_find(&table->place_index, hash, place_equal, &wanted, ret))
		return 0;
	if (table->places.n >= UINT32_MAX - 1)
		return -E2BIG;
	place.line = 0;
	*ret = table->places.n;
	return vec_push(&table->places, place) ?:
	       hashindex_add(&table->place_index, hash, *ret);
}

static int add_node(struct name_cache_table *table, const struct name_cache_node *node,
		    uint32_t *ret)
{
	const struct wanted wanted = {table, node};
	uint64_t hash = hash_pair((uint64_t)node->outer << 32 | node->place, node->line);

	if (hashindex_find(&table->node_index, hash, node_equal, &wanted, ret))
		return 0;
	if (table->nodes.n >= UINT32_MAX - 1)
		return -E2BIG;
	*ret = table->nodes.n;
	return vec_push(&table->nodes, *node) ?: hashindex_add(&table->node_index, hash, *ret);
}

int name_cache_table_add(struct name_cache_table *table, uint64_t offset,
			 const struct symbol_frame *frames, size_t n)
{
	struct name_cache_answer answer = {.offset = offset};
	uint32_t outer = 0;
	int err;

	if (idmap_find(&table->by_offset, offset, &answer.innermost))
		return 0;
	if (table->answers.n >= UINT32_MAX - 1)
		return -E2BIG;
	while (n--) {
		struct name_cache_node node = {.outer = outer, .line = frames[n].line};

		err = add_place(table, frames[n], &node.place) ?:
		      add_node(table, &node, &answer.innermost);
		if (err)
			return err;
		outer = answer.innermost + 1;
	}
	err = idmap_put(&table->by_offset, offset, table->answers.n);
	return err ? err : vec_push(&table->answers, answer);
}

int name_cache_table_add_entry(struct name_cache_table *table,
			       const struct name_cache_entry *entry)
{
	VEC(struct symbol_frame) frames = {};
	uint32_t n = entry->bytes ? entry->header->n_answers : 0;
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		struct name_cache_walk walk = name_cache_entry_walk(entry, i);
		struct symbol_frame frame;

		frames.n = 0;
		while (!err && name_cache_entry_next(entry, &walk, &frame))
			err = vec_push(&frames, frame);
		if (!err)
			err = name_cache_table_add(table, entry->offsets[i], frames.data, frames.n);
	}
	vec_deinit(&frames);
	return err;
}

bool name_cache_table_find(const struct name_cache_table *table, uint64_t offset, uint32_t *ret)
{
	return idmap_find(&table->by_offset, offset, ret);
}

struct name_cache_walk name_cache_table_walk(const struct name_cache_table *table, uint32_t answer)
{
	return (struct name_cache_walk){table->answers.data[answer].innermost + 1};
}

bool name_cache_table_next(const struct name_cache_table *table, struct name_cache_walk *walk,
			   struct symbol_frame *ret)
{
	const struct name_cache_node *node;

	if (!walk->next)
		return false;
	node = &table->nodes.data[walk->next - 1];
	*ret = table->places.data[node->place];
	ret->line = node->line;
	walk->next = node->outer;
	return true;
}

static int compare_answers(const void *a, const void *b)
{
	uint64_t x = ((const struct name_cache_answer *)a)->offset;
	uint64_t y = ((const struct name_cache_answer *)b)->offset;

	return x < y ? -1 : x > y;
}

/* The strings of an entry, each once. */
struct texts {
	VEC(char) bytes;
	struct idmap offsets; /* by address */
};

static void texts_deinit(struct texts *texts)
{
	vec_deinit(&texts->bytes);
	idmap_deinit(&texts->offsets);
}

static int texts_add(struct texts *texts, const char *text, uint32_t *ret)
{
	size_t n = text ? strlen(text) + 1 : 0;

	*ret = 0;
	if (!text || idmap_find(&texts->offsets, (uintptr_t)text, ret))
		return 0;
	if (n > NAME_CACHE_ENTRY_MAX - texts->bytes.n)
		return -EFBIG;
	*ret = texts->bytes.n + 1;
	return vec_append(&texts->bytes, text, n) ?:
	       idmap_put(&texts->offsets, (uintptr_t)text, *ret);
}

static int make_places(const struct name_cache_table *table, struct name_cache_place *places,
		       struct texts *texts)
{
	int err = 0;

	for (size_t i = 0; i < table->places.n && !err; i++) {
		const struct symbol_frame *from = &table->places.data[i];

		places[i].start = from->start;
		places[i].start_line = from->start_line;
		err = texts_add(texts, from->name, &places[i].name) ?:
		      texts_add(texts, from->system_name, &places[i].system_name) ?:
		      texts_add(texts, from->file, &places[i].file);
	}
	return err;
}

/* Copies n items to where the next ones go. */
static void *put(void *to, const void *items, size_t n, size_t item_size)
{
	if (n)
		memcpy(to, items, n * item_size);
	return (char *)to + n * item_size;
}

/* What there is of an entry. */
static void fill(struct name_cache_header *header, const struct name_cache_table *table,
		 const struct dwarf_outline *outline, const struct name_cache_place *places,
		 const struct texts *texts)
{
	uint64_t *offsets = (uint64_t *)(header + 1);
	void *to = offsets + table->answers.n;
	uint32_t *innermost;

	to = put(to, outline->units.data, outline->units.n, sizeof(*outline->units.data));
	to = put(to, outline->functions.data, outline->functions.n,
		 sizeof(*outline->functions.data));
	to = put(to, outline->rows.data, outline->rows.n, sizeof(*outline->rows.data));
	to = put(to, places, table->places.n, sizeof(*places));
	innermost = put(to, table->nodes.data, table->nodes.n, sizeof(*table->nodes.data));
	for (size_t i = 0; i < table->answers.n; i++) {
		offsets[i] = table->answers.data[i].offset;
		innermost[i] = table->answers.data[i].innermost;
	}
	put(innermost + table->answers.n, texts->bytes.data, texts->bytes.n, 1);
	header->n_answers = table->answers.n;
	header->n_units = outline->units.n;
	header->n_functions = outline->functions.n;
	header->n_rows = outline->rows.n;
	header->n_places = table->places.n;
	header->n_nodes = table->nodes.n;
	header->strings_size = texts->bytes.n;
	header->checksum = name_cache_checksum(header);
}

static size_t entry_size(const struct name_cache_table *table,
			 const struct dwarf_outline *outline, const struct texts *texts)
{
	size_t size = sizeof(struct name_cache_header) +
		      table->answers.n * (sizeof(uint64_t) + sizeof(uint32_t)) +
		      outline->units.n * sizeof(struct dwarf_outline_unit) +
		      outline->functions.n * sizeof(struct dwarf_outline_function) +
		      outline->rows.n * sizeof(struct dwarf_outline_row) +
		      table->places.n * sizeof(struct name_cache_place) +
		      table->nodes.n * sizeof(struct name_cache_node) + texts->bytes.n;

	return (size + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
}

int name_cache_table_bytes(struct name_cache_table *table, const struct name_cache_key *key,
			   uint32_t flags, unsigned char **ret, size_t *ret_size)
{
	guard_free struct name_cache_place *places =
		calloc(table->places.n + 1, sizeof(*places));
	static const struct dwarf_outline nothing;
	const struct dwarf_outline *outline = table->outline ? table->outline : &nothing;
	guard(texts_deinit) struct texts texts = {};
	struct name_cache_header *header;
	size_t size;
	int err = places ? make_places(table, places, &texts) : -ENOMEM;

	if (err)
		return err;
	if (table->answers.n)
		qsort(table->answers.data, table->answers.n, sizeof(*table->answers.data),
		      compare_answers);
	size = entry_size(table, outline, &texts);
	if (size > NAME_CACHE_ENTRY_MAX)
		return -EFBIG;
	header = calloc(1, size);
	if (!header)
		return -ENOMEM;
	name_cache_header_init(header, key);
	header->size = size;
	header->flags = flags;
	fill(header, table, outline, places, &texts);
	*ret = (unsigned char *)header;
	*ret_size = size;
	return 0;
}
