// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in; out goes what github-action-benchmark keeps a history of:
 * the head's cost, smaller is better. What was not measured is not there, so
 * that no history begins with a zero.
 */
#include <errno.h>
#include <math.h>

#include "base/guard.h"
#include "base/json.h"
#include "gate/show.h"
#include "gate/words.h"

int gate_benchmark_write(const struct gate_show *show, FILE *out)
{
	const struct gate_result *result = show->result;
	const struct gate_program *program = &result->program;
	guard_free char *headline = gate_words_headline(show);
	double width = (program->high - program->low) / 2;

	if (!headline)
		return -ENOMEM;
	fputc('[', out);
	if (result->verdict != GATE_INVALID && isfinite(program->head_ns) && program->head_ns > 0) {
		fprintf(out, "{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.10g, ",
			show->is_time ? "CPU time" : "cost", show->is_time ? "ns/op" : "1/op",
			show->is_time ? program->head_ns : program->head_ns / 1e6);
		if (result->n_looks && isfinite(width))
			fprintf(out, "\"range\": \"± %.3g %%\", ", 100 * width);
		fputs("\"extra\": ", out);
		json_write_string(out, headline);
		fputc('}', out);
	}
	fputs("]\n", out);
	return ferror(out) ? -EIO : 0;
}
