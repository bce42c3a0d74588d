// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the live line with one write(2) each, a few times a second. */
#include "profiler/live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/collector.h"

enum { INTERVAL_NS = 250000000 };

void live_init(struct live *live, enum record_mode mode, uint64_t planned_ns, bool wanted)
{
	*live = (struct live){
		.on = wanted && isatty(STDERR_FILENO),
		.mode = mode,
		.planned_ns = planned_ns,
	};
}

static uint64_t with_user(uint64_t n, const uint64_t *results)
{
	return n - results[UNWIND_KERNEL_ONLY] - results[UNWIND_OMITTED];
}

static void put(const char *text)
{
	/* A terminal that is gone is no reason to stop recording. */
	(void)!write(STDERR_FILENO, text, strlen(text));
}

void live_show(struct live *live, uint64_t elapsed_ns, const struct collector_counts *counts,
	       uint64_t lost)
{
	uint64_t user = with_user(counts->samples, counts->results) +
			with_user(counts->waits.n, counts->waits.results);
	char planned[32] = "", samples[48] = "", waits[64] = "", whole[32] = "", line[256];

	if (!live->on || elapsed_ns - live->shown_ns < INTERVAL_NS)
		return;
	live->shown_ns = elapsed_ns;
	if (live->planned_ns != UINT64_MAX)
		snprintf(planned, sizeof(planned), " of %g s", live->planned_ns / 1e9);
	else
		snprintf(planned, sizeof(planned), " s, Ctrl-C ends it");
	if (user)
		snprintf(whole, sizeof(whole), ", %.1f%% whole",
			 100.0 *
				 (counts->results[UNWIND_WHOLE] +
				  counts->waits.results[UNWIND_WHOLE]) / user);
	if (live->mode != RECORD_OFFCPU)
		snprintf(samples, sizeof(samples), " %llu samples%s",
			 (unsigned long long)counts->samples, live->mode == RECORD_WALL ? "," : "");
	if (live->mode != RECORD_CPU)
		snprintf(waits, sizeof(waits), " %llu waits of %.1f s",
			 (unsigned long long)counts->waits.n,
			 (counts->waits.blocked_ns + counts->waits.runqueue_ns) / 1e9);
	snprintf(line, sizeof(line), "\r\033[K%.1f%s:%s%s%s, %llu lost", elapsed_ns / 1e9, planned,
		 samples, waits, whole, (unsigned long long)lost);
	put(line);
}

void live_end(struct live *live)
{
	if (live->on && live->shown_ns)
		put("\r\033[K");
	live->on = false;
}
