/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Burns the CPU seconds given (1) at the bottom of a recursion of DEPTH (400) calls of `down`
 * under `main`, in `bottom`: more frames than bpf_get_stack would walk.
 */
#include <unistd.h>

#include "workload.h"

FRAME void bottom(double seconds)
{
	spin_for(seconds);
}

FRAME void down(int depth, double seconds)
{
	if (depth > 1)
		down(depth - 1, seconds);
	else
		bottom(seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	printf("pid=%d\n", getpid());
	fflush(stdout);
	down(argc > 2 ? atoi(argv[2]) : 400, seconds_argument(argc, argv, 1, 1));
	print_cpu_seconds();
	return 0;
}
