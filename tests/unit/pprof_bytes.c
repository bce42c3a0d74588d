// SPDX-License-Identifier: GPL-2.0-or-later
/* Profiles to bytes and bytes to profiles, by way of files that are only in memory. */
#include "tests/unit/pprof_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/guard.h"
#include "report/formats.h"

void bytes_deinit(struct bytes *bytes)
{
	free(bytes->data);
}

void write_pprof(const struct profile *profile, struct bytes *ret)
{
	guard_fclose FILE *out = open_memstream(&ret->data, &ret->n);

	assert_non_null(out);
	assert_int_equal(pprof_write(profile, NULL, out), 0);
	assert_int_equal(fflush(out), 0);
}

int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

int read_bytes(const void *bytes, size_t n, struct profile *profile,
		      struct report_error *error)
{
	guard_close int fd = memory_file(bytes, n);

	assert_int_equal(profile_init(profile), 0);
	return report_read(fd, profile, error);
}
