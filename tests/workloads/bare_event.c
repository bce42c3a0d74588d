/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sampling costs by itself: opens a cpu-clock event at a frequency on the threads of a
 * process, without stacks and without anyone who reads, and waits until it is killed:
 * `bare_event HZ PID`. Prints ready=1 when it is on.
 */
#include <dirent.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID,
	};
	struct dirent *entry;
	char path[64];
	DIR *dir;

	if (argc < 3)
		return 2;
	attr.sample_freq = strtoull(argv[1], NULL, 10);
	snprintf(path, sizeof(path), "/proc/%s/task", argv[2]);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		fd = (int)syscall(SYS_perf_event_open, &attr, atoi(entry->d_name), -1, -1,
				  PERF_FLAG_FD_CLOEXEC);
		/* Without a buffer no sample is made; one that is only read is overwritten. */
		if (fd < 0 || mmap(NULL, 2 * (size_t)getpagesize(), PROT_READ, MAP_SHARED, fd,
				   0) == MAP_FAILED) {
			perror("bare_event");
			return 1;
		}
	}
	printf("ready=1\n");
	fflush(stdout);
	for (;;)
		pause();
}
