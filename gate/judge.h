/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of a look against what is allowed: the verdict of each function and of
 * each entry of a budget, as the result has them.
 */
#ifndef FLAMETAP_GATE_JUDGE_H
#define FLAMETAP_GATE_JUDGE_H

#include "gate/accepted.h"
#include "gate/look.h"

struct judge {
	const struct gate_request *request;
	const struct look_plan *plan;
	const struct look *look, *before; /* before: the first look, or NULL */
	struct gate_result *result;
	double errors; /* what a change has to be to be seen, in its own standard errors */
	struct gate_accepted accepted;
	uint32_t *finding; /* by row: its number in result.findings */
};

/* Fills program, findings (in order) and budgets of the result. 0 or -ENOMEM; deinit in any case.
 */
int judge_all(struct judge *judge);
void judge_deinit(struct judge *judge);

#endif
