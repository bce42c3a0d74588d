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

/*
 * With an effect of e on a cost of b, the head's variance grows by (1 + e/b) where sampling makes
 * it and by its square where runs do, the base's stays: e^2 = a^2 (1 + c e/b + w/2 (e/b)^2).
 */
double gate_detect_ns(const struct gate_maxt_row *row, double errors)
{
	double cost = (row->base_ns + row->head_ns) / 2, w = 1 - fmin(row->sampling, 1);
	/* In a function that varies more than others s~ is less than what it varies by. */
	double error = fmax(row->error_ns, row->spread_ns);
	double a = errors * error / cost, c = (1 - w) / 2 + w;
	double square = 1 - a * a * w / 2;

	if (!(square > 0) || !isfinite(a))
		return INFINITY;
	return cost * a * (a * c + sqrt(a * a * c * c + 4 * square)) / (2 * square);
}
