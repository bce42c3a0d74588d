/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spends 60, 30 and 10 % of its CPU time in `sixty`, `thirty` and `ten`, all
 * called from `work`, called from `main`: each round runs one and the same
 * loop six, three and one times as long. Rounds take 0.5 to 11 ms, so that no
 * sampling frequency falls in step with them, and those of 1 kHz meet each part of
 * most rounds: their shares scatter half as much as those of random samples. Ends after the CPU seconds given
 * (5), or never with 0, and prints the CPU time it used.
 */
#include <stdbool.h>
#include <unistd.h>

#include "workload.h"

FRAME void sixty(uint64_t unit)
{
	spin(6 * unit);
}

FRAME void thirty(uint64_t unit)
{
	spin(3 * unit);
}

FRAME void ten(uint64_t unit)
{
	spin(unit);
}

FRAME void work(double seconds)
{
	uint32_t seed = 1;

	while (seconds == 0 || clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds) {
		seed = seed * 1664525 + 1013904223;
		uint64_t unit = 50000 + (seed >> 12);
		sixty(unit);
		thirty(unit);
		ten(unit);
	}
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	printf("pid=%d\n", getpid());
	fflush(stdout);
	wait_for_go();
	work(seconds_argument(argc, argv, 1, 5));
	print_cpu_seconds();
	return 0;
}
