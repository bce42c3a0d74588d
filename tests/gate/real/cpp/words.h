/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The C++ workload: words are made, split, counted, indexed, sorted, scored and
 * packed. Each phase is a function of its own; the places where variants differ
 * are score_word (a leaf), mix_key (called by three phases), the library, and
 * wait_turn.
 */
#ifndef REAL_WORDS_H
#define REAL_WORDS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../place.h"

using Words = std::vector<std::string_view>;

std::string make_text(size_t n_words, uint64_t seed);
Words split_words(const std::string &text);

/* The shared callee. */
uint64_t mix_key(std::string_view word);
uint64_t count_words(const Words &words);
uint64_t index_words(const Words &words);
uint64_t sketch_words(const Words &words);

uint64_t sort_words(const Words &words);

/* The leaf. */
uint64_t score_word(std::string_view word);
uint64_t score_words(const Words &words);

uint64_t pack_words(const std::string &text);

/* Waits for a lock that somebody else has, in the variants that wait. */
uint64_t wait_turn(uint64_t number);

#endif
