/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that are on one side only, and which of them look like one that was
 * renamed: about the same cost, called from the same places. That is a guess
 * and is only ever shown as one: no verdict is made of it.
 */
#ifndef FLAMETAP_GATE_CHANGES_H
#define FLAMETAP_GATE_CHANGES_H

#include "gate/result.h"
#include "gate/runs.h"

#define GATE_RENAME_COST 1.5	/* the dearer of the two costs at most so much more */
#define GATE_RENAME_CALLERS 0.5 /* of the cost, by caller, that is the same on both sides */

/* Fills new_functions, vanished (largest first) and renames of a result. 0 or -ENOMEM. */
int gate_changes_find(const struct gate_runs *runs, struct gate_result *result);

#endif
