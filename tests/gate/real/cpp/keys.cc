// SPDX-License-Identifier: GPL-2.0-or-later
/* The shared callee and the three phases that call it; see words.h. */
#include "table.h"
#include "words.h"

NOINLINE uint64_t mix_key(std::string_view word)
{
	uint64_t key = 14695981039346656037ULL;

	for (char c : word) {
		key ^= static_cast<unsigned char>(c);
		key *= 0x9e3779b97f4a7c15ULL;
		key ^= key >> 29;
	}
	/* Few calls with many steps: a step more in each would be a large step. */
	if ((key & 15) == 0)
		BURN(SHARED);
	return key;
}

NOINLINE uint64_t count_words(const Words &words)
{
	Table<std::string_view, uint32_t> table(13);
	uint64_t most = 0;

	for (auto word : words)
		table.at(mix_key(word), word)++;
	table.each([&](std::string_view, uint32_t n) { most = n > most ? n : most; });
	return most;
}

NOINLINE uint64_t index_words(const Words &words)
{
	Table<uint64_t, uint64_t> last(13);
	uint64_t distance = 0;

	for (size_t i = 0; i < words.size(); i++) {
		uint64_t key = mix_key(words[i]);
		uint64_t &seen = last.at(key, key);

		distance += i - seen;
		seen = i;
	}
	return distance;
}

NOINLINE uint64_t sketch_words(const Words &words)
{
	uint64_t sketch[64] = {};
	uint64_t sum = 0;

	for (auto word : words) {
		uint64_t key = mix_key(word);

		sketch[key & 63] ^= key;
	}
	for (uint64_t part : sketch)
		sum += part;
	return sum;
}
