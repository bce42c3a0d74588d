/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of perf events, as perf(1) has them, to what perf_event_open takes. */
#ifndef FLAMETAP_PROFILER_EVENT_NAME_H
#define FLAMETAP_PROFILER_EVENT_NAME_H

#include "profiler/options.h"

/* "cpu-clock", "cycles", "page-faults", "LLC-load-misses", "r01c2": 0, or -EINVAL and why (a
 * static text "CAUSE; REMEDY"). ret->name is static, but for a raw event's, which is `text`. */
int event_name_parse(const char *text, struct event_options *ret, const char **ret_why);

/* Name number i of those that are no combination, NULL after the last. */
const char *event_name_get(unsigned int i);

#endif
