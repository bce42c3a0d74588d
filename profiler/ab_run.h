/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of a command: recorded, or where that is not allowed only measured. It happens in a
 * process of its own, so that no run finds anything that another one has left in memory.
 */
#ifndef FLAMETAP_PROFILER_AB_RUN_H
#define FLAMETAP_PROFILER_AB_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/command.h"
#include "profiler/options.h"

struct invoker;
struct session_names;

struct ab_run_options {
	struct record_options record; /* its target is this run's command */
	const struct invoker *invoker;
	bool profile;		  /* false: only measured */
	const char *profile_path; /* NULL: no profile is written */
	const struct session_names *names; /* NULL: each run finds its own */
	sigset_t wait_mask;	  /* as stop_init() gave it */
};

struct ab_module {
	char *path, *build_id;
};

enum ab_end {
	AB_RAN,		/* status says how the command ended */
	AB_NOT_RUN,	/* status is why: 126, 127, and error the errno */
	AB_REFUSED,	/* flametap may not record here; said */
	AB_INTERRUPTED, /* a signal has come */
	AB_FAILED,	/* flametap failed; said */
};

struct ab_outcome {
	enum ab_end end;
	int status; /* as env(1) gives it */
	int error;
	struct command_usage usage;
	size_t n_orphans; /* processes that it started and that have not ended */
	uint64_t samples, lost;
	double covered, whole; /* shares of 1; negative: not known */
	VEC(struct ab_module) modules; /* files of code that have a build-id */
};

/* 0, or a negative errno (said) when no process could be made for it. Deinit in either case. */
int ab_run(const struct ab_run_options *options, struct ab_outcome *ret);
void ab_outcome_deinit(struct ab_outcome *outcome);

#endif
