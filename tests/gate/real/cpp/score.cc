// SPDX-License-Identifier: GPL-2.0-or-later
/* The leaf and what calls it; see words.h. */
#include "words.h"

/* Once for a word: what is flipped from inlined to not must cost next to nothing either way. */
static HELPER uint64_t fold_case(uint64_t c)
{
	return c - 'A' < 26 ? c + 32 : c;
}

NOINLINE uint64_t score_word(std::string_view word)
{
	uint64_t score = word.size();

	BURN(LEAF);
	for (char c : word)
		score = score * 31 + static_cast<unsigned char>(c);
	return score;
}

NOINLINE uint64_t score_words(const Words &words)
{
	uint64_t best = 0;

	for (size_t i = 0; i < words.size(); i += 2) {
		uint64_t score = score_word(words[i]) ^ fold_case(words[i][0]);

		best = score > best ? score : best;
	}
	return best;
}
