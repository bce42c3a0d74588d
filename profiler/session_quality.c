// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters of the kernel side, the collector and the machine come in; the
 * figures of the quality line, --stats and the comments of a recording go out.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/guard.h"
#include "profiler/proc.h"
#include "profiler/session_error.h"
#include "profiler/session_private.h"
#include "report/leaf.h"
#include "report/profile_prune.h"

/* Two accounts of one thing, each blind where the other sees: perf's misses tasks that it was
 * thrown off (exec of a set-uid program), the kernel's own misses what was not waited for. */
static void measure_coverage(struct session *session, struct quality *quality)
{
	uint64_t cpu_ns = session->target.used_ns, perf_ns = 0;
	bool known = session->target.used_known;

	if (session->options->mode == RECORD_OFFCPU || !event_counts_time(&session->event) ||
	    (session->options->count && session->event.type == PERF_TYPE_HARDWARE))
		return;
	/* The rusage is in us: nothing may be less than that. */
	if (session->command.ended && session->command.cpu_ns > session->command_cpu_ns) {
		cpu_ns = session->command.cpu_ns - session->command_cpu_ns;
		known = true;
	}
	if (!session->target.every_cpu || session->widen.account.fds.n) {
		perf_ns = event_set_cpu_ns(session->target.every_cpu ? &session->widen.account :
								      &session->events);
		if (!known || perf_ns > cpu_ns)
			cpu_ns = perf_ns;
		known = true;
	}
	quality->sampled_s = session->collector.counts.value / 1e9;
	if (!known)
		return;
	quality->target_cpu_s = cpu_ns / 1e9;
	if (cpu_ns)
		quality->covered = quality->sampled_s / quality->target_cpu_s;
}

static int fill_waits(const struct session *session, struct quality *quality)
{
	const struct collector_counts *counts = &session->collector.counts;
	const struct session_waits *waits = &session->waits;
	struct quality_waits *ret = &quality->waits;
	struct switches_counts kernel;
	double offcpu_s = (waits->blocked_ns + waits->runqueue_ns) / 1e9, lost_s, seen_s;
	int err = switches_counts(waits->switches, &kernel);

	if (err)
		return err;
	lost_s = kernel.lost_ns / 1e9;
	quality->lost_stacks = kernel.n_stacks_lost;
	quality->copies.taken = kernel.n_copies;
	quality->copies.over_budget = kernel.n_copies_over_budget;
	quality->copies.lost = kernel.n_copies_lost;
	*ret = (struct quality_waits){
		.n = counts->waits.n,
		.offcpu_s = (counts->waits.blocked_ns + counts->waits.runqueue_ns) / 1e9,
		.filtered_s = (kernel.filtered_ns + counts->waits.held_ns) / 1e9,
		.accounted = -1,
		.ledger = -1,
		.lived_s = waits->lived_ns / 1e9,
		.on_s = waits->on_ns / 1e9,
		.blocked_s = waits->blocked_ns / 1e9,
		.runqueue_s = waits->runqueue_ns / 1e9,
		.n_threads = waits->n_threads,
		.n_lost = kernel.n_lost,
		.n_threads_full = kernel.n_threads_full,
		.n_ledgers_lost = kernel.n_ledgers_lost,
		.n_unwoken = kernel.n_unwoken,
		.n_unseen = kernel.n_unseen,
		.n_wakers_lost = kernel.n_wakers_lost,
		.n_ends_unseen = kernel.n_ends_unseen,
		.lost_s = lost_s,
		.load = session_waits_load(session),
		.ledgers = &waits->ledgers,
	};
	/* The ledgers know nothing of what waits found no room, or were not wanted. Samples stand for
	 * more or less than there was, by chance: accounted is what they were taken of. */
	seen_s = ret->offcpu_s + ret->filtered_s;
	if (session->options->waits.rate)
		seen_s = (kernel.rated_ns + kernel.filtered_ns) / 1e9 - lost_s;
	if (offcpu_s > 0)
		ret->accounted = seen_s > 0 ? seen_s / offcpu_s : 0;
	if (waits->lived_ns)
		ret->ledger = (ret->on_s + offcpu_s) / ret->lived_s;
	return 0;
}

static uint64_t cpus_changed(const struct session *session)
{
	struct cpu_list now;
	uint64_t changed = 0;

	if (!session->target.every_cpu || session->options->mode == RECORD_OFFCPU ||
	    cpu_list_init(&now))
		return 0;
	for (size_t i = 0; i < now.cpus.n; i++) {
		bool had = false;

		vec_each(&session->events.fds, event)
			had = had || event->cpu == now.cpus.data[i];
		changed += !had;
	}
	if (now.cpus.n - changed < session->events.fds.n)
		changed += session->events.fds.n - (now.cpus.n - changed);
	cpu_list_deinit(&now);
	return changed;
}

