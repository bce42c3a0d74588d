// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves a page of data N times, as fast as it can (the first argument), then spins for so many
 * seconds of CPU time (the second). With N 0 it goes on moving until it is killed. Prints how
 * many moves there were.
 */
#include "workload.h"

#include <sys/mman.h>

int main(int argc, char **argv)
{
	unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, n = 0;
	char *places = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	if (places == MAP_FAILED)
		return 1;
	wait_for_go();
	for (; !most || n < most; n++) {
		char *from = places + n % 2 * 4096, *to = places + (n + 1) % 2 * 4096;

		if (mremap(from, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
			return 1;
	}
	spin_for(seconds_argument(argc, argv, 2, 0.5));
	printf("moves=%lu\n", n);
	print_cpu_seconds();
	return 0;
}
