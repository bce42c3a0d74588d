/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SVG files that are read back: what is refused is refused with a word. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "report/embedded.h"
#include "report/format.h"
#include "report/formats.h"
#include "report/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	guard(profile_deinit) struct profile profile = {};
	guard_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct report_error error = {""};

	svg_probe(data, size);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || profile_init(&profile))
		return 0;
	if (embedded_read(fd, &profile, &error) == -EINVAL && !error.text[0])
		abort();
	return 0;
}
