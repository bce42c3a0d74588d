/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a gate writes for CI systems and people, opened before the runs
 * are read and written whatever the verdict is: a job that failed has to be able
 * to show why.
 */
#ifndef FLAMETAP_PROFILER_GATE_OUTPUTS_H
#define FLAMETAP_PROFILER_GATE_OUTPUTS_H

#include "gate/show.h"
#include "profiler/options.h"
#include "profiler/output.h"
#include "profiler/output_set.h"

/* Zero-initialize. */
struct gate_outputs {
	const struct gate_verb_options *options;
	const struct invoker *invoker;
	struct output files[GATE_FILES];
	struct output_set flame;
};

/* 0, or a negative errno (said). */
int gate_outputs_open(struct gate_outputs *outputs, const struct gate_verb_options *options,
		      const struct invoker *invoker);
/*
 * Writes all that was asked for, and with --github the annotations to standard output and the
 * summary to the end of $GITHUB_STEP_SUMMARY. flame: a finished difference, or NULL: there is none,
 * and none is written. One that fails (said) does not keep the others from being written; the first
 * error comes back.
 */
int gate_outputs_write(struct gate_outputs *outputs, const struct gate_show *show,
		       const struct profile *flame);
/* Leaves nothing behind of what was not written. */
void gate_outputs_deinit(struct gate_outputs *outputs);

#endif
