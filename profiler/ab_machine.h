/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of this machine has a say in how long a command takes, for the manifest of a comparison. */
#ifndef FLAMETAP_PROFILER_AB_MACHINE_H
#define FLAMETAP_PROFILER_AB_MACHINE_H

#include <stdbool.h>

#include "gate/manifest.h"

/* Adds kernel, cpu_model, n_cpus, governor, memory, and with_host the host's name. 0 or -ENOMEM. */
int ab_machine_describe(struct gate_manifest_words *words, bool with_host);
/* The first word of those that runs must not differ in (kernel, cpu_model, n_cpus), or NULL when
 * both are the same. */
const char *ab_machine_difference(const struct gate_manifest_words *a,
				  const struct gate_manifest_words *b);
/* Variables that the two commands set for themselves, as in "A=1 ./bench", and not alike. 0 or
 * -ENOMEM. */
int ab_machine_environment(struct gate_manifest *manifest);
/* Load of the last minute; 0 where it is not told. */
double ab_machine_load(void);

#endif
