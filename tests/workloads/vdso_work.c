/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the vDSO for the time over and over for the CPU seconds given (1): most of its user time
 * lies in the vDSO's clock_gettime, which has an ELF image but no file.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 1);
	struct timespec t;

	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds) {
		for (int i = 0; i < 10000; i++)
			clock_gettime(CLOCK_MONOTONIC, &t);
	}
	print_cpu_seconds();
	return 0;
}
