/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module of depth.c: 256 functions with frames of several sizes that each
 * call one of the next module or of their own, whichever the path says.
 */
#include "depth.h"
#include "workload.h"

static inline __attribute__((always_inline)) void go_on(const struct depth *depth, uint64_t path,
							uint32_t left)
{
	path = path * 6364136223846793005ULL + 1442695040888963407ULL;
	if (!left)
		depth->leaf(depth, path, 0);
	else
		depth->frames[left / DEPTH_RUN % DEPTH_MODULES][path >> 56](depth, path, left - 1);
	/* Wanted after the call, so kept in registers that the function has to save. */
	__asm__ volatile("" : : "r"(depth), "r"(path), "r"(left) : "memory");
}

#define NAME(n) frame_##n
#define FUNCTION(n) \
	static FRAME void NAME(n)(const struct depth *depth, uint64_t path, uint32_t left) \
	{ \
		char room[16 + (0x##n & 31) * 16]; \
		__asm__ volatile("" : : "r"(room) : "memory"); \
		go_on(depth, path, left); \
	}
#define ENTRY(n) NAME(n),
#define EACH_16(do, n) \
	do(n##0) do(n##1) do(n##2) do(n##3) do(n##4) do(n##5) do(n##6) do(n##7) \
	do(n##8) do(n##9) do(n##a) do(n##b) do(n##c) do(n##d) do(n##e) do(n##f)
#define EACH(do) \
	EACH_16(do, 0) EACH_16(do, 1) EACH_16(do, 2) EACH_16(do, 3) \
	EACH_16(do, 4) EACH_16(do, 5) EACH_16(do, 6) EACH_16(do, 7) \
	EACH_16(do, 8) EACH_16(do, 9) EACH_16(do, a) EACH_16(do, b) \
	EACH_16(do, c) EACH_16(do, d) EACH_16(do, e) EACH_16(do, f)

EACH(FUNCTION)

const depth_fn FRAMES[DEPTH_FRAMES] = { EACH(ENTRY) };
