// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes come in, of which it is looked at whether they are whole and hold no
 * number that leads out of them; then offsets come in, and frames go out.
 */
#include "symbolize/name_cache_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static const char magic[8] = "flamenam";

_Static_assert(sizeof(struct name_cache_key) == 72 + 3 * 104, "a key has no holes");
_Static_assert(sizeof(struct name_cache_header) == 64 + sizeof(struct name_cache_key),
	       "a header has no holes");
_Static_assert(sizeof(struct name_cache_place) == 24 && sizeof(struct name_cache_node) == 12,
	       "records have no holes");
_Static_assert(sizeof(struct dwarf_outline_unit) == 24 &&
		       sizeof(struct dwarf_outline_function) == 16 &&
		       sizeof(struct dwarf_outline_row) == 24,
	       "nor have those of outlines");

enum { CHECKED_FROM = offsetof(struct name_cache_header, size), LANES = 4 };

/* Each step can be undone as long as its word is known, so that one changed word always shows. */
static uint64_t checksum_step(uint64_t lane, uint64_t word)
{
	lane = (lane ^ word) * 0x9e3779b97f4a7c15ULL;
	return lane ^ lane >> 32;
}

uint64_t name_cache_checksum(const struct name_cache_header *header)
{
	const unsigned char *at = (const unsigned char *)header + CHECKED_FROM;
	uint64_t lanes[LANES] = {1, 2, 3, 4};
	uint64_t n_words = (header->size - CHECKED_FROM) / sizeof(uint64_t);
	uint64_t words[LANES], hash = header->size;

	for (; n_words >= LANES; n_words -= LANES, at += sizeof(words)) {
		memcpy(words, at, sizeof(words));
		for (int i = 0; i < LANES; i++)
			lanes[i] = checksum_step(lanes[i], words[i]);
	}
	for (; n_words; n_words--, at += sizeof(*words)) {
		memcpy(words, at, sizeof(*words));
		lanes[0] = checksum_step(lanes[0], words[0]);
	}
	for (int i = 0; i < LANES; i++)
		hash = hash_pair(hash, lanes[i]);
	return hash;
}

void name_cache_header_init(struct name_cache_header *header, const struct name_cache_key *key)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->magic, magic, sizeof(magic));
	header->version = NAME_CACHE_VERSION;
	header->key = *key;
}

/* Takes n items of a size off what is left. */
static bool take(uint64_t *left, uint64_t n, size_t item_size)
{
	if (n > *left / item_size)
		return false;
	*left -= n * item_size;
	return true;
}

static bool is_laid_out(struct name_cache_entry *entry)
{
	const struct name_cache_header *header = entry->header;
	uint64_t left = header->size - sizeof(*header);

	if (!take(&left, header->n_answers, sizeof(uint64_t)) ||
	    !take(&left, header->n_units, sizeof(struct dwarf_outline_unit)) ||
	    !take(&left, header->n_functions, sizeof(struct dwarf_outline_function)) ||
	    !take(&left, header->n_rows, sizeof(struct dwarf_outline_row)) ||
	    !take(&left, header->n_places, sizeof(struct name_cache_place)) ||
	    !take(&left, header->n_nodes, sizeof(struct name_cache_node)) ||
	    !take(&left, header->n_answers, sizeof(uint32_t)) ||
	    !take(&left, header->strings_size, 1) || left >= sizeof(uint64_t))
		return false;
	entry->offsets = (const uint64_t *)(header + 1);
	entry->units = (const struct dwarf_outline_unit *)(entry->offsets + header->n_answers);
	entry->functions = (const struct dwarf_outline_function *)(entry->units + header->n_units);
	entry->rows = (const struct dwarf_outline_row *)(entry->functions + header->n_functions);
	entry->places = (const struct name_cache_place *)(entry->rows + header->n_rows);
	entry->nodes = (const struct name_cache_node *)(entry->places + header->n_places);
	entry->innermost = (const uint32_t *)(entry->nodes + header->n_nodes);
	entry->strings = (const char *)(entry->innermost + header->n_answers);
	return !header->strings_size || !entry->strings[header->strings_size - 1];
}

