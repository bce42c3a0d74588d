/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spends nearly all of the CPU seconds given (1) in the kernel, filling a buffer
 * from /dev/zero, called from `main;fill`.
 */
#include <fcntl.h>
#include <unistd.h>

#include "workload.h"

static char buffer[1 << 20];

FRAME void fill(int fd)
{
	if (call_kernel(SYS_read, fd, (long)buffer, sizeof(buffer)) < 0)
		exit(1);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 1);
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 1;
	printf("pid=%d\n", getpid());
	fflush(stdout);
	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds)
		fill(fd);
	print_cpu_seconds();
	return 0;
}
