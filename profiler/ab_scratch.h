/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for runs that nobody keeps. */
#ifndef FLAMETAP_PROFILER_AB_SCRATCH_H
#define FLAMETAP_PROFILER_AB_SCRATCH_H

struct invoker;

struct ab_scratch {
	char *path; /* NULL: there is none */
	const struct invoker *invoker;
};

/* In TMPDIR, or /tmp. 0 or a negative errno (said). Deinit in any case: it goes with all in it. */
int ab_scratch_init(struct ab_scratch *scratch, const struct invoker *invoker);
void ab_scratch_deinit(struct ab_scratch *scratch);

#endif
