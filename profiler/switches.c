// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel side of off-CPU time. */
#include "profiler/switches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct switches {
	int fd;
};

int switches_create(const struct switches_options *options, struct switches **ret)
{
	(void)options, (void)ret;
	return -EOPNOTSUPP;
}

void switches_destroy(struct switches *switches)
{
	free(switches);
}

int switches_begin(struct switches *switches, uint64_t *ret_start_ns)
{
	(void)switches, (void)ret_start_ns;
	return -EOPNOTSUPP;
}

int switches_poll_fd(const struct switches *switches)
{
	return switches->fd;
}

int switches_drain(struct switches *switches, capture_record record, void *ctx, bool *ret_left)
{
	(void)switches, (void)record, (void)ctx;
	*ret_left = false;
	return 0;
}

int switches_collect(struct switches *switches, switches_wait wait, void *ctx,
		     uint64_t *ret_until_ns)
{
	(void)switches, (void)wait, (void)ctx, (void)ret_until_ns;
	return -EOPNOTSUPP;
}

bool switches_are_many(const struct switches *switches)
{
	(void)switches;
	return false;
}

int switches_end(struct switches *switches, uint64_t *ret_end_ns)
{
	(void)switches, (void)ret_end_ns;
	return -EOPNOTSUPP;
}

int switches_ledgers(struct switches *switches, switches_ledger ledger, void *ctx)
{
	(void)switches, (void)ledger, (void)ctx;
	return 0;
}

int switches_counts(const struct switches *switches, struct switches_counts *ret)
{
	(void)switches;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

void switches_run_time(const struct switches *switches, uint64_t *ret_ns, uint64_t *ret_runs)
{
	(void)switches;
	*ret_ns = *ret_runs = 0;
}