static void fill_tables(const struct table_stats *stats, struct quality *quality)
{
	quality->tables.modules = stats->n_modules;
	quality->tables.bytes = stats->bytes;
	quality->tables.evicted = stats->n_evicted;
	quality->tables.rows_full = stats->n_rows_full;
	quality->tables.pages_full = stats->n_pages_full;
	quality->tables.modules_full = stats->n_modules_full;
	quality->tables.rules_full = stats->n_rules_full;
	quality->tables.mappings_full = stats->n_mappings_full;
	quality->tables.processes_full = stats->n_processes_full;
}

/* Not ru_maxrss: that begins with the peak of what called exec(2). 0: not known. */
static uint64_t own_peak_bytes(void)
{
	FILE *file guard_fclose = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long kib;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %lu kB", &kib) == 1)
			return kib * 1024ULL;
	return 0;
}

static uint64_t count_result(const struct collector_counts *counts, enum unwind_result result)
{
	return counts->results[result] + counts->waits.results[result];
}

int session_fill_quality(struct session *session, struct quality *quality)
{
	const struct collector_counts *counts = &session->collector.counts;
	struct capture_counts kernel;
	uint64_t accounted;
	uint64_t run_ns, runs;
	struct rusage usage;
	int err = capture_counts(session->capture, &kernel);

	if (err)
		return err;
	quality_init(quality);
	quality->mode = session->options->mode;
	if (session->waits.switches)
		err = fill_waits(session, quality);
	if (err)
		return err;
	quality->samples = counts->samples;
	quality->lost.ring = kernel.n[COUNT_SAMPLE_LOST];
	quality->lost.state = kernel.n[COUNT_PROCESSES_FULL];
	quality->lost.wire = counts->bad;
	/* What the kernel side took and nobody has accounted for: there should be none. */
	accounted = counts->samples + counts->bad + kernel.n[COUNT_SAMPLE_LOST];
	if (kernel.n[COUNT_TAKEN] > accounted)
		quality->lost.other = kernel.n[COUNT_TAKEN] - accounted;
	quality->lost_stacks += kernel.n[COUNT_STACK_LOST] + counts->stacks_full +
			       session->collector.addresses.n_refused;
	quality->lost_remaps = kernel.n[COUNT_REMAP_LOST];
	quality->lost_sideband = session->collector.incoming.events.n_lost;
	quality->lost_exits = session->timeline.n_exits_lost;
	quality->foreign = kernel.n[COUNT_FOREIGN];
	quality->cpus_changed = cpus_changed(session);
	measure_coverage(session, quality);
	fill_tables(&session->tables.stats, quality);
	for (int i = 0; i < UNWIND_N; i++)
		if (unwind_result_is_incomplete(i))
			quality->incomplete[i] = count_result(counts, i);
	quality->whole = count_result(counts, UNWIND_WHOLE);
	quality->kernel_only = count_result(counts, UNWIND_KERNEL_ONLY);
	quality->user_samples = counts->samples + counts->waits.n - quality->kernel_only -
				count_result(counts, UNWIND_OMITTED);
	quality->copies.taken += kernel.n[COUNT_COPIES];
	quality->copies.over_budget += kernel.n[COUNT_COPY_OVER_BUDGET];
	quality->copies.lost += kernel.n[COUNT_COPY_LOST];
	quality->copies.unwound = counts->copies;
	quality->copies.forgotten = session->collector.copies.n_forgotten;
	if (session->collector_options.compare)
		quality->agreement = &session->collector.agreement;
	quality->event = session->event.name;
	quality->frequency = session->options->frequency;
	quality->count = session->options->count;
	quality->elapsed_s = (session->end_ns - session->start_ns) / 1e9;
	capture_run_time(session->capture, &run_ns, &runs);
	if (runs && run_ns)
		quality->bpf_ns_per_sample = (double)run_ns / runs;
	quality->peak_rss_bytes = own_peak_bytes();
	if (!getrusage(RUSAGE_SELF, &usage))
		quality->own_cpu_s = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
				     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	return 0;
}