static bool has_good_units(const struct name_cache_entry *entry)
{
	const struct name_cache_header *header = entry->header;
	bool good = true;

	for (uint32_t i = 0; i < header->n_units; i++) {
		const struct dwarf_outline_unit *unit = &entry->units[i];

		good &= unit->first_function <= header->n_functions &&
			unit->n_functions <= header->n_functions - unit->first_function &&
			unit->first_row <= header->n_rows &&
			unit->n_rows <= header->n_rows - unit->first_row;
	}
	return good;
}

static bool has_good_numbers(const struct name_cache_entry *entry)
{
	const struct name_cache_header *header = entry->header;
	bool good = has_good_units(entry);

	for (uint32_t i = 0; i < header->n_places; i++) {
		const struct name_cache_place *place = &entry->places[i];

		good &= place->name <= header->strings_size &&
			place->system_name <= header->strings_size &&
			place->file <= header->strings_size;
	}
	for (uint32_t i = 0; i < header->n_nodes; i++)
		good &= entry->nodes[i].outer <= i && entry->nodes[i].place < header->n_places;
	for (uint32_t i = 0; i < header->n_answers; i++)
		good &= entry->innermost[i] < header->n_nodes &&
			(!i || entry->offsets[i - 1] < entry->offsets[i]);
	return good;
}

static int check(struct name_cache_entry *entry, size_t size, const struct name_cache_key *key)
{
	const struct name_cache_header *header = (const struct name_cache_header *)entry->bytes;

	if (size < sizeof(*header) || size % sizeof(uint64_t) || header->size != size ||
	    memcmp(header->magic, magic, sizeof(magic)) ||
	    header->checksum != name_cache_checksum(header))
		return -EBADMSG;
	if (header->version != NAME_CACHE_VERSION ||
	    memcmp(&header->key, key, sizeof(*key)))
		return -ENOENT;
	entry->header = header;
	return is_laid_out(entry) && has_good_numbers(entry) ? 0 : -EBADMSG;
}

int name_cache_entry_init(struct name_cache_entry *entry, unsigned char *bytes, size_t size,
			  const struct name_cache_key *key)
{
	int err;

	*entry = (struct name_cache_entry){.bytes = bytes};
	err = check(entry, size, key);
	if (err)
		name_cache_entry_deinit(entry);
	return err;
}

void name_cache_entry_deinit(struct name_cache_entry *entry)
{
	free(entry->bytes);
	*entry = (struct name_cache_entry){};
}

bool name_cache_entry_find(const struct name_cache_entry *entry, uint64_t offset, uint32_t *ret)
{
	uint32_t base = 0, n = entry->bytes ? entry->header->n_answers : 0;

	if (!n)
		return false;
	while (n > 1) {
		uint32_t half = n / 2;

		base += entry->offsets[base + half] <= offset ? half : 0;
		n -= half;
	}
	*ret = base;
	return entry->offsets[base] == offset;
}

struct name_cache_walk name_cache_entry_walk(const struct name_cache_entry *entry, uint32_t answer)
{
	return (struct name_cache_walk){entry->innermost[answer] + 1};
}

static const char *string_of(const struct name_cache_entry *entry, uint32_t offset)
{
	return offset ? entry->strings + offset - 1 : NULL;
}

bool name_cache_entry_next(const struct name_cache_entry *entry, struct name_cache_walk *walk,
			   struct symbol_frame *ret)
{
	const struct name_cache_node *node;
	const struct name_cache_place *place;

	if (!walk->next)
		return false;
	node = &entry->nodes[walk->next - 1];
	place = &entry->places[node->place];
	*ret = (struct symbol_frame){
		.name = string_of(entry, place->name),
		.system_name = string_of(entry, place->system_name),
		.file = string_of(entry, place->file),
		.line = node->line,
		.start_line = place->start_line,
		.start = place->start,
	};
	walk->next = node->outer;
	return true;
}
