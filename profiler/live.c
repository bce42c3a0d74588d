// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the live line with one write(2) each, a few times a second. */
#include "profiler/live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/collector.h"

enum { INTERVAL_NS = 250000000 };

void live_init(struct live *live, uint64_t planned_ns, bool wanted)
{
	*live = (struct live){ .on = wanted && isatty(STDERR_FILENO), .planned_ns = planned_ns };
}

static void put(const char *text)
{
	/* A terminal that is gone is no reason to stop recording. */
	(void)!write(STDERR_FILENO, text, strlen(text));
}

void live_show(struct live *live, uint64_t elapsed_ns, const struct collector_counts *counts,
	       uint64_t lost)
{
	uint64_t user = counts->samples - counts->results[UNWIND_KERNEL_ONLY] -
			counts->results[UNWIND_OMITTED];
	char planned[32] = "", whole[32] = "", line[256];

	if (!live->on || elapsed_ns - live->shown_ns < INTERVAL_NS)
		return;
	live->shown_ns = elapsed_ns;
	if (live->planned_ns != UINT64_MAX)
		snprintf(planned, sizeof(planned), " of %g s", live->planned_ns / 1e9);
	else
		snprintf(planned, sizeof(planned), " s, Ctrl-C ends it");
	if (user)
		snprintf(whole, sizeof(whole), ", %.1f%% whole",
			 100.0 * counts->results[UNWIND_WHOLE] / user);
	snprintf(line, sizeof(line), "\r\033[K%.1f%s: %llu samples%s, %llu lost", elapsed_ns / 1e9,
		 planned, (unsigned long long)counts->samples, whole,
		 (unsigned long long)lost);
	put(line);
}

void live_end(struct live *live)
{
	if (live->on && live->shown_ns)
		put("\r\033[K");
	live->on = false;
}
