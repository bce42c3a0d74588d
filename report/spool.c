// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies a pipe to a temporary file without a name in TMPDIR, /tmp or memory,
 * whichever there is first.
 */
#include "report/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/read.h"
#include "report/format.h"

enum { BLOCK = 64 * 1024 };

static bool is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

ssize_t spool_peek(int fd, void *start, size_t size)
{
	return read_full(fd, start, size, is_regular(fd) ? 0 : READ_ON);
}

int spool_create(void)
{
	const char *dir = secure_getenv("TMPDIR");
	int fd = -1;

	if (dir)
		fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("flametap", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int spool_write(int fd, const void *bytes, size_t n)
{
	const char *data = bytes;

	while (n) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		data += done;
		n -= done;
	}
	return 0;
}

static int spool_copy(int from, int to, uint64_t n, struct report_error *error)
{
	guard_free char *block = malloc(BLOCK);

	if (!block)
		return -ENOMEM;
	for (;;) {
		ssize_t got = read(from, block, BLOCK);
		int err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		n += got;
		if (n > SPOOL_MAX) {
			report_error_set(error, "has more than %llu bytes",
					 (unsigned long long)SPOOL_MAX);
			return -EINVAL;
		}
		err = spool_write(to, block, got);
		if (err)
			return err;
	}
}

int spool_open(int fd, const void *start, size_t n, struct report_error *error, int *ret)
{
	guard_close int copy = -1;
	int err;

	if (is_regular(fd)) {
		*ret = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		return *ret < 0 ? -errno : 0;
	}
	copy = spool_create();
	if (copy < 0)
		return copy;
	err = spool_write(copy, start, n);
	if (!err)
		err = spool_copy(fd, copy, n, error);
	if (!err && lseek(copy, 0, SEEK_SET) < 0)
		err = -errno;
	if (err)
		return err;
	*ret = take_fd(copy);
	return 0;
}
