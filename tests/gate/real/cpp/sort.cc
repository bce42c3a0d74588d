// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorts by two orders, by instances of one template; see words.h. */
#include "table.h"
#include "words.h"

NOINLINE uint64_t sort_words(const Words &words)
{
	Words by_name(words);
	std::vector<uint64_t> by_size;
	uint64_t sum = 0;

	for (auto word : words)
		by_size.push_back(word.size() * 1000003 % 997 + static_cast<unsigned char>(word[1]));
	sort_range(by_name.data(), by_name.data() + by_name.size(),
		   [](std::string_view a, std::string_view b) { return a < b; });
	sort_range(by_size.data(), by_size.data() + by_size.size(),
		   [](uint64_t a, uint64_t b) { return a > b; });
	for (size_t i = 0; i < words.size(); i += 97)
		sum += by_name[i].size() * by_size[i];
	return sum;
}
