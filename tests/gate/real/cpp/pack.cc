// SPDX-License-Identifier: GPL-2.0-or-later
/* The way into the library, and where variants wait; see words.h. */
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "../library.h"
#include "words.h"

#ifdef SPLIT
static NOINLINE uint64_t pack_rest(const unsigned char *data, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = n / 2; i < n; i++)
		sum = sum * 33 + data[i];
	return sum;
}
#endif

NOINLINE uint64_t pack_words(const std::string &text)
{
	const auto *data = reinterpret_cast<const unsigned char *>(text.data());
	uint64_t sum = 0;

	for (size_t at = 0; at + 64 <= text.size(); at += 64) {
		uint64_t first = 0, rest = 0;

		for (size_t i = 0; i < 32; i++)
			first = first * 33 + data[at + i];
#ifdef SPLIT
		rest = pack_rest(data + at, 64);
#else
		for (size_t i = 32; i < 64; i++)
			rest = rest * 33 + data[at + i];
#endif
		sum += library_pack(data + at, 64) + first + rest;
	}
	return sum + library_check(data, text.size() / 4);
}

/* For what nobody ever says. */
NOINLINE uint64_t wait_turn(uint64_t number)
{
	std::mutex lock;
	std::condition_variable changed;
	std::unique_lock<std::mutex> guard(lock);

	if (WAIT)
		changed.wait_for(guard, std::chrono::nanoseconds(WAIT), [] { return false; });
	return number;
}
