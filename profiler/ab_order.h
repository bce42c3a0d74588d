/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which order the runs of base and head are done. A machine that gets slower, or a cache that
 * gets warmer, would be taken for a difference if one side always came first, or had all its runs
 * before the other.
 */
#ifndef FLAMETAP_PROFILER_AB_ORDER_H
#define FLAMETAP_PROFILER_AB_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "gate/runs.h"

/*
 * The sides of max_pairs pairs of runs, two for each pair, into ret. Which of a pair comes first is
 * random, but base does so as often as head: among the first n_pairs, after which there is a first
 * look at the figures, and among the rest (of an odd number, one is left to chance). The same seed
 * gives the same order.
 */
void ab_order_fill(uint64_t seed, size_t n_pairs, size_t max_pairs, enum gate_side *ret);

#endif
