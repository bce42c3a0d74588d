/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest.json of flametap ab. What can be read is written, read again and
 * written again: both texts must be the same, and files stay below DIR.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "gate/manifest.h"
#include "report/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gate_manifest *manifest)
{
	vec_each(&manifest->runs, run)
		if (*run->file == '/' || strstr(run->file, "/../") ||
		    !strncmp(run->file, "../", 3) || run->pair >= manifest->max_pairs)
			abort();
}

static int read_and_write(const void *data, size_t size, char **ret, size_t *ret_n)
{
	guard(gate_manifest_deinit) struct gate_manifest manifest = {};
	guard_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	guard_fclose FILE *out = NULL;
	struct report_error error = {""};
	int err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		return -EIO;
	err = gate_manifest_read(fd, &manifest, &error);
	if (err) {
		if (err == -EINVAL && !error.text[0])
			abort();
		return err;
	}
	check(&manifest);
	out = open_memstream(ret, ret_n);
	return out ? gate_manifest_write(&manifest, out) : -ENOMEM;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	guard_free char *once = NULL;
	guard_free char *twice = NULL;
	size_t n_once, n_twice;

	if (read_and_write(data, size, &once, &n_once))
		return 0;
	if (read_and_write(once, n_once, &twice, &n_twice) || n_once != n_twice ||
	    memcmp(once, twice, n_once))
		abort();
	return 0;
}
