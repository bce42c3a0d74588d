/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of offcpu and wall that choose waits. */
#ifndef FLAMETAP_PROFILER_OPTIONS_WAITS_H
#define FLAMETAP_PROFILER_OPTIONS_WAITS_H

#include "profiler/options.h"

/* Takes one by its val in the option table. 0 or -EINVAL (said). */
int wait_options_take(struct wait_options *waits, int id, const char *value);
/* Fills in the defaults. 0 or -EINVAL (said). */
int wait_options_check(struct wait_options *waits);

#endif
