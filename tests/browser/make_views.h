/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FLAMETAP_TESTS_BROWSER_MAKE_VIEWS_H
#define FLAMETAP_TESTS_BROWSER_MAKE_VIEWS_H

#include "tests/unit/report_maker.h"

/* Two processes, four threads, four seconds, three values, recursion, several modules. */
void make_views(struct maker *maker);
/* The same program on another day: it has no frame "work", and twice as many samples. */
void make_next_run(struct maker *maker);
/* Thousands of functions, no times. */
void make_many(struct maker *maker);
/* Time on and off the CPU: locks, an idle pool, a disk, a network, a hog; see make_waits.c. */
void make_waits(struct maker *maker);

#endif
