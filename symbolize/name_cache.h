/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of names that were worked out before: one file for each key,
 * written whole or not at all, so that any number of processes may use it at
 * once and anyone may delete any of it at any time. What is damaged, or is not
 * this user's own, counts as not there. Of all that is in the directory the
 * oldest goes when it is more than the bound.
 */
#ifndef FLAMETAP_SYMBOLIZE_NAME_CACHE_H
#define FLAMETAP_SYMBOLIZE_NAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "symbolize/name_cache_entry.h"

struct name_cache_table;

struct name_cache_options {
	/* The directory, which nobody else may write to; taken over in each case. */
	int dir_fd;
	/* What tells this program from an older one that knew less: its build-id. Borrowed during
	 * the call. */
	const uint8_t *program;
	size_t program_size; /* at most NAME_CACHE_ID_SIZE */
	uint64_t max_bytes;  /* 0: NAME_CACHE_MAX */
};

enum {
	NAME_CACHE_MAX = 256 << 20,
};

/* May be used by several threads at once. */
struct name_cache;

/* 0 or -ENOMEM. */
int name_cache_create(const struct name_cache_options *options, struct name_cache **ret);
/* Throws away what is too much, if anything was written. */
void name_cache_destroy(struct name_cache *cache);

/* The part of a key that is the cache's own. */
void name_cache_begin_key(const struct name_cache *cache, struct name_cache_key *key);
/* 0; -ENOENT: nothing is known; -ENOMEM. A damaged file is deleted. */
int name_cache_load(struct name_cache *cache, const struct name_cache_key *key,
		    struct name_cache_entry *ret);
/* Puts the table's answers (see name_cache_table_bytes) in the place of those that were known. 0
 * or a negative errno, after which those are still there. */
int name_cache_store(struct name_cache *cache, const struct name_cache_key *key,
		     struct name_cache_table *table, uint32_t flags);
/* The last error of name_cache_store; 0: there was none. */
int name_cache_error(const struct name_cache *cache);

#endif
