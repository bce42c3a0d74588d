// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of two sides in, means and their differences out. */
#include "gate/describe.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gate/verdict.h"

static double mean_cost(const struct gate_runs *runs, enum gate_side side, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += gate_run_cost(&runs->runs[side][i]);
	return n ? sum / n : 0;
}

static double mean_cost_of_row(const struct gate_runs *runs, enum gate_side side, size_t n,
			       size_t row)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct gate_run *run = &runs->runs[side][i];

		if (run->n_samples > 0)
			sum += gate_run_cost(run) * runs->x[side][row * runs->n_pairs + i] /
			       run->n_samples;
	}
	return n ? sum / n : 0;
}

/* What is not known is no number. */
static struct gate_finding make_finding(const struct gate_result *result, double base, double head)
{
	return (struct gate_finding){
		.base_ns = base,
		.head_ns = head,
		.difference_ns = head - base,
		.low_ns = -INFINITY,
		.high_ns = INFINITY,
		.t = NAN,
		.p = 1,
		.share = base / result->program.base_ns,
		.relative = base > 0 ? head / base - 1 : INFINITY,
		.of_program = (head - base) / result->program.base_ns,
		.detectable_ns = NAN,
		.verdict = GATE_INCONCLUSIVE,
	};
}

static int add_row(const struct gate_runs *runs, const size_t n[GATE_SIDES], size_t row,
		   struct gate_result *result)
{
	struct gate_finding finding = make_finding(
		result, mean_cost_of_row(runs, GATE_BASE, n[GATE_BASE], row),
		mean_cost_of_row(runs, GATE_HEAD, n[GATE_HEAD], row));

	finding.row = row;
	finding.total = runs->rows[row].total;
	finding.name = gate_result_copy(result, runs->rows[row].name);
	finding.file = gate_result_copy(result, runs->rows[row].file);
	if (!finding.name || !finding.file)
		return -ENOMEM;
	return vec_push(&result->findings, finding);
}

static int compare(const void *a_, const void *b_)
{
	const struct gate_finding *a = a_, *b = b_;
	double more = fabs(b->difference_ns) - fabs(a->difference_ns);

	if (more != 0)
		return more > 0 ? 1 : -1;
	return strcmp(a->name, b->name) ?: (int)a->total - (int)b->total;
}

int gate_describe(const struct gate_runs *runs, const size_t n[GATE_SIDES],
		  struct gate_result *result)
{
	struct gate_program *program = &result->program;
	int err = 0;

	result->verdict = GATE_INCONCLUSIVE;
	result->status = gate_verdict_status(GATE_INCONCLUSIVE);
	result->has_functions = runs->n_rows > 0;
	*program = (struct gate_program){
		.low = 0, .high = INFINITY, .p = 1, .n_pairs = 0, .detectable = NAN,
		.base_ns = mean_cost(runs, GATE_BASE, n[GATE_BASE]),
		.head_ns = mean_cost(runs, GATE_HEAD, n[GATE_HEAD]),
		.verdict = GATE_INCONCLUSIVE,
	};
	program->ratio = program->head_ns / program->base_ns;
	for (int side = 0; side < GATE_SIDES; side++) {
		for (size_t i = 0; i < n[side]; i++) {
			program->operations += runs->runs[side][i].operations;
			result->n_samples[side] += runs->runs[side][i].n_samples;
			result->lost[side] += runs->runs[side][i].lost;
		}
	}
	for (size_t row = 0; !err && row < runs->n_rows; row++)
		err = add_row(runs, n, row, result);
	if (!err && result->findings.n)
		qsort(result->findings.data, result->findings.n, sizeof(*result->findings.data),
		      compare);
	return err;
}
