// SPDX-License-Identifier: GPL-2.0-or-later
/* The way of `flametap gate`, step by step. */
#include "profiler/ab_judge.h"

#include <errno.h>
#include <string.h>

#include "gate/verdict.h"
#include "profiler/downloads.h"
#include "profiler/message.h"
#include "profiler/options.h"

int ab_judge_init(struct ab_judge *judge, const char *directory)
{
	const struct gate_verb_options options = {
		.directory = directory,
		.alpha = GATE_ALPHA,
		.quiet = true,
	};
	const struct downloads downloads = {};
	struct report_error why = {""};
	int err;

	*judge = (struct ab_judge){};
	err = gate_inputs_init(&judge->inputs, &options, &why);
	if (!err)
		err = gate_read(&options, &judge->inputs, NULL, &downloads, &judge->read, &why);
	if (err == -EXDEV)
		message("%s", why.text);
	else if (err && err != -EINVAL)
		message("%s: %s; free some memory", directory, strerror(-err));
	return err;
}

void ab_judge_deinit(struct ab_judge *judge)
{
	gate_read_deinit(&judge->read);
	gate_inputs_deinit(&judge->inputs);
}

int ab_judge_decide(const struct ab_judge *judge, double alpha, struct gate_result *result)
{
	const struct gate_request request = {
		.runs = &judge->read.runs,
		.alpha = alpha,
		.first_pairs = judge->read.runs.n_pairs,
		.last_pairs = judge->read.runs.n_pairs,
		.seed = judge->inputs.manifest.seed,
		.is_complete = true,
	};
	int err = gate_verdict_decide(&request, result);

	if (err)
		message("gate: %s; free some memory", strerror(-err));
	return err;
}
