// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes a text of words, and takes it apart again; see words.h. */
#include "words.h"

NOINLINE std::string make_text(size_t n_words, uint64_t seed)
{
	static const char *const syllables[] = { "ba", "zo", "ri",  "tu", "ka", "me",
						 "lo", "na", "shi", "ra", "no", "pe" };
	std::string text;

	for (size_t i = 0; i < n_words; i++) {
		for (int k = 0; k < 3; k++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			text += syllables[(seed >> 33) % 12];
		}
		text += ' ';
	}
	return text;
}

NOINLINE Words split_words(const std::string &text)
{
	Words words;
	size_t begin = 0;

	for (size_t i = 0; i < text.size(); i++) {
		if (text[i] != ' ')
			continue;
		words.push_back(std::string_view(text).substr(begin, i - begin));
		begin = i + 1;
	}
	return words;
}
