/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in two files, which the end-to-end tests build with one compiler
 * and set of flags after the other. Whatever these are, three quarters of its CPU
 * time are spent in the first stack, and one in the second:
 *
 *     main chain.c:510; first chain.c:300; twice chain_part.c:200; burn chain.h:100
 *     main chain.c:520; second chain.c:400; burn chain.h:100
 *
 * burn is always inlined; twice only where the linker sees both files (LTO).
 */
#ifndef CHAIN_H
#define CHAIN_H

#include <stdint.h>

#define FOUR_TIMES "imul %0, %0; imul %0, %0; imul %0, %0; imul %0, %0"
#define FRAME __attribute__((noinline, noclone, noipa))
/* At the end of a caller: the call before it cannot become a jump. */
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

void twice(uint64_t n);

static inline __attribute__((always_inline)) void burn(uint64_t n)
{
	uint64_t x = n | 1;

	/* Each waits for the one before: wherever the loop lies, it takes the same time. The
	 * compiler puts what is never run behind the function: burn has two ranges. */
#line 100
	for (uint64_t i = 0; i < n; i += 4) { __asm__ volatile(FOUR_TIMES : "+r"(x)); if (__builtin_expect(!x, 0)) __builtin_trap(); }
}

#endif
