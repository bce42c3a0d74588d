/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gate is decided from: pairs of runs, one of the base and one of the
 * head each, with the exact CPU time of each run and how many of its samples
 * had which function. Rows are hypotheses: a function's own samples, or those
 * it has anywhere on the stack (counted once a stack). Nothing here knows where
 * the runs come from. Waiting is a second struct gate_runs under the same rules:
 * cpu_ns is then the time waited.
 */
#ifndef FLAMETAP_GATE_RUNS_H
#define FLAMETAP_GATE_RUNS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "base/vec.h"

enum gate_side { GATE_BASE, GATE_HEAD, GATE_SIDES };

/* The run is the replicate: what is one number here is never pooled with other runs. */
struct gate_run {
	uint64_t cpu_ns;   /* exact, from the kernel; of foreign profiles the sum of their values */
	double operations; /* that it did; 1 where nothing says */
	double n_samples;  /* all of them; a number of samples also where they have weights */
	uint64_t lost;	   /* samples */
	uint64_t wall_ns;
	double whole;	/* share of the samples whose stack is whole; NAN: not known */
	double unknown; /* share of the samples whose innermost frame has no name */
};

struct gate_row {
	const char *name;  /* in runs.strings */
	const char *file;  /* likewise; "" where that is not known */
	uint32_t function; /* the caller's number; self and total of a function have the same */
	bool total;	   /* else its own samples alone */
	bool is_leaf;	   /* of a total: all are its own, and have no row beside this */
};

/*
 * The call tree of both sides, merged over all runs, as root_frame.h walks it.
 * Parents stand before their children; node 0 is the root and its own parent.
 */
struct gate_node {
	uint32_t parent;
	uint32_t name, file;	 /* numbers in runs.strings */
	double base_ns, head_ns; /* own CPU time of an operation: mean of C X / N over the pairs */
};

struct gate_runs {
	size_t n_pairs;
	struct gate_run
		*runs[GATE_SIDES]; /* by pair: runs[GATE_HEAD][3] ran beside runs[GATE_BASE][3] */
	size_t n_rows;
	struct gate_row *rows;
	double *x[GATE_SIDES];	    /* samples: x[side][row * n_pairs + pair] */
	VEC(struct gate_node) tree; /* may be empty */
	struct strings strings;
};

/* Room for so many pairs and rows, all zero but operations, which are 1. 0 or -ENOMEM; deinit in
 * any case. */
int gate_runs_init(struct gate_runs *runs, size_t n_pairs, size_t n_rows);
void gate_runs_deinit(struct gate_runs *runs);
/* Names a row. 0 or -ENOMEM, -E2BIG. */
int gate_runs_name(struct gate_runs *runs, size_t row, const char *name, const char *file);

/* CPU time of an operation of a run, in ns. */
static inline double gate_run_cost(const struct gate_run *run)
{
	return (double)run->cpu_ns / run->operations;
}

/* What no run costs; below it sums of squares are numbers. */
#define GATE_MOST_COST 1e100

/* Whether there is a cost to compare: not where there was no CPU time or no operations, nor where
 * the operations are so few or so many that nothing can be calculated from them. */
static inline bool gate_run_is_usable(const struct gate_run *run)
{
	double cost = gate_run_cost(run);

	return cost > 1 / GATE_MOST_COST && cost < GATE_MOST_COST;
}

#endif
