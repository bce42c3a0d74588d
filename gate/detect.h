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
/* Of rows that are candidates: how many standard errors (gate_maxt_row.error_ns) an effect has to
 * have; the limit is in standard errors, too. */
double gate_detect_errors(const struct gate_maxt *maxt, double level, double limit);

#endif
