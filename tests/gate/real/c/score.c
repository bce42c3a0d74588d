// SPDX-License-Identifier: GPL-2.0-or-later
/* The leaf and what calls it, and where variants wait; see text.h. */
#include <time.h>

#include "../place.h"
#include "text.h"

/* Once for a word: what is flipped from inlined to not must cost next to nothing either way. */
static HELPER uint64_t fold_case(uint64_t c)
{
	return c - 'A' < 26 ? c + 32 : c;
}

NOINLINE uint64_t score_word(const unsigned char *text, size_t n)
{
	uint64_t score = n;

	BURN(LEAF);
	for (size_t i = 0; i < n; i++)
		score = score * 31 + text[i];
	return score;
}

NOINLINE uint64_t score_text(const unsigned char *text, size_t n)
{
	uint64_t first = n ? fold_case(text[0]) : 0;
	uint64_t score = score_word(text, n);

	return score ^ first;
}

NOINLINE uint64_t wait_turn(uint64_t number)
{
	struct timespec time = {.tv_nsec = WAIT};

	if (time.tv_nsec)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	return number;
}
