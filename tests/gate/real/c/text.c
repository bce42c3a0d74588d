// SPDX-License-Identifier: GPL-2.0-or-later
/* The shared callee and its three callers, and the way into the library; see text.h. */
#include "../library.h"
#include "../place.h"
#include "text.h"

NOINLINE uint64_t mix_key(const unsigned char *text, size_t n)
{
	uint64_t key = 14695981039346656037ULL;

	for (size_t i = 0; i < n; i++) {
		key ^= text[i];
		key *= 0x9e3779b97f4a7c15ULL;
		key ^= key >> 29;
	}
	/* Few calls with many steps: a step more in each would be a large step. */
	if ((key & 15) == 0)
		BURN(SHARED);
	return key;
}

NOINLINE uint64_t sketch_text(const unsigned char *text, size_t n)
{
	uint64_t sketch = 0;

	for (size_t at = 0; at + 8 <= n; at += 4)
		sketch |= 1ULL << (mix_key(text + at, 8) & 63);
	return sketch;
}

NOINLINE uint64_t rank_text(const unsigned char *text, size_t n)
{
	uint64_t rank = mix_key(text, n / 2);

	for (size_t i = n / 2; i < n; i++)
		rank += text[i] * (i + 1);
	return rank;
}

NOINLINE uint64_t group_text(const unsigned char *text, size_t n)
{
	return mix_key(text, n) % 101;
}

#ifdef SPLIT
static NOINLINE uint64_t pack_rest(const unsigned char *text, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = n / 2; i < n; i++)
		sum = sum * 33 + text[i];
	return sum;
}
#endif

NOINLINE uint64_t pack_text(const unsigned char *text, size_t n)
{
	uint64_t first = 0, sum = 0;

	for (size_t i = 0; i < n / 2; i++)
		first = first * 33 + text[i];
#ifdef SPLIT
	sum = pack_rest(text, n);
#else
	for (size_t i = n / 2; i < n; i++)
		sum = sum * 33 + text[i];
#endif
	return library_pack(text, n) + library_check(text, n / 4) + first + sum;
}
