/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test could have seen: the smallest regression that, had it been there,
 * another such comparison would have found with the probability GATE_POWER.
 * Printed beside every PASS.
 */
#ifndef FLAMETAP_GATE_DETECT_H
#define FLAMETAP_GATE_DETECT_H

#include "gate/maxt.h"
#include "gate/program.h"

#define GATE_POWER 0.9

/*
 * Of the program, tested at this level, where less than the limit does not fail.
 * 0.007 is 0.7 %; INFINITY: nothing.
 */
double gate_detect_program(const struct gate_program_test *test, double level, double limit);
/*
 * Of rows that are candidates: how many standard errors (gate_maxt_row.error_ns)
 * an effect has to have, were the errors as large with it; the limit is in
 * standard errors, too.
 */
double gate_detect_errors(const struct gate_maxt *maxt, double level, double limit);
/* An effect of so many errors in ns of an operation: what costs more also varies more, by sampling
 * as the root of its cost, from run to run in proportion. INFINITY: no effect is seen. */
double gate_detect_ns(const struct gate_maxt_row *row, double errors);

#endif
