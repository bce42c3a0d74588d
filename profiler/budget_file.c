// SPDX-License-Identifier: GPL-2.0-or-later
/* A path comes in; a budget, or one line about why there is none, goes out. */
#include "profiler/budget_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/guard.h"
#include "gate/budget.h"
#include "profiler/message.h"
#include "report/format.h"

int budget_file_read(const char *path, struct gate_budget *ret)
{
	guard_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct report_error error = {""};
	unsigned int line;
	int err;

	if (fd < 0) {
		message("%s: %s; give a budget that can be read", path, strerror(errno));
		return -EINVAL;
	}
	err = gate_budget_read(fd, ret, &line, &error);
	if (!err || err == -ENOMEM)
		return err;
	if (err != -EINVAL)
		report_error_set(&error, "%s; give a budget that can be read", strerror(-err));
	if (line && err == -EINVAL)
		message("%s:%u: %s", path, line, error.text);
	else
		message("%s: %s", path, error.text);
	return -EINVAL;
}
