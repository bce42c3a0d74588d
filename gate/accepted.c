// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows with reasons and the call tree come in, changes that they explain go
 * out; see accepted.h. A node counts once, however many accepted functions are
 * on its stack.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/guard.h"
#include "gate/accepted.h"

/* Strings of the runs are there once each: they are the same if they are at the same place. */
struct function {
	const char *name, *file;
};

static int compare(const void *a_, const void *b_)
{
	const struct function *a = a_, *b = b_;

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	return (a->file > b->file) - (a->file < b->file);
}

static struct function function_of(const struct gate_runs *runs, size_t node)
{
	const struct gate_node *at = &runs->tree.data[node];

	return (struct function){
		.name = strings_get(&runs->strings, at->name),
		.file = strings_get(&runs->strings, at->file),
	};
}

static double change_of(const struct gate_runs *runs, size_t node)
{
	return runs->tree.data[node].head_ns - runs->tree.data[node].base_ns;
}

/* Returns how many there are. */
static size_t list(struct gate_accepted *accepted, const struct gate_maxt *maxt,
		   const char *const *reasons, struct function *functions)
{
	const struct gate_runs *runs = accepted->runs;
	double most = 0;
	size_t n = 0;

	for (size_t row = 0; row < runs->n_rows; row++) {
		if (!reasons[row])
			continue;
		functions[n++] = (struct function){
			.name = runs->rows[row].name,
			.file = runs->rows[row].file,
		};
		if (maxt->rows[row].mean_ns > most) {
			most = maxt->rows[row].mean_ns;
			accepted->reason = reasons[row];
		}
	}
	qsort(functions, n, sizeof(*functions), compare);
	return n;
}

int gate_accepted_init(struct gate_accepted *ret, const struct gate_runs *runs,
		       const struct gate_maxt *maxt, const char *const *reasons)
{
	guard_free struct function *functions = calloc(runs->n_rows + 1, sizeof(*functions));
	size_t n;

	*ret = (struct gate_accepted){
		.runs = runs,
		.is_covered = calloc(runs->tree.n + 1, sizeof(*ret->is_covered)),
	};
	if (!functions || !ret->is_covered)
		return -ENOMEM;
	n = list(ret, maxt, reasons, functions);
	for (size_t node = 0; n && node < runs->tree.n; node++) {
		struct function function = function_of(runs, node);

		ret->is_covered[node] = ret->is_covered[runs->tree.data[node].parent] ||
					bsearch(&function, functions, n, sizeof(function), compare);
		if (ret->is_covered[node])
			ret->program_ns += change_of(runs, node);
	}
	ret->program_ns = fmax(0, ret->program_ns);
	return 0;
}

void gate_accepted_deinit(struct gate_accepted *accepted)
{
	free(accepted->is_covered);
}

double gate_accepted_of(const struct gate_accepted *accepted, size_t row)
{
	const struct gate_runs *runs = accepted->runs;
	struct function of;
	guard_free bool *is_below = NULL;
	double sum = 0;

	if (!accepted->reason)
		return 0;
	is_below = calloc(runs->tree.n + 1, sizeof(*is_below));
	of = (struct function){.name = runs->rows[row].name, .file = runs->rows[row].file};
	/* Without memory nothing is explained. */
	for (size_t node = 0; is_below && node < runs->tree.n; node++) {
		struct function function = function_of(runs, node);

		is_below[node] = !compare(&function, &of) ||
				 (runs->rows[row].total && is_below[runs->tree.data[node].parent]);
		if (is_below[node] && accepted->is_covered[node])
			sum += change_of(runs, node);
	}
	return fmax(0, sum);
}