/* The terminal has the first of these, --stats all; a file that is mailed tells of what matters. */
static int add_unnamed_comments(struct profile *profile, const struct unnamed *unnamed)
{
	enum { MOST = 8 };
	char text[sizeof(unnamed->items.data->what) + sizeof(unnamed->items.data->remedy) + 256];
	size_t n = 0, n_rest = 0;
	int64_t rest = 0;
	int err = 0;

	vec_each(&unnamed->items, item) {
		double share = unnamed_share(unnamed, item->weight);

		if (n == MOST || share < UNNAMED_LEAST_PERCENT) {
			rest += item->weight;
			n_rest++;
			continue;
		}
		snprintf(text, sizeof(text), UNNAMED_COMMENT "%.1f%% of the samples, in %s%s: %s%s%s%s%s",
			 share, item->process ? "code made at run time by " : "", item->what,
			 item->cause, *item->debuginfod ? ", debuginfod: " : "", item->debuginfod,
			 item->remedy[0] ? "; " : "", item->remedy);
		err = profile_add_comment(profile, text);
		if (err)
			return err;
		n++;
	}
	if (unnamed_share(unnamed, rest) < UNNAMED_LEAST_PERCENT)
		return 0;
	snprintf(text, sizeof(text), UNNAMED_COMMENT "%.1f%% of the samples, in %zu %s of less",
		 unnamed_share(unnamed, rest), n_rest, n_rest == 1 ? "place" : "places");
	return profile_add_comment(profile, text);
}

int session_add_comments(struct session *session, const struct quality *quality)
{
	char words[QUALITY_LINE_SIZE], text[QUALITY_LINE_SIZE + 16];
	struct utsname machine;
	int err;

	quality_line(quality, words, sizeof(words));
	snprintf(text, sizeof(text), "quality: %s", words);
	err = profile_add_comment(&session->profile, text);
	if (!err && !uname(&machine)) {
		snprintf(text, sizeof(text), "machine: %s %s %s", machine.sysname,
			 machine.release, machine.machine);
		err = profile_add_comment(&session->profile, text);
	}
	if (!err)
		err = add_unnamed_comments(&session->profile, &session->unnamed);
	if (!err && session->options->with_cmdline)
		err = session_add_cmdline(&session->profile, session->options);
	return err;
}

static void fill_shortened(const struct profile *profile, struct quality *quality)
{
	struct prune_weights weights;

	profile_prune_weights(profile, &weights);
	quality->shortened_weight = weights.cut;
	quality->shortened_wakers_weight = weights.wakers_cut;
}

/* A weight is unnamed when the code that it is of (leaf.h) is a bracketed place and not a name. */
int session_fill_unnamed(const struct profile *profile, struct quality *quality)
{
	guard(leaf_deinit) struct leaf leaf = {};
	int err = leaf_init(&leaf, profile);

	for (size_t i = 0; !err && i < profile->samples.n; i++) {
		int64_t weight = profile->values.data[i * profile->n_values];
		uint32_t location = leaf_location(&leaf, i);
		uint32_t module = profile->locations.data[location].module;

		quality->total_weight += weight;
		if (leaf_is_named(profile, location))
			continue;
		quality->unnamed_weight += weight;
		if (profile->modules.data[module].kind == MODULE_KERNEL)
			quality->unnamed_kernel_weight += weight;
	}
	fill_shortened(profile, quality);
	return err;
}

/* Without memory for that the recording is none the worse. */
void session_explain_unnamed(struct session *session, struct session_result *result)
{
	const struct unnamed_input input = {
		.profile = &session->profile,
		.files = &result->names,
		.jit = result->made_code,
		.unnamed_weight = result->quality.unnamed_weight,
		.kernel_weight = result->quality.unnamed_kernel_weight,
		.total_weight = result->quality.total_weight,
		.kernel_error = result->kernel_error,
		.no_symbols = session->options->no_symbols,
	};

	if (unnamed_init(&session->unnamed, &input))
		unnamed_deinit(&session->unnamed);
	else
		result->quality.unnamed = &session->unnamed;
}

static bool process_goes_on(pid_t pid)
{
	guard_close int fd = proc_open(pid);
	struct proc_stat stat;

	return fd >= 0 && !proc_read_stat(fd, &stat) && stat.state != 'Z' && stat.state != 'X';
}

/* An exec ends all threads but the one that calls it, which takes the process's own id. It may be
 * so slow that it has not been told of yet. */
void session_fill_ended(const struct session *session, struct session_result *result)
{
	vec_each(&session->target.watched, item) {
		const struct process *process = timeline_find(&session->timeline, item->process);

		if (!item->ended || item->process == item->id || result->replaced ||
		    !process_goes_on(item->process))
			continue;
		result->ended_tid = item->id;
		result->ended_pid = item->process;
		result->replaced = process && process->replaced;
	}
}
