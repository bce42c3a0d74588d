/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See chain.h. Ends after the CPU seconds given (0.2). */
#include <stdlib.h>
#include <time.h>

#include "chain.h"

static double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

FRAME void first(uint64_t n)
{
#line 300
	twice(n);
	NO_TAIL_CALL();
}

FRAME void second(uint64_t n)
{
#line 400
	burn(n);
	NO_TAIL_CALL();
}

#line 500
int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 0.2;
	uint32_t seed = 1;

	for (int i = 1; i % 10 || cpu_seconds() < seconds; i++) {
		seed = seed * 1664525 + 1013904223;
		uint64_t unit = 20000 + (seed >> 18);
#line 510
		first(3 * unit);
#line 520
		second(unit);
	}
	return 0;
}
