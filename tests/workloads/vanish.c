/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program whose file goes away while it runs: burns in BURN for half of the
 * seconds given (1), deletes its own file (`vanish SECONDS`) or puts another in its place
 * (`vanish SECONDS OTHER`), and burns the other half. The other one is built from the
 * same source with another name at the same address: that name is never right.
 */
#include <unistd.h>

#include "workload.h"

FRAME void BURN(double seconds);

FRAME void BURN(double seconds)
{
	spin_for(seconds);
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 1);
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return 1;
	path[n] = 0;
	printf("pid=%d\n", getpid());
	fflush(stdout);
	BURN(seconds / 2);
	if (argc > 2 ? rename(argv[2], path) : unlink(path))
		return 1;
	printf("gone=1\n");
	fflush(stdout);
	BURN(seconds / 2);
	print_cpu_seconds();
	return 0;
}
