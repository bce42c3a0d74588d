/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gate that cannot fail is worse than none: is a regression that is made on
 * purpose found here, and nothing where there is none?
 */
#ifndef FLAMETAP_PROFILER_SELF_TEST_H
#define FLAMETAP_PROFILER_SELF_TEST_H

#include <stdint.h>

struct invoker;

/* Spins so many times in self_test_steady() and self_test_changed(). */
void self_test_work(uint64_t steady, uint64_t changed);

/* Three comparisons by the gate's own way: of numbers that are made up, of a program of which a
 * function is 15 % slower, and of that program with itself; told on standard output. The exit
 * status: 0, 1: it did not decide as it should; 2. */
int self_test_run(const struct invoker *invoker);

/* From which size on a regression would be seen in some functions of a directory's runs. 0, 1: none
 * is seen however large, 2. */
int self_test_directory(const char *directory, double alpha);

#endif
