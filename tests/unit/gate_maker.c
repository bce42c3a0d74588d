// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figures come in, runs as gate/ reads them go out; see gate_maker.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/gate_maker.h"

void gate_maker_init(struct gate_runs *runs, size_t n_pairs, size_t n_rows, double samples)
{
	assert_int_equal(gate_runs_init(runs, n_pairs, n_rows), 0);
	for (int side = 0; side < GATE_SIDES; side++)
		for (size_t pair = 0; pair < n_pairs; pair++) {
			runs->runs[side][pair].cpu_ns = samples;
			runs->runs[side][pair].n_samples = samples;
		}
}

void gate_maker_row(struct gate_runs *runs, size_t row, const char *name, bool total, double base,
		    const double *more)
{
	assert_int_equal(gate_runs_name(runs, row, name, ""), 0);
	runs->rows[row].total = total;
	for (size_t pair = 0; pair < runs->n_pairs; pair++) {
		runs->x[GATE_BASE][row * runs->n_pairs + pair] = base;
		runs->x[GATE_HEAD][row * runs->n_pairs + pair] = base + (more ? more[pair] : 0);
	}
}

uint32_t gate_maker_node(struct gate_runs *runs, uint32_t parent, const char *name, double base,
			 double head)
{
	struct gate_node node = {.parent = parent, .base_ns = base, .head_ns = head};

	assert_int_equal(strings_intern_cstr(&runs->strings, name, &node.name), 0);
	assert_int_equal(vec_push(&runs->tree, node), 0);
	return runs->tree.n - 1;
}
