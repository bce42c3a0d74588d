// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `flametap gate --self-test` runs: flametap itself, as a program that does
 * a fixed amount of work in two functions. Not for people: --help does not have it.
 */
#include "profiler/self_test.h"

#include <stdint.h>

#include "profiler/message.h"
#include "profiler/options_shared.h"
#include "profiler/verb.h"

/* In the dynamic symbol table (see CMakeLists.txt), which a stripped flametap keeps, too. */
#define EXPORTED __attribute__((noinline, visibility("default")))

/* One multiplication waits for the one before: whatever surrounds it, it takes the same time. */
static inline __attribute__((always_inline)) void spin(uint64_t n)
{
	uint64_t x = n;

	for (uint64_t i = 0; i < n; i++) {
		x = x * 6364136223846793005 + 1442695040888963407;
		__asm__ volatile("" : "+r"(x));
	}
}

EXPORTED void self_test_steady(uint64_t n);
EXPORTED void self_test_changed(uint64_t n);

void self_test_steady(uint64_t n)
{
	spin(n);
}

void self_test_changed(uint64_t n)
{
	spin(n);
	/* Else the linker may make one of the two. */
	__asm__ volatile("nop");
}

void self_test_work(uint64_t steady, uint64_t changed)
{
	enum { TURNS = 16 };

	for (int i = 0; i < TURNS; i++) {
		self_test_steady(steady / TURNS);
		self_test_changed(changed / TURNS);
	}
}

int verb_self_test_work(int argc, char **argv)
{
	uint64_t steady, changed;

	if (argc != 3 || options_parse_u64(argv[1], &steady) ||
	    options_parse_u64(argv[2], &changed)) {
		message("%s: what gate --self-test runs; see flametap gate --help", argv[0]);
		return EXIT_USAGE;
	}
	self_test_work(steady, changed);
	return EXIT_DONE;
}
