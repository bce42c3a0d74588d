/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work on short texts, as sqlite3 calls it through an extension and python3 through ctypes. */
#ifndef REAL_TEXT_H
#define REAL_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* The leaf: called from one place. */
uint64_t score_word(const unsigned char *text, size_t n);
/* The shared callee: called by the three below. */
uint64_t mix_key(const unsigned char *text, size_t n);

uint64_t sketch_text(const unsigned char *text, size_t n);
uint64_t rank_text(const unsigned char *text, size_t n);
uint64_t group_text(const unsigned char *text, size_t n);
/* Goes through the library. */
uint64_t pack_text(const unsigned char *text, size_t n);
/* Calls the leaf. */
uint64_t score_text(const unsigned char *text, size_t n);
/* Waits, in the variants that wait. */
uint64_t wait_turn(uint64_t number);

#endif
