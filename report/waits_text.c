// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What threads waited for, as text: the table by class for terminals, .txt and
 * .md; the futexes and histograms of .txt.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/guard.h"
#include "report/markdown.h"
#include "report/profile.h"
#include "report/text.h"
#include "report/value.h"
#include "report/waits.h"

enum {
	LINE_COLUMNS = 120,
	TABLE_NAME = 20,
	TABLE_COLUMNS = TABLE_NAME + 72,
	MOST_FUTEXES = 20,
	FUNCTION_COLUMNS = 40,
	BAR_COLUMNS = 50,
	OCTAVE = 8, /* buckets */
};

/* The cells of a row, as text. */
struct cells {
	char name[WAITS_NAME], total[WAITS_TEXT], mean[WAITS_TEXT], p50[WAITS_TEXT];
	char p99[WAITS_TEXT], max[WAITS_TEXT];
};

static void fill_cells(struct cells *cells, const struct waits_row *row)
{
	waits_print_name(row, cells->name);
	waits_print_time(row->total_ns, cells->total);
	waits_print_time(waits_mean(row), cells->mean);
	waits_print_time(waits_percentile(row, 0.5), cells->p50);
	waits_print_time(waits_percentile(row, 0.99), cells->p99);
	waits_print_time(row->longest_ns, cells->max);
}

/* A line that is too long goes on in the next, from a blank on. */
static void write_folded(const char *text, size_t columns, FILE *out)
{
	while (strlen(text) > columns) {
		const char *blank = memrchr(text, ' ', columns + 1);

		if (!blank || blank == text)
			break;
		fprintf(out, "%.*s\n", (int)(blank - text), text);
		text = blank + 1;
	}
	fprintf(out, "%s\n", text);
}

/* Of so many columns: where the line is short, the mean gives way. */
static void write_table(const struct waits *waits, size_t columns, FILE *out)
{
	bool mean = columns >= TABLE_COLUMNS;
	size_t name = mean ? TABLE_NAME : strlen("waits for");
	struct cells cells;
	char sums[256];

	vec_each(&waits->rows, row) {
		fill_cells(&cells, row);
		if (strlen(cells.name) > name)
			name = strlen(cells.name);
	}
	fprintf(out, mean ? "%-*s %10s %9s" : "%-*s %8s %9s", (int)name, "waits for", "waits",
		"total");
	if (mean)
		fprintf(out, " %9s", "mean");
	fprintf(out, " %9s %9s %9s %10s\n", "p50", "p99", "max", "run queue");
	vec_each(&waits->rows, row) {
		fill_cells(&cells, row);
		fprintf(out, mean ? "%-*s %10" PRIu64 " %9s" : "%-*s %8" PRIu64 " %9s", (int)name,
			cells.name, row->n, cells.total);
		if (mean)
			fprintf(out, " %9s", cells.mean);
		fprintf(out, " %9s %9s %9s %9.1f%%\n", cells.p50, cells.p99, cells.max,
			waits_runqueue_percent(row));
	}
	waits_print_sums(&waits->sums, sums, sizeof(sums));
	write_folded(sums, columns, out);
}

int waits_write_table(const struct profile *profile, size_t columns, FILE *out)
{
	guard(waits_deinit) struct waits waits = {};
	int err = waits_init(&waits, profile);

	if (err || !waits.rows.n)
		return err;
	write_table(&waits, columns, out);
	return ferror(out) ? -EIO : 0;
}

static const char *function_name(const struct profile *profile, uint32_t function)
{
	return strings_get(&profile->strings, profile->functions.data[function].name);
}

static void write_futex(const struct profile *profile, const struct waits_futex *futex, bool wakers,
			FILE *out)
{
	const char *process = strings_get(&profile->strings, futex->process);
	const char *waiter = function_name(profile, futex->waiter);
	const char *waker = function_name(profile, futex->waker);
	char total[WAITS_TEXT], mean[WAITS_TEXT], max[WAITS_TEXT];

	waits_print_time(futex->blocked_ns, total);
	waits_print_time(futex->n ? futex->blocked_ns / futex->n : 0, mean);
	waits_print_time(futex->longest_ns, max);
	fprintf(out, "%#18" PRIx64 "  %-9s %10" PRIu64 " %9s %9s %9s  ", futex->address,
		wait_class_name(futex->class), futex->n, total, mean, max);
	text_write_name(process, strlen(process), 16, 16, out);
	if (futex->pid)
		fprintf(out, " %7d  ", futex->pid);
	else
		fprintf(out, " %7s  ", "-");
	text_write_name(waiter, strlen(waiter), wakers ? FUNCTION_COLUMNS : 0, FUNCTION_COLUMNS,
			out);
	if (wakers) {
		fputs("  ", out);
		text_write_name(waker, strlen(waker), 0, FUNCTION_COLUMNS, out);
	}
	fputc('\n', out);
}

