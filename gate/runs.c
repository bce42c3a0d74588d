// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sizes come in, out goes an empty matrix of runs for whoever reads them to
 * fill; see runs.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gate/runs.h"

int gate_runs_init(struct gate_runs *runs, size_t n_pairs, size_t n_rows)
{
	size_t cells;
	int err;

	*runs = (struct gate_runs){.n_pairs = n_pairs, .n_rows = n_rows};
	err = strings_init(&runs->strings);
	if (err)
		return err;
	if (__builtin_mul_overflow(n_pairs, n_rows, &cells))
		return -ENOMEM;
	runs->rows = calloc(n_rows ? n_rows : 1, sizeof(*runs->rows));
	if (!runs->rows)
		return -ENOMEM;
	for (size_t row = 0; row < n_rows; row++)
		runs->rows[row].name = runs->rows[row].file = strings_get(&runs->strings, 0);
	for (int side = 0; side < GATE_SIDES; side++) {
		runs->runs[side] = calloc(n_pairs ? n_pairs : 1, sizeof(*runs->runs[side]));
		runs->x[side] = calloc(cells ? cells : 1, sizeof(*runs->x[side]));
		if (!runs->runs[side] || !runs->x[side])
			return -ENOMEM;
		for (size_t pair = 0; pair < n_pairs; pair++)
			runs->runs[side][pair].operations = 1;
	}
	return 0;
}

void gate_runs_deinit(struct gate_runs *runs)
{
	for (int side = 0; side < GATE_SIDES; side++) {
		free(runs->runs[side]);
		free(runs->x[side]);
	}
	free(runs->rows);
	vec_deinit(&runs->tree);
	strings_deinit(&runs->strings);
}

int gate_runs_name(struct gate_runs *runs, size_t row, const char *name, const char *file)
{
	uint32_t number;
	int err = strings_intern_cstr(&runs->strings, name, &number);

	if (err)
		return err;
	runs->rows[row].name = strings_get(&runs->strings, number);
	err = strings_intern_cstr(&runs->strings, file, &number);
	if (err)
		return err;
	runs->rows[row].file = strings_get(&runs->strings, number);
	return 0;
}
