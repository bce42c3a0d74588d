/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a comparison is: one line on a terminal that is rewritten, or a line for each run. */
#ifndef FLAMETAP_PROFILER_AB_PROGRESS_H
#define FLAMETAP_PROFILER_AB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/manifest.h"

struct ab_progress {
	bool quiet, verbose, terminal, shown;
	size_t n_done, n_runs; /* of this start of flametap; n_runs grows with a second look */
	uint64_t start_ns,
		end_ns; /* CLOCK_MONOTONIC; of the first run, of the last one that ended */
};

/* verbose: lines on a terminal, too, and more of each run. */
void ab_progress_init(struct ab_progress *progress, bool quiet, bool verbose);
/* Before a run. */
void ab_progress_begin(struct ab_progress *progress, const struct gate_manifest_run *run);
/* After one that went well. */
void ab_progress_end(struct ab_progress *progress, const struct gate_manifest_run *run);
/* How long a run takes with all that is done about it, the mean; 0: none has ended. */
double ab_progress_run_s(const struct ab_progress *progress);
/* Wipes the line, before anything else is said. */
void ab_progress_wipe(struct ab_progress *progress);

#endif
