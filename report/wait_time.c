// SPDX-License-Identifier: GPL-2.0-or-later
/* A sample in, the time of its waits out, and what of it is in a range. See wait_time.h. */
#include "report/wait_time.h"

#include <math.h>

#include "report/profile.h"

static uint64_t value_at(const struct profile *profile, size_t sample, uint32_t value)
{
	int64_t found = value < profile->n_values ?
				profile->values.data[sample * profile->n_values + value] :
				0;

	return found > 0 ? found : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void wait_time_init(struct wait_time *time, const struct profile *profile,
		    const struct waits_columns *columns, size_t i)
{
	const struct profile_sample *sample = &profile->samples.data[i];
	bool queued = sample->flags & SAMPLE_RUNQUEUE;
	uint64_t begin = sample->slice * profile->slice_ns, ns, n;

	*time = (struct wait_time){begin, begin};
	if (!sample->wait_class)
		return;
	ns = value_at(profile, i, queued ? columns->runqueue : columns->blocked);
	n = value_at(profile, i, queued ? columns->queued : columns->waits);
	if (n < 2) {
		time->until_ns = begin + ns;
		return;
	}
	time->until_ns = begin + larger(profile->slice_ns, ns / n);
	ns = larger(profile->slice_ns, ns);
	time->from_ns = time->until_ns > ns ? time->until_ns - ns : 0;
	time->until_ns = time->from_ns + ns;
}

bool wait_time_cut(const struct wait_time *time, uint64_t from_ns, uint64_t until_ns,
		   struct wait_part *ret)
{
	uint64_t until = until_ns ?: UINT64_MAX;
	uint64_t from = larger(time->from_ns, from_ns);

	*ret = (struct wait_part){time->from_ns, 1, 1};
	if (time->from_ns == time->until_ns)
		return time->from_ns >= from_ns && time->from_ns < until;
	if (time->until_ns < until)
		until = time->until_ns;
	if (from >= until)
		return false;
	*ret = (struct wait_part){from, until - from, time->until_ns - time->from_ns};
	return true;
}

int64_t wait_part_of(const struct wait_part *part, int64_t value, bool is_count)
{
	double exact;

	if (part->part_ns == part->whole_ns)
		return value;
	exact = fabs((double)value) * (double)part->part_ns / (double)part->whole_ns;
	exact = is_count ? ceil(exact) : floor(exact + 0.5);
	return value < 0 ? -(int64_t)exact : (int64_t)exact;
}
