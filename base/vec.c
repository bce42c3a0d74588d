// SPDX-License-Identifier: GPL-2.0-or-later
/* The one function behind VEC(): growing the memory, with overflow checked. */
#include "base/vec.h"

#include <stdint.h>

int vec_grow_(void **data, size_t *cap, size_t need, size_t item_size)
{
	size_t want = *cap + *cap / 2;
	size_t bytes;
	void *grown;

	if (want < need)
		want = need;
	if (want < 8)
		want = 8;
	if (__builtin_mul_overflow(want, item_size, &bytes) || bytes > PTRDIFF_MAX)
		return -ENOMEM;
	grown = realloc(*data, bytes);
	if (!grown)
		return -ENOMEM;
	*data = grown;
	*cap = want;
	return 0;
}
