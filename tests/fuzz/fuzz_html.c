/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages and whatever else is known by its first bytes: what is refused is
 * refused with a word, and what is read can be written as every format.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct report_options options = {.threads = true, .lines = true};
	guard(profile_deinit) struct profile profile = {};
	guard_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	guard_fclose FILE *out = fopen("/dev/null", "we");
	struct report_error error = {""};
	int err;

	if (fd < 0 || !out || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) ||
	    profile_init(&profile))
		return 0;
	err = report_read(fd, &profile, &error);
	if (err) {
		if (err == -EINVAL && !error.text[0])
			abort();
		return 0;
	}
	if (profile_finish(&profile))
		return 0;
	for (const struct report_format *format = report_formats(); format->name; format++)
		if (format->write && format->write(&profile, &options, out))
			abort();
	return 0;
}
