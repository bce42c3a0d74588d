/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of no program: numbers with a known noise, the same each time. For self_test.c. */
#ifndef FLAMETAP_PROFILER_SELF_TEST_MADE_H
#define FLAMETAP_PROFILER_SELF_TEST_MADE_H

#include "gate/result.h"

/* The verdict on 8 pairs of a program with 20 functions, each run with 1 % of noise, of which
 * "function 7" costs so many times as much in the head. result is the caller's to init and deinit.
 * 0 or a negative errno. */
int self_test_made(double factor, struct gate_result *result);

#endif
