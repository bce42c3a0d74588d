/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes one variant of a workload differ from another: how much work of a
 * fixed amount, and how much waiting, is done in which place. variants.py gives
 * the numbers on the compiler's command line, and builds each variant anew, as a
 * change to a program is.
 */
#ifndef REAL_PLACE_H
#define REAL_PLACE_H

#include <stdint.h>

/* Steps of a chain that neither compiler nor processor can shorten, at each call of the place. */
#ifndef LEAF
#define LEAF 100
#endif
#ifndef SHARED
#define SHARED 160
#endif
#ifndef LIBRARY
#define LIBRARY 10
#endif
/* Waiting at each call, in ns. */
#ifndef WAIT
#define WAIT 0
#endif

/* A macro: a function, even an inlined one, would be a frame of its own in profiles. */
#define BURN(n)                                                                                    \
	do {                                                                                       \
		uint64_t burn_ = 88172645463325252ULL;                                             \
		for (uint64_t i_ = 0; i_ < (n); i_++) {                                            \
			burn_ ^= burn_ << 13;                                                      \
			burn_ ^= burn_ >> 7;                                                       \
			burn_ ^= burn_ << 17;                                                      \
			__asm__ volatile("" : "+r"(burn_));                                        \
		}                                                                                  \
	} while (0)

/* Refactorings of no cost. A function gets another name: */
#ifdef RENAME
#define score_word rate_token
#endif
/* A helper that is inlined no longer: */
#ifdef FLIP
#define HELPER __attribute__((noinline))
#else
#define HELPER __attribute__((always_inline)) inline
#endif
/* SPLIT: one half of what a function does is done in another one. */

#define NOINLINE __attribute__((noinline))

#endif
