/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs that nothing can be decided from, because they are no pairs or only one:
 * what they cost on either side, without any claim.
 */
#ifndef FLAMETAP_GATE_DESCRIBE_H
#define FLAMETAP_GATE_DESCRIBE_H

#include <stddef.h>

#include "gate/result.h"
#include "gate/runs.h"

/* n: how many runs each side has, the first ones. Fills program and findings (largest change first),
 * and the verdict GATE_INCONCLUSIVE. 0 or -ENOMEM. */
int gate_describe(const struct gate_runs *runs, const size_t n[GATE_SIDES],
		  struct gate_result *result);

#endif
