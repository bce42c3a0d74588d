/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which values the samples of a recording have, by its mode. An event of cpu
 * that counts no time has another second value.
 */
#ifndef FLAMETAP_PROFILER_RECORD_VALUES_H
#define FLAMETAP_PROFILER_RECORD_VALUES_H

#include <stdint.h>

#include "profiler/options.h"

struct profile;

/* Declares them, the second one of cpu under a name of its own. 0 or a negative errno. */
int record_values_declare(struct profile *profile, enum record_mode mode, const char *second,
			  const char *second_unit);
/* Those of one sample of what runs. values begin as zeroes, PROFILE_MAX_VALUES of them. */
void record_values_sample(enum record_mode mode, int64_t time, int64_t *values);
/* Those of n phases of waiting, blocked or on the run queue. */
void record_values_phase(enum record_mode mode, bool runqueue, int64_t ns, int64_t n,
			 int64_t *values);

#endif
