/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be known of the runs beside the verdict on them: where their
 * numbers come from, what they leave out, and that there was nothing to compare.
 */
#ifndef FLAMETAP_PROFILER_GATE_NOTES_H
#define FLAMETAP_PROFILER_GATE_NOTES_H

#include "gate/result.h"
#include "profiler/gate_inputs.h"
#include "profiler/gate_read.h"

/* Adds notes to the result. 0 or -ENOMEM. */
int gate_notes_add(const struct gate_inputs *inputs, const struct gate_read *read,
		   struct gate_result *result);

#endif
