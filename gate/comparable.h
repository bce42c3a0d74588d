/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether runs can be compared at all: what is known of how each was made comes
 * in; out goes one line about the first thing that forbids it. A difference in
 * how it was measured would otherwise be read as one in what was measured.
 */
#ifndef FLAMETAP_GATE_COMPARABLE_H
#define FLAMETAP_GATE_COMPARABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "gate/builds.h"
#include "gate/gather.h"
#include "gate/runs.h"
#include "report/format.h"

#define GATE_MOST_LOST 0.01    /* of all samples of a side */
#define GATE_MOST_UNKNOWN 0.10 /* of a side's samples: their innermost frame has no name */

/* Of one run. */
struct gate_facts {
	const char *path; /* of the profile; borrowed */
	enum gate_side side;
	/* As the profile says it; "" where it does not. The rest belongs to this. */
	char *machine;	/* "Linux 6.1.0 x86_64": kernel and architecture */
	char *event;	/* "cpu-clock"; of foreign profiles the value that is compared */
	char *rate;	/* "999 Hz", "1 in 1000" */
	double n_samples, unknown; /* unknown: a share */
	uint64_t lost;
	uint64_t n_recorded; /* samples, as the recording counted them; 0: it does not say */
	struct gate_builds builds;
	uint64_t time_ns, duration_ns; /* since 1970; 0: not known */
};

struct gate_facts_list {
	struct gate_facts *data;
	size_t n, cap;
};

struct profile;

/* Reads what a finished profile says of itself; path, side, n_samples and unknown are the caller's
 * to fill. 0 or -ENOMEM; deinit in any case. */
void gate_facts_deinit(struct gate_facts *facts);
int gate_facts_init(struct gate_facts *facts, const struct profile *profile,
		    const struct gate_cost *cost);
void gate_facts_list_deinit(struct gate_facts_list *list);

/* True when all can be compared; else why says what forbids it: "OBJECT: CAUSE; REMEDY". */
bool gate_comparable(const struct gate_facts_list *list, struct report_error *why);

#endif
