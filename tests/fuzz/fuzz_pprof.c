/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pprof files, packed or not. What can be read is written, read again and
 * written again: the two files must be the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0 and the file as it is written, or the error of reading it. */
static int read_and_write(const void *data, size_t size, char **ret, size_t *ret_n)
{
	guard(profile_deinit) struct profile profile = {};
	guard_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	guard_fclose FILE *out = NULL;
	struct report_error error = {""};
	int err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || profile_init(&profile))
		return -1;
	err = pprof_read(fd, &profile, &error);
	if (err) {
		if (!error.text[0])
			abort();
		return err;
	}
	out = open_memstream(ret, ret_n);
	if (!out || profile_finish(&profile) || pprof_write(&profile, NULL, out))
		return -1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	guard_free char *once = NULL;
	guard_free char *twice = NULL;
	size_t n_once;
	size_t n_twice;

	pprof_probe(data, size);
	if (read_and_write(data, size, &once, &n_once))
		return 0;
	if (read_and_write(once, n_once, &twice, &n_twice) || n_once != n_twice ||
	    memcmp(once, twice, n_once))
		abort();
	return 0;
}
