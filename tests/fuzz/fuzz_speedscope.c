/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Speedscope files. What can be read is written and read again: the sums stay,
 * and what is written then is the same text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
	char *bytes;
	size_t n;
	int64_t sum;
};

static void text_deinit(struct text *text)
{
	free(text->bytes);
}

static int read_and_write(const void *data, size_t size, struct text *ret)
{
	static const struct report_options options;
	guard(profile_deinit) struct profile profile = {};
	guard_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	guard_fclose FILE *out = NULL;
	struct report_error error = {""};
	int err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || profile_init(&profile))
		return -1;
	err = speedscope_read(fd, &profile, &error);
	if (err) {
		if (err == -EINVAL && !error.text[0])
			abort();
		return err;
	}
	vec_each(&profile.values, value)
		ret->sum += *value;
	out = open_memstream(&ret->bytes, &ret->n);
	if (!out || profile_finish(&profile) || speedscope_write(&profile, &options, out))
		return -1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	guard(text_deinit) struct text once = {};
	guard(text_deinit) struct text twice = {};
	guard(text_deinit) struct text thrice = {};

	speedscope_probe(data, size);
	if (read_and_write(data, size, &once))
		return 0;
	if (read_and_write(once.bytes, once.n, &twice) ||
	    read_and_write(twice.bytes, twice.n, &thrice))
		abort();
	if (once.sum != twice.sum || twice.sum != thrice.sum || twice.n != thrice.n ||
	    memcmp(twice.bytes, thrice.bytes, twice.n))
		abort();
	return 0;
}
