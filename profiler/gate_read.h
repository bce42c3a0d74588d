/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profiles of a gate's runs: each is read, named, added to what is gathered, and let go. */
#ifndef FLAMETAP_PROFILER_GATE_READ_H
#define FLAMETAP_PROFILER_GATE_READ_H

#include "gate/budget.h"
#include "gate/comparable.h"
#include "gate/gather.h"
#include "profiler/gate_inputs.h"

struct downloads;

struct gate_read {
	struct gate_runs runs;	/* on the CPU */
	struct gate_runs waits; /* off it; of has_waits */
	bool has_waits;
	bool has_functions; /* all runs have profiles */
	bool is_time;	    /* what they cost is a time, else a number of something */
	struct gate_facts_list facts; /* of runs with a profile */
	/* Of profiles that count time, where the kernel's account is there, too: both, added up. */
	double sampled_ns[GATE_SIDES], charged_ns[GATE_SIDES];
};

/* budget: whose functions are rows in any case; NULL: none. 0; -EINVAL: a profile is no good, and it
 * was said; -EXDEV: they cannot be compared, why says it; another negative errno. Deinit in any
 * case. */
int gate_read(const struct gate_verb_options *options, const struct gate_inputs *inputs,
	      struct gate_budget *budget, const struct downloads *downloads, struct gate_read *ret,
	      struct report_error *why);
void gate_read_deinit(struct gate_read *read);

#endif
