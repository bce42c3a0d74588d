/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of names in a directory of its own, for one test: made by the
 * test's setup, removed by its teardown. Any error fails the test.
 */
#ifndef FLAMETAP_TESTS_UNIT_OWN_CACHE_H
#define FLAMETAP_TESTS_UNIT_OWN_CACHE_H

#include <stdint.h>
#include <sys/types.h>

#include "symbolize/name_cache.h"

struct own_cache {
	char path[64];
	struct name_cache *cache;
};

int own_cache_setup(void **state);
int own_cache_teardown(void **state);
/* Anew, with a bound in bytes (0: the usual one). */
void own_cache_open(struct own_cache *world, uint64_t max_bytes);
/* Names of the files there, in no order; gives how many. */
int own_cache_list(const struct own_cache *world, char names[][256], int max);
/* The path of the one file there is; good until the next call. */
const char *own_cache_file(const struct own_cache *world);
void own_cache_change_byte(const char *path, off_t at);

#endif
