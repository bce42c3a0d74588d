/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target of a recording: -p, -t, -C, -a or a command, exactly one of them. */
#ifndef FLAMETAP_PROFILER_OPTIONS_TARGET_H
#define FLAMETAP_PROFILER_OPTIONS_TARGET_H

#include "profiler/options.h"

/* One of 'p', 't', 'C', 'a' and its value. 0 or -EINVAL (said), -ENOMEM. */
int target_options_take(struct target_options *target, int letter, const char *value);
/* What stands after "--": argv, ended by NULL. 0 or -EINVAL (said). */
int target_options_command(struct target_options *target, char *const *argv);
/* There is a target, and what goes with it fits. 0 or -EINVAL (said). */
int target_options_check(const struct target_options *target, const char *verb);

#endif
