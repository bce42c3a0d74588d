// SPDX-License-Identifier: GPL-2.0-or-later
/* Goes on after short reads and signals, until all is there or the end. */
#include "base/read.h"

#include <errno.h>
#include <unistd.h>

ssize_t read_full(int fd, void *to, size_t n, int64_t offset)
{
	size_t done = 0;

	while (done < n) {
		char *rest = (char *)to + done;
		ssize_t got = offset == READ_ON ? read(fd, rest, n - done)
						: pread(fd, rest, n - done, offset + done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		done += got;
	}
	return done;
}
