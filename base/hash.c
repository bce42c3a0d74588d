// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hash of a byte string and the two tables of base/hash.h. Tables double
 * at 70 % full; linear probing, nothing is ever deleted singly.
 */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t hash_bytes(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = 0x9e3779b97f4a7c15ULL ^ n;
	uint64_t word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	if (n) {
		word = 0;
		memcpy(&word, p, n);
		h = (h ^ word) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	return hash_u64(h);
}

void idmap_deinit(struct idmap *map)
{
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

void idmap_clear(struct idmap *map)
{
	if (map->cap)
		memset(map->slots, 0, map->cap * sizeof(*map->slots));
	map->n = 0;
}

/* The slot of a key, or the empty one where it would go. */
static struct idmap_slot *idmap_slot(const struct idmap *map, uint64_t key)
{
	size_t i = hash_u64(key) & (map->cap - 1);

	while (map->slots[i].value && map->slots[i].key != key)
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

bool idmap_find(const struct idmap *map, uint64_t key, uint32_t *ret)
{
	const struct idmap_slot *slot = map->cap ? idmap_slot(map, key) : NULL;

	if (!slot || !slot->value)
		return false;
	*ret = slot->value - 1;
	return true;
}

static void idmap_place(struct idmap *map, uint64_t key, uint32_t value)
{
	struct idmap_slot *slot = idmap_slot(map, key);

	map->n += !slot->value;
	*slot = (struct idmap_slot){ key, value + 1 };
}

static int idmap_double(struct idmap *map)
{
	struct idmap grown = { .cap = map->cap ? map->cap * 2 : 64 };

	grown.slots = calloc(grown.cap, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++)
		if (map->slots[i].value)
			idmap_place(&grown, map->slots[i].key, map->slots[i].value - 1);
	idmap_deinit(map);
	*map = grown;
	return 0;
}

int idmap_put(struct idmap *map, uint64_t key, uint32_t value)
{
	if (map->n >= map->cap / 10 * 7) {
		int err = idmap_double(map);

		if (err)
			return err;
	}
	idmap_place(map, key, value);
	return 0;
}

void hashindex_deinit(struct hashindex *index)
{
	free(index->slots);
	memset(index, 0, sizeof(*index));
}

/* A slot keeps the upper half of the hash, and that alone chooses its place, so that a
 * table can be doubled without asking for the hashes again. */
static size_t hashindex_home(uint32_t upper, size_t cap)
{
	return hash_u64(upper) & (cap - 1);
}

bool hashindex_find(const struct hashindex *index, uint64_t hash, hashindex_equal equal,
		    const void *ctx, uint32_t *ret)
{
	uint32_t upper = hash >> 32;

	if (!index->cap)
		return false;
	for (size_t i = hashindex_home(upper, index->cap); index->slots[i];
	     i = (i + 1) & (index->cap - 1)) {
		uint32_t number = (uint32_t)index->slots[i] - 1;

		if (index->slots[i] >> 32 == upper && equal(ctx, number)) {
			*ret = number;
			return true;
		}
	}
	return false;
}

static void hashindex_place(uint64_t *slots, size_t cap, uint64_t slot)
{
	size_t i = hashindex_home(slot >> 32, cap);

	while (slots[i])
		i = (i + 1) & (cap - 1);
	slots[i] = slot;
}

int hashindex_add(struct hashindex *index, uint64_t hash, uint32_t number)
{
	if (index->n >= index->cap / 10 * 7) {
		size_t cap = index->cap ? index->cap * 2 : 64;
		uint64_t *slots = calloc(cap, sizeof(*slots));

		if (!slots)
			return -ENOMEM;
		for (size_t i = 0; i < index->cap; i++)
			if (index->slots[i])
				hashindex_place(slots, cap, index->slots[i]);
		free(index->slots);
		index->slots = slots;
		index->cap = cap;
	}
	hashindex_place(index->slots, index->cap, (hash >> 32) << 32 | (number + 1));
	index->n++;
	return 0;
}
