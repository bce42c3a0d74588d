/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs for tests, written down and not drawn: a CPU time of 1 ns a sample, so
 * that a row's cost is its number of samples.
 */
#ifndef FLAMETAP_TESTS_UNIT_GATE_MAKER_H
#define FLAMETAP_TESTS_UNIT_GATE_MAKER_H

#include "gate/runs.h"

/* Each run has this many samples and as many ns. */
void gate_maker_init(struct gate_runs *runs, size_t n_pairs, size_t n_rows, double samples);
/* A row whose base has this many samples in each run, and whose head has so many more by pair. */
void gate_maker_row(struct gate_runs *runs, size_t row, const char *name, bool total, double base,
		    const double *more);
/* A node below another, by the functions' names; node 0 is there from the first. Its number. */
uint32_t gate_maker_node(struct gate_runs *runs, uint32_t parent, const char *name, double base,
			 double head);

#endif
