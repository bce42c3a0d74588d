/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hashing, and two open-addressing tables over u32 numbers: struct idmap maps
 * a u64 key to a u32; struct hashindex finds the number of an item that lives
 * in the caller's own array. Neither knows what the numbers mean. None of it
 * is meant to withstand someone who chooses keys to collide.
 */
#ifndef FLAMETAP_BASE_HASH_H
#define FLAMETAP_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t hash_u64(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static inline uint64_t hash_pair(uint64_t a, uint64_t b)
{
	return hash_u64(hash_u64(a + 0x9e3779b97f4a7c15ULL) ^ b);
}

uint64_t hash_bytes(const void *data, size_t n);

/* u64 -> u32. Zero-initialize; idmap_deinit frees. Any key is allowed. */
struct idmap_slot {
	uint64_t key;
	uint32_t value; /* + 1; 0 is an empty slot. In one place with its key: one cache line. */
};

struct idmap {
	struct idmap_slot *slots;
	size_t n;
	size_t cap; /* a power of two, or 0 */
};

void idmap_deinit(struct idmap *map);
/* Empties the map and keeps its memory. */
void idmap_clear(struct idmap *map);
/* True and *ret if the key is there. */
bool idmap_find(const struct idmap *map, uint64_t key, uint32_t *ret);
/* Adds or replaces; value < UINT32_MAX. 0 or -ENOMEM. */
int idmap_put(struct idmap *map, uint64_t key, uint32_t value);

/* hash -> number of an item kept elsewhere. Zero-initialize. */
struct hashindex {
	uint64_t *slots; /* upper half of the hash << 32 | number + 1; 0 is empty */
	size_t n;
	size_t cap;
};

/* Says whether item number is the one that ctx describes. */
typedef bool (*hashindex_equal)(const void *ctx, uint32_t number);

void hashindex_deinit(struct hashindex *index);
bool hashindex_find(const struct hashindex *index, uint64_t hash, hashindex_equal equal,
		    const void *ctx, uint32_t *ret);
/* Adds a number under a hash (not checked for presence). 0 or -ENOMEM. */
int hashindex_add(struct hashindex *index, uint64_t hash, uint32_t number);

#endif