static int write_futexes(const struct profile *profile, FILE *out)
{
	guard(waits_futexes_deinit) struct waits_futexes futexes = {};
	int err = waits_futexes_init(&futexes, profile);
	bool wakers = false;

	if (err || !futexes.items.n)
		return err;
	vec_each(&futexes.items, futex)
		wakers |= futex->waker != 0;
	fprintf(out, "\n%18s  %-9s %10s %9s %9s %9s  %-16s %7s  ", "futex", "class", "waits",
		"blocked", "mean", "max", "process", "pid");
	if (wakers)
		fprintf(out, "%-*s  woken in\n", FUNCTION_COLUMNS, "waited in");
	else
		fputs("waited in\n", out);
	for (size_t i = 0; i < futexes.items.n && i < MOST_FUTEXES; i++)
		write_futex(profile, &futexes.items.data[i], wakers, out);
	if (futexes.items.n > MOST_FUTEXES)
		fprintf(out, "%zu more futexes\n", futexes.items.n - MOST_FUTEXES);
	return 0;
}

/* An octave a line, from the first that has waits to the last. */
static void write_histogram(const struct waits_row *row, FILE *out)
{
	static const char bar[] = "##################################################";
	uint64_t counts[WAIT_BUCKETS / OCTAVE] = {}, most = 0;
	unsigned first = WAIT_BUCKETS / OCTAVE, last = 0;
	char name[WAITS_NAME];

	for (unsigned i = 0; i < WAIT_BUCKETS; i++)
		counts[i / OCTAVE] += row->counts[i];
	for (unsigned i = 0; i < WAIT_BUCKETS / OCTAVE; i++) {
		if (!counts[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = counts[i] > most ? counts[i] : most;
	}
	if (!most)
		return;
	waits_print_name(row, name);
	fprintf(out, "\n%s%s\n", name, row->queued ? ", time in the run queue" : "");
	for (unsigned i = first; i <= last; i++) {
		char from[WAITS_TEXT], until[WAITS_TEXT];
		int n = (double)counts[i] * BAR_COLUMNS / most + 0.5;

		waits_print_time(wait_bucket_start(i * OCTAVE), from);
		waits_print_time(wait_bucket_start((i + 1) * OCTAVE), until);
		fprintf(out, "%9s .. %-9s %10" PRIu64 " %.*s\n", from, until, counts[i],
			counts[i] && !n ? 1 : n, bar);
	}
}

int waits_write_lengths(const struct profile *profile, FILE *out)
{
	guard(waits_deinit) struct waits waits = {};
	int err = waits_init(&waits, profile);

	if (!err && waits.rows.n)
		err = write_futexes(profile, out);
	if (err)
		return err;
	vec_each(&waits.rows, row)
		write_histogram(row, out);
	return ferror(out) ? -EIO : 0;
}

int waits_write_text(const struct profile *profile, FILE *out)
{
	guard(waits_deinit) struct waits waits = {};
	int err = waits_init(&waits, profile);

	if (err || !waits.rows.n)
		return err;
	write_table(&waits, LINE_COLUMNS, out);
	fputs("Mean, p50, p99 and max are of the time blocked; of preempted, throttled and first run, "
	      "of the time\nin the run queue. Percentiles are right to 12.5%.\n",
	      out);
	err = waits_write_places(profile, out);
	return err ?: waits_write_lengths(profile, out);
}

int waits_write_markdown(const struct profile *profile, FILE *out)
{
	guard(waits_deinit) struct waits waits = {};
	int err = waits_init(&waits, profile);
	char sums[256];

	if (err || !waits.rows.n)
		return err;
	fputs("#### Waits\n\n| waits for | waits | total | mean | p50 | p99 | max | run queue |\n"
	      "|:--|--:|--:|--:|--:|--:|--:|--:|\n",
	      out);
	vec_each(&waits.rows, row) {
		struct cells cells;

		fill_cells(&cells, row);
		fprintf(out, "| %s | %" PRIu64 " | %s | %s | %s | %s | %s | %.1f%% |\n", cells.name,
			row->n, cells.total, cells.mean, cells.p50, cells.p99, cells.max,
			waits_runqueue_percent(row));
	}
	waits_print_sums(&waits.sums, sums, sizeof(sums));
	fprintf(out, "\n%s\n\n", sums);
	return waits_write_places_markdown(profile, out);
}
