/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gather.c (the whole) and gather_profile.c (a profile) share. */
#ifndef FLAMETAP_GATE_GATHER_PRIVATE_H
#define FLAMETAP_GATE_GATHER_PRIVATE_H

#include "base/hash.h"
#include "base/vec.h"
#include "gate/gather.h"
#include "gate/identity.h"

/* A function in a run. */
struct gather_count {
	uint32_t item; /* of the identities */
	double self, total; /* samples */
};

struct gather_counts {
	struct gather_count *data;
	size_t n, cap;
};

/* A call tree of one side, by items. Node 0 is the root. */
struct gather_node {
	uint32_t parent, item;
	double ns; /* own, of an operation; sum over the runs */
};

struct gather_tree {
	VEC(struct gather_node) nodes;
	struct idmap children; /* parent << 32 | item -> node */
};

enum { GATHER_MAX_NODES = 1 << 25 };

struct gate_gather {
	size_t n_pairs;
	enum gate_measure measure;
	struct gate_identities identities;
	struct gate_run *runs[GATE_SIDES];
	struct gather_counts *counts[GATE_SIDES];
	struct gather_tree trees[GATE_SIDES];
};

/* Fills a run's counts, its part of the tree, and what only the profile knows of it. */
int gather_profile(struct gate_gather *gather, enum gate_side side, const struct profile *profile,
		   struct gate_run *run, struct gather_counts *counts);

#endif
