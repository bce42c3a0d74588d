/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spends 75 % of its CPU time in `burn`, inlined at line 200 into `twice`, which
 * is inlined at line 300 into `first`; and 25 % in `burn`, inlined at line 400
 * into `second`. main calls `first` and `second`, in rounds of 0.4 to 9 ms, which no
 * sampling frequency falls in step with. Built with -g. Ends after the
 * CPU seconds given (2).
 */
#include "workload.h"

#define INLINED static inline __attribute__((always_inline))

INLINED void burn(uint64_t n)
{
	uint64_t x = n;

	KEEP_FRAME();
#line 100
	for (uint64_t i = 0; i < n; i++) __asm__ volatile("imul %0, %0" : "+r"(x));
}

INLINED void twice(uint64_t n)
{
#line 200
	burn(n);
}

FRAME void first(uint64_t n)
{
#line 300
	twice(n);
}

FRAME void second(uint64_t n)
{
#line 400
	burn(n);
}

#line 500
int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 2);
	uint32_t seed = 1;

	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds) {
		seed = seed * 1664525 + 1013904223;
		uint64_t unit = 100000 + (seed >> 11);
		first(3 * unit);
		second(unit);
	}
	return 0;
}
