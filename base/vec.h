/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growable array of any type: VEC(struct x) v = {}; vec_push(&v, item).
 * It owns its memory (vec_deinit), its items are moved when it grows, and it
 * grows by half so that appending costs constant time.
 */
#ifndef FLAMETAP_BASE_VEC_H
#define FLAMETAP_BASE_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type)          \
	struct {           \
		type *data; \
		size_t n;  \
		size_t cap; \
	}

/* Makes room for need items in all. 0 or -ENOMEM. */
int vec_grow_(void **data, size_t *cap, size_t need, size_t item_size);

#define vec_reserve(v, need)                                                   \
	((need) <= (v)->cap ? 0 :                                              \
			      vec_grow_((void **)&(v)->data, &(v)->cap, (need), \
					sizeof(*(v)->data)))

/* Appends one item. 0 or -ENOMEM. */
#define vec_push(v, ...)                                        \
	({                                                      \
		int err_ = vec_reserve((v), (v)->n + 1);        \
		if (!err_)                                      \
			(v)->data[(v)->n++] = __VA_ARGS__;      \
		err_;                                           \
	})

/* Appends count items from an array. 0 or -ENOMEM. */
#define vec_append(v, items, count)                                           \
	({                                                                    \
		size_t count_ = (count);                                      \
		int err_ = vec_reserve((v), (v)->n + count_);                 \
		if (!err_ && count_) {                                        \
			memcpy((v)->data + (v)->n, (items),                   \
			       count_ * sizeof(*(v)->data));                  \
			(v)->n += count_;                                     \
		}                                                             \
		err_;                                                         \
	})

#define vec_deinit(v)                      \
	do {                               \
		free((v)->data);           \
		(v)->data = NULL;          \
		(v)->n = (v)->cap = 0;     \
	} while (0)

#define vec_each(v, it) \
	for (__typeof__(*(v)->data) *it = (v)->data; it && it < (v)->data + (v)->n; it++)

#endif
