/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a fixed amount of work under a stack of a known depth and prints the CPU seconds that it
 * took: `depth FRAMES ROUNDS [KIB]`, 1,000 rounds being about a second. FRAMES counts from the
 * leaf to _start. The stacks are 64 paths through 768 functions in three modules, four calls in
 * each before the next. With KIB the work goes through that much memory, so that what a sample
 * needs is not in the caches. depth_fp is the same with frame pointers.
 */
#include "depth.h"
#include "workload.h"

enum { PATHS = 64, OUTER = 5 /* _start, two of libc, main; the leaf */ };

FRAME void leaf_work(const struct depth *depth, uint64_t path, uint32_t left);
FRAME void leaf_work(const struct depth *depth, uint64_t path, uint32_t left)
{
	static uint64_t memory[1 << 22];

	(void)path, (void)left;
	for (uint32_t i = 0; i < depth->kib * 128; i += 8)
		memory[i & ((1 << 22) - 1)]++;
	spin(depth->kib ? 200 : 12000);
}

int main(int argc, char **argv)
{
	struct depth depth = {
		.frames = { depth_frames_0, depth_frames_1, depth_frames_2 },
		.leaf = leaf_work,
		.kib = argc > 3 ? (uint32_t)atoi(argv[3]) : 0,
	};
	uint32_t frames = argc > 1 ? (uint32_t)atoi(argv[1]) : 30;
	uint32_t rounds = argc > 2 ? (uint32_t)atoi(argv[2]) : 1000;
	/* The first function is called here. */
	uint32_t left = frames > OUTER + 1 ? frames - OUTER - 1 : 0;

	printf("pid=%d\n", getpid());
	fflush(stdout);
	for (uint32_t i = 0; i < rounds * PATHS; i++) {
		uint64_t path = (i % PATHS + 1) * 0x9e3779b97f4a7c15ULL;

		depth.frames[left / DEPTH_RUN % DEPTH_MODULES][path >> 56](&depth, path, left);
	}
	print_cpu_seconds();
	return 0;
}
