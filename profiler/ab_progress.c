// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs come in as they begin and end; lines on standard error go out. */
#include "profiler/ab_progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "profiler/message.h"

void ab_progress_init(struct ab_progress *progress, bool quiet, bool verbose)
{
	*progress = (struct ab_progress){
		.quiet = quiet,
		.verbose = verbose && !quiet,
		.terminal = isatty(STDERR_FILENO) && !verbose,
	};
}

/* "pair 3, head", "warm-up, base" */
static void name_run(const struct gate_manifest_run *run, char *text, size_t n)
{
	if (run->warm_up)
		snprintf(text, n, "warm-up, %s", gate_side_name(run->side));
	else
		snprintf(text, n, "pair %llu, %s", (unsigned long long)run->pair + 1,
			 gate_side_name(run->side));
}

/* ", 1:20 left"; nothing before there is a run to go by. */
static void name_rest(const struct ab_progress *progress, char *text, size_t n)
{
	uint64_t elapsed_ns = clock_monotonic_ns() - progress->start_ns;
	unsigned long long left_s;

	*text = '\0';
	if (!progress->n_done)
		return;
	left_s = elapsed_ns / progress->n_done * (progress->n_runs - progress->n_done) / 1000000000;
	snprintf(text, n, ", %llu:%02llu left", left_s / 60, left_s % 60);
}

void ab_progress_begin(struct ab_progress *progress, const struct gate_manifest_run *run)
{
	char line[160], name[64], rest[64];

	if (!progress->n_done)
		progress->start_ns = clock_monotonic_ns();
	if (progress->quiet || !progress->terminal)
		return;
	name_run(run, name, sizeof(name));
	name_rest(progress, rest, sizeof(rest));
	snprintf(line, sizeof(line), "\r\033[Krun %zu of %zu (%s)%s", progress->n_done + 1,
		 progress->n_runs, name, rest);
	(void)!write(STDERR_FILENO, line, strlen(line));
	progress->shown = true;
}

static void say_more(const struct gate_manifest_run *run)
{
	if (run->profile)
		message("  load %.2f, %llu lost, covered %.1f%%, whole %.1f%%: %s", run->load1,
			(unsigned long long)run->lost, 100 * run->covered, 100 * run->whole, run->file);
	else
		message("  load %.2f", run->load1);
}

void ab_progress_end(struct ab_progress *progress, const struct gate_manifest_run *run)
{
	char name[64], samples[64] = "", operations[64] = "";

	progress->n_done++;
	progress->end_ns = clock_monotonic_ns();
	if (progress->quiet || progress->terminal)
		return;
	name_run(run, name, sizeof(name));
	if (run->samples)
		snprintf(samples, sizeof(samples), ", %llu samples",
			 (unsigned long long)run->samples);
	if (run->operations != 1)
		snprintf(operations, sizeof(operations), ", %.15g operations", run->operations);
	message("run %zu of %zu (%s): %.3f s of CPU time in %.3f s%s%s", progress->n_done,
		progress->n_runs, name, run->cpu_ns / 1e9, run->wall_ns / 1e9, samples, operations);
	if (progress->verbose)
		say_more(run);
}

double ab_progress_run_s(const struct ab_progress *progress)
{
	if (!progress->n_done)
		return 0;
	return (progress->end_ns - progress->start_ns) / 1e9 / progress->n_done;
}

void ab_progress_wipe(struct ab_progress *progress)
{
	if (progress->shown)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
	progress->shown = false;
}
