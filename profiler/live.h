/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one line that a recording shows on a terminal while it runs: elapsed of
 * planned, samples or waits, whole, lost. It is rewritten in place and wiped at the end.
 */
#ifndef FLAMETAP_PROFILER_LIVE_H
#define FLAMETAP_PROFILER_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/options.h"

struct collector_counts;

struct live {
	bool on;
	enum record_mode mode;
	uint64_t planned_ns; /* UINT64_MAX: until stopped */
	uint64_t shown_ns;   /* when it was written last */
};

/* Nothing is shown unless wanted and standard error is a terminal. */
void live_init(struct live *live, enum record_mode mode, uint64_t planned_ns, bool wanted);
void live_show(struct live *live, uint64_t elapsed_ns, const struct collector_counts *counts,
	       uint64_t lost);
void live_end(struct live *live);

#endif
