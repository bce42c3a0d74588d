/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which runs a gate is to look at: those of the manifest in a directory of
 * flametap ab, or files behind --base and --head. Their profiles are not read
 * here.
 */
#ifndef FLAMETAP_PROFILER_GATE_INPUTS_H
#define FLAMETAP_PROFILER_GATE_INPUTS_H

#include "gate/manifest.h"
#include "profiler/options.h"

struct gate_input {
	enum gate_side side;
	size_t pair; /* of unpaired runs: the how manyth of its side */
	char *path;  /* of its profile; NULL: it has only its time */
	struct gate_run run; /* cpu_ns 0: the profile has to say it */
	uint64_t offcpu_ns;
	uint64_t n_recorded; /* samples that the manifest says it has; 0: it says nothing */
};

struct gate_inputs {
	bool has_manifest;
	struct gate_manifest manifest;
	VEC(struct gate_input) items;
	size_t n[GATE_SIDES]; /* runs */
	size_t n_pairs;	      /* whole ones, or, of unpaired runs, the larger of n */
	bool paired;	      /* else there is nothing to decide from */
	size_t first_pairs, last_pairs; /* the plan of looks */
	size_t n_unprofiled;  /* runs without a profile */
};

/* 0; -EINVAL: they are no good, and it was said; -EXDEV: they cannot be compared, why says it;
 * -ENOMEM. Deinit in any case. */
int gate_inputs_init(struct gate_inputs *inputs, const struct gate_verb_options *options,
		     struct report_error *why);
void gate_inputs_deinit(struct gate_inputs *inputs);

#endif
