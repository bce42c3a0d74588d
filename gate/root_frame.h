/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in the program the change is: the call tree of both sides and the
 * tested functions come in, out goes the one frame that explains most of the
 * change, as deep as that goes.
 */
#ifndef FLAMETAP_GATE_ROOT_FRAME_H
#define FLAMETAP_GATE_ROOT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/maxt.h"
#include "gate/runs.h"

#define GATE_EXPLAINS 0.8 /* share of its parent's change that a frame has to explain */

struct gate_root_frame {
	const char *name, *file; /* in runs.strings */
	bool anywhere; /* it is called from several places, and all of them together explain it */
	double difference_ns; /* of an operation, with what it calls */
};

/*
 * Begins at the function whose total is the surest change among those that explain it, and goes
 * down the tree (if there is one) from there. least_ns: of the program's change, what is sure. 0,
 * -ENOENT when nothing got slower, -ENOMEM.
 */
int gate_root_frame_find(const struct gate_runs *runs, const struct gate_maxt *maxt,
			 double least_ns, struct gate_root_frame *ret);

#endif
