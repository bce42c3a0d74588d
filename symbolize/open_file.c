// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * First a descriptor that only stands for the file, to see what it is; then
 * that very file for reading.
 */
#include "symbolize/open_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/guard.h"

static int open_place(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	if (root_fd < 0)
		return open(path, O_PATH | O_CLOEXEC);
	return syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
}

int open_file_regular(int root_fd, const char *path)
{
	guard_close int place = open_place(root_fd, path);
	struct stat stat;
	char link[40];
	int fd;

	if (place < 0 || fstat(place, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -EACCES;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
