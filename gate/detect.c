// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests come in, out goes what they could have seen; see detect.h. The estimate of
 * the noise is an estimate, and the next comparison will have another one: both
 * are allowed for (student.h).
 */
#include <math.h>

#include "gate/detect.h"
#include "gate/student.h"

double gate_detect_program(const struct gate_program_test *test, double level, double limit)
{
	double df = test->n - 1, error = test->s / sqrt(test->n);
	double quantile = gate_student_quantile(level, df);

	if (!(error > 0))
		return limit;
	return expm1(error * gate_student_effect(GATE_POWER, quantile, log1p(limit) / error, df));
}

double gate_detect_errors(const struct gate_maxt *maxt, double level, double limit)
{
	return gate_student_effect(GATE_POWER, gate_maxt_quantile(maxt, level), limit, maxt->df);
}
