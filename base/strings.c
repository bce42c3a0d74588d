// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Strings are copied into chunks that never move, so that a caller may keep
 * the pointer; a long one gets a chunk of its own.
 */
#include "base/strings.h"

#include <errno.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };

int strings_init(struct strings *strings)
{
	uint32_t empty;

	memset(strings, 0, sizeof(*strings));
	return strings_intern(strings, "", 0, &empty);
}

void strings_deinit(struct strings *strings)
{
	vec_each(&strings->chunks, chunk)
		free(*chunk);
	vec_deinit(&strings->chunks);
	vec_deinit(&strings->items);
	hashindex_deinit(&strings->index);
	strings->chunk_left = strings->bytes = 0;
}

struct wanted {
	const struct strings *strings;
	const char *bytes;
	size_t length;
};

static bool strings_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;
	const struct strings_item *item = &wanted->strings->items.data[number];

	return item->length == wanted->length && !memcmp(item->bytes, wanted->bytes, item->length);
}

/* The chunk being filled is the last of the list; a big string goes before it. */
static int strings_copy(struct strings *strings, const char *bytes, size_t length, const char **ret)
{
	size_t need = length + 1;
	char *place;
	int err;

	if (need > CHUNK / 4) {
		place = malloc(need);
		if (!place)
			return -ENOMEM;
		err = vec_push(&strings->chunks, place);
		if (err) {
			free(place);
			return err;
		}
		if (strings->chunks.n > 1) {
			char **last = strings->chunks.data + strings->chunks.n - 1;

			last[0] = last[-1];
			last[-1] = place;
		} else {
			strings->chunk_left = 0;
		}
	} else {
		if (need > strings->chunk_left) {
			place = malloc(CHUNK);
			if (!place)
				return -ENOMEM;
			err = vec_push(&strings->chunks, place);
			if (err) {
				free(place);
				return err;
			}
			strings->chunk_left = CHUNK;
		}
		place = strings->chunks.data[strings->chunks.n - 1] + CHUNK - strings->chunk_left;
		strings->chunk_left -= need;
	}
	memcpy(place, bytes, length);
	place[length] = '\0';
	strings->bytes += need;
	*ret = place;
	return 0;
}

int strings_intern(struct strings *strings, const char *bytes, size_t length, uint32_t *ret)
{
	struct wanted wanted = { strings, bytes, length };
	uint64_t hash = hash_bytes(bytes, length);
	struct strings_item item = { .length = length };
	int err;

	if (hashindex_find(&strings->index, hash, strings_equal, &wanted, ret))
		return 0;
	if (strings->limit && (length > strings->limit ||
			       strings->bytes + strings->items.n * STRINGS_EACH >
				       strings->limit - length)) {
		strings->n_refused++;
		*ret = 0;
		return 0;
	}
	if (length >= UINT32_MAX || strings->items.n >= UINT32_MAX - 1)
		return -E2BIG;
	err = strings_copy(strings, bytes, length, &item.bytes);
	if (err)
		return err;
	err = vec_push(&strings->items, item);
	if (err)
		return err;
	err = hashindex_add(&strings->index, hash, strings->items.n - 1);
	if (err) {
		strings->items.n--;
		return err;
	}
	*ret = strings->items.n - 1;
	return 0;
}

int strings_intern_cstr(struct strings *strings, const char *s, uint32_t *ret)
{
	return strings_intern(strings, s, strlen(s), ret);
}
