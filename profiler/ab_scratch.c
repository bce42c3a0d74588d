// SPDX-License-Identifier: GPL-2.0-or-later
/* Made and removed with the rights of who typed the command, as all of its files are. */
#include "profiler/ab_scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/invoker.h"
#include "profiler/message.h"

int ab_scratch_init(struct ab_scratch *scratch, const struct invoker *invoker)
{
	const char *parent = getenv("TMPDIR");
	int err;

	*scratch = (struct ab_scratch){.invoker = invoker};
	if (asprintf(&scratch->path, "%s/flametap-XXXXXX", parent && *parent ? parent : "/tmp") <
	    0) {
		scratch->path = NULL;
		return -ENOMEM;
	}
	err = invoker_begin(invoker);
	if (!err) {
		err = mkdtemp(scratch->path) ? 0 : -errno;
		invoker_end(invoker);
	}
	if (!err)
		return 0;
	message("%s: %s; set TMPDIR to a directory that can be written to", scratch->path,
		strerror(-err));
	free(scratch->path);
	scratch->path = NULL;
	return err;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)!remove(path);
	return 0;
}

void ab_scratch_deinit(struct ab_scratch *scratch)
{
	if (scratch->path && !invoker_begin(scratch->invoker)) {
		nftw(scratch->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		invoker_end(scratch->invoker);
	}
	free(scratch->path);
	scratch->path = NULL;
}
