/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of a directory as numbers, for who asks more of them than a verdict, and the verdict of
 * the default rule on them. */
#ifndef FLAMETAP_PROFILER_AB_JUDGE_H
#define FLAMETAP_PROFILER_AB_JUDGE_H

#include "gate/result.h"
#include "profiler/gate_inputs.h"
#include "profiler/gate_read.h"

struct ab_judge {
	struct gate_inputs inputs;
	struct gate_read read;
};

/* 0 or a negative errno (said). Deinit in any case. */
int ab_judge_init(struct ab_judge *judge, const char *directory);
void ab_judge_deinit(struct ab_judge *judge);

/* The verdict on these runs, which may be changed before, at this one look. result is the caller's
 * to init and deinit. 0 or a negative errno (said). */
int ab_judge_decide(const struct ab_judge *judge, double alpha, struct gate_result *result);

#endif
