// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples in, a row for each class of waits out. See waits.h. */
#include "report/waits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "report/diff.h"
#include "report/profile.h"
#include "report/value.h"

void waits_columns_init(struct waits_columns *columns, const struct profile *profile)
{
	*columns = (struct waits_columns){
		.blocked = value_find(profile, "blocked"),
		.runqueue = value_find(profile, "runqueue"),
		.waits = value_find(profile, "waits"),
		.queued = value_find(profile, "queued"),
		.cpu = value_find(profile, "cpu"),
	};
}

/* What is less than nothing, as in a profile that another was subtracted from, counts as none. */
static uint64_t value_at(const struct profile *profile, size_t sample, uint32_t value)
{
	int64_t found = 0;

	if (value < profile->n_values)
		found = profile->values.data[sample * profile->n_values + value];
	return found > 0 ? found : 0;
}

void waits_phase_init(struct waits_phase *phase, const struct profile *profile,
		      const struct waits_columns *columns, size_t i)
{
	const struct profile_sample *sample = &profile->samples.data[i];
	bool queued = sample->flags & SAMPLE_RUNQUEUE;

	*phase = (struct waits_phase){
		.class = sample->wait_class,
		.idle = sample->flags & SAMPLE_IDLE,
		.queued = queued,
		.ns = value_at(profile, i, queued ? columns->runqueue : columns->blocked),
	};
	if (queued != wait_class_is_queued(phase->class))
		return;
	phase->measured = true;
	phase->n = value_at(profile, i, queued ? columns->queued : columns->waits);
	phase->longest_ns = profile_longest_ns(profile, i);
}

static void add_sample(struct waits_row *rows, struct waits_sums *sums,
		       const struct profile *profile, size_t i, const struct waits_columns *columns)
{
	struct waits_phase phase;
	struct waits_row *row;

	waits_phase_init(&phase, profile, columns, i);
	row = &rows[2 * phase.class + phase.idle];
	row->class = phase.class;
	row->idle = phase.idle;
	row->queued = wait_class_is_queued(phase.class);
	row->total_ns += phase.ns;
	if (phase.queued) {
		row->runqueue_ns += phase.ns;
		sums->runqueue_ns += phase.ns;
	} else if (phase.idle) {
		sums->idle_ns += phase.ns;
	} else {
		sums->blocked_ns += phase.ns;
	}
	if (phase.measured) {
		row->n += phase.n;
		row->counts[profile->samples.data[i].bucket] += phase.n;
		row->measured_ns += phase.ns;
		if (phase.longest_ns > row->longest_ns)
			row->longest_ns = phase.longest_ns;
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct waits_row *x = a, *y = b;

	if (x->idle != y->idle)
		return x->idle - y->idle;
	if (x->total_ns != y->total_ns)
		return x->total_ns < y->total_ns ? 1 : -1;
	return (int)x->class - (int)y->class;
}

int waits_init(struct waits *waits, const struct profile *profile)
{
	guard_free struct waits_row *rows = calloc(2 * WAIT_N, sizeof(*rows));
	struct waits_columns columns;

	*waits = (struct waits){};
	if (!rows)
		return -ENOMEM;
	waits_columns_init(&columns, profile);
	if (diff_is(profile) || !value_has_waits(profile))
		return 0;
	waits->sums.recorded_ns = profile->duration_ns;
	waits->sums.has_cpu = columns.cpu < profile->n_values;
	for (size_t i = 0; i < profile->samples.n; i++) {
		waits->sums.cpu_ns += value_at(profile, i, columns.cpu);
		if (profile->samples.data[i].wait_class)
			add_sample(rows, &waits->sums, profile, i, &columns);
	}
	for (size_t i = 0; i < 2 * WAIT_N; i++)
		if ((rows[i].n || rows[i].total_ns) && vec_push(&waits->rows, rows[i]))
			return -ENOMEM;
	if (waits->rows.n)
		qsort(waits->rows.data, waits->rows.n, sizeof(*rows), compare_rows);
	return 0;
}

void waits_deinit(struct waits *waits)
{
	vec_deinit(&waits->rows);
}

uint64_t waits_mean(const struct waits_row *row)
{
	return row->n ? row->measured_ns / row->n : 0;
}

/* Within its bucket, lengths are taken for evenly spread. */
uint64_t waits_percentile(const struct waits_row *row, double share)
{
	double rank = share * row->n, before = 0;

	for (unsigned i = 0; i < WAIT_BUCKETS; i++) {
		uint64_t start = wait_bucket_start(i), end = wait_bucket_start(i + 1);
		uint64_t ns;

		if (!row->counts[i] || before + row->counts[i] < rank) {
			before += row->counts[i];
			continue;
		}
		if (end > row->longest_ns && row->longest_ns >= start)
			end = row->longest_ns;
		ns = start + (end - start) * (rank - before) / row->counts[i];
		return ns < row->longest_ns || !row->longest_ns ? ns : row->longest_ns;
	}
	return row->longest_ns;
}

double waits_runqueue_percent(const struct waits_row *row)
{
	return row->total_ns ? 100.0 * row->runqueue_ns / row->total_ns : 0;
}

void waits_print_time(uint64_t ns, char text[WAITS_TEXT])
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	double amount = ns;
	int unit = 0;

	/* What would be rounded up to 1000 is 1.00 of the next. */
	while (unit < 3 && amount >= 999.5) {
		amount /= 1000;
		unit++;
	}
	snprintf(text, WAITS_TEXT, "%.*f %s",
		 unit == 0 || amount >= 99.95 ? 0
		 : amount >= 9.995	      ? 1
					      : 2,
		 amount, units[unit]);
}

void waits_print_name(const struct waits_row *row, char text[WAITS_NAME])
{
	snprintf(text, WAITS_NAME, "%s%s", wait_class_name(row->class), row->idle ? " (idle)" : "");
}

void waits_print_sums(const struct waits_sums *sums, char *text, size_t size)
{
	double all = sums->cpu_ns + sums->runqueue_ns + sums->blocked_ns + sums->idle_ns;
	int n = snprintf(text, size, "%.2f thread-seconds%s", all / 1e9,
			 sums->has_cpu ? "" : " off the CPU");

	if (sums->recorded_ns)
		n += snprintf(text + n, size - n, " in %.2f s", sums->recorded_ns / 1e9);
	n += snprintf(text + n, size - n, ": ");
	if (sums->has_cpu)
		n += snprintf(text + n, size - n, "%.2f on the CPU, ", sums->cpu_ns / 1e9);
	snprintf(text + n, size - n, "%.2f in the run queue, %.2f waiting, %.2f idle",
		 sums->runqueue_ns / 1e9, sums->blocked_ns / 1e9, sums->idle_ns / 1e9);
}
