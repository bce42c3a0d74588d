/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof files in memory, for their tests: written by flametap or put together
 * byte by byte, and read as any file is. Any error of the machine's fails the test.
 */
#ifndef FLAMETAP_TESTS_UNIT_PPROF_BYTES_H
#define FLAMETAP_TESTS_UNIT_PPROF_BYTES_H

#include <stddef.h>

#include "report/format.h"
#include "report/profile.h"

struct bytes {
	char *data;
	size_t n;
};

void bytes_deinit(struct bytes *bytes);
void write_pprof(const struct profile *profile, struct bytes *ret);
/* A descriptor of a file with these bytes, at its start. */
int memory_file(const void *bytes, size_t n);
/* Initializes the profile and reads the bytes into it: 0 or a negative errno. */
int read_bytes(const void *bytes, size_t n, struct profile *profile, struct report_error *error);

#endif
