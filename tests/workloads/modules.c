// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps files as a loader maps code, prints its pid and computes until it is killed:
 * `modules FILE...`.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "workload.h"

FRAME void compute(void)
{
	for (;;)
		spin(60000);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);
		struct stat status;

		if (fd < 0 || fstat(fd, &status) ||
		    mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) ==
			    MAP_FAILED) {
			perror(argv[i]);
			return 1;
		}
		close(fd);
	}
	printf("pid=%d\n", getpid());
	fflush(stdout);
	compute();
}
