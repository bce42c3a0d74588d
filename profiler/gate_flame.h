/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flame graph of a gate: all runs of both sides as a difference, with what
 * was found of each function in its comments (report/diff_gate.h).
 */
#ifndef FLAMETAP_PROFILER_GATE_FLAME_H
#define FLAMETAP_PROFILER_GATE_FLAME_H

#include "gate/show.h"
#include "profiler/gate_inputs.h"
#include "report/profile.h"

struct downloads;

/* Reads the profiles once more, all at a time. *ret is finished; deinit in any case. 0; -EINVAL (said);
 * another negative errno. */
int gate_flame_init(struct profile *ret, const struct gate_verb_options *options,
		    const struct gate_inputs *inputs, const struct downloads *downloads,
		    const struct gate_show *show);

#endif
