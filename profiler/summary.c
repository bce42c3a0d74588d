// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a recording on the terminal. First what was found, then what
 * stands in the way of better figures with the exact remedy, then the line
 * that says how good they are.
 */
#include "profiler/summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profiler/kernel_names.h"
#include "profiler/message.h"
#include "profiler/options.h"
#include "profiler/runtimes.h"
#include "profiler/session.h"
#include "profiler/unnamed.h"
#include "report/text.h"
#include "report/value.h"
#include "report/waits.h"

enum {
	TOP = 10,
	MOST_UNNAMED = 3, /* lines about what has no names */
};

static void print_tables(const struct record_options *options, const struct profile *profile)
{
	uint32_t value = profile->default_value;
	enum target_kind kind = options->target.kind;
	bool many = kind == TARGET_ALL || kind == TARGET_CGROUP || kind == TARGET_COMMAND ||
		    options->target.follow;

	if (!profile->samples.n)
		return;
	if (many) {
		text_write_processes(profile, &options->report, value, TOP, stderr);
		fputc('\n', stderr);
	}
	if (options->mode != RECORD_CPU) {
		waits_write_short(profile, text_terminal_columns(stderr), stderr);
		fputc('\n', stderr);
		value = value_find(profile, "cpu");
	}
	if (value < profile->n_values && value_sum(profile, value)) {
		fputs(options->mode == RECORD_CPU ? "" : "top functions on the CPU\n", stderr);
		text_write_top(profile, &options->report, value, TOP, stderr);
		fputc('\n', stderr);
	}
	fflush(stderr);
}

/* Not all waits. */
static bool are_chosen(const struct wait_options *waits)
{
	return waits->rate || waits->min_block_ns || waits->max_block_ns != UINT64_MAX ||
	       waits->states;
}

static void say_idle(const struct record_options *options, const struct session_result *result)
{
	const struct quality *quality = &result->quality;

	if (result->n_children && options->target.ids.n &&
	    result->children_ns > 10 * quality->sampled_s * NS_PER_SEC &&
	    result->children_ns > NS_PER_SEC / 20) {
		message("%d was idle; its %llu %s used %.1f s; add --follow",
			options->target.ids.data[0], (unsigned long long)result->n_children,
			result->n_children == 1 ? "child" : "children", result->children_ns / 1e9);
	} else if (quality->mode == RECORD_OFFCPU && !quality->waits.n && !quality->waits.lived_s) {
		message("no waits: the target was not there in %.1f s", quality->elapsed_s);
	} else if (quality->mode == RECORD_OFFCPU && !quality->waits.n && are_chosen(&options->waits)) {
		message("no waits: of %.1f s off the CPU the options leave none; choose more with "
			"--min-block, --max-block, --state or --rate",
			quality->waits.blocked_s + quality->waits.runqueue_s);
	} else if (quality->mode == RECORD_OFFCPU && !quality->waits.n) {
		message("no waits: the target did not leave its CPUs in %.1f s", quality->elapsed_s);
	} else if (quality->mode == RECORD_CPU && !quality->samples) {
		message("no samples: the target did not run on a CPU in %.1f s", quality->elapsed_s);
	}
}

/* What costs the machine more than that is told of, with what costs less. */
static const double DEAR = 0.05;

static void say_waits(const struct quality_waits *waits, const struct record_options *options)
{
	const char *remedy = options->waits.rate ?
				     "choose fewer processes" :
				     "--rate 999 samples them, or choose fewer processes";
	bool verbose = options->verbose;

	if (waits->load > DEAR)
		message("switches: watching them took %.1f%% of the machine's CPU time; %s",
			100 * waits->load, remedy);
	else if (verbose && waits->load >= 0)
		message("switches: watching them took %.2f%% of the machine's CPU time",
			100 * waits->load);
	if (waits->n_lost)
		message("waits: %llu of them, %.2f s, found no room in the kernel; %s",
			(unsigned long long)waits->n_lost, waits->lost_s, remedy);
	if (waits->n_threads_full)
		message("waits: there was no room for all threads, which is %llu switches; choose "
			"fewer processes",
			(unsigned long long)waits->n_threads_full);
}

/* Bursts shorter than the period are seen by chance only: both figures are printed. */
static void say_coverage(const struct quality *quality, uint64_t widened_ns)
{
	if (widened_ns)
		message("covered: threads or children that end within a tick were not seen by "
			"events on the target's tasks; events on every CPU took over after %.2f s",
			widened_ns / 1e9);
	if (quality->covered >= 0 && quality->covered < 0.98 && quality->target_cpu_s > 0.02)
		message("covered: samples stand for %.2f s of the %.2f s that the target used the "
			"CPU; the rest is in bursts shorter than a tick, or in ticks the kernel "
			"left out",
			quality->sampled_s, quality->target_cpu_s);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* The archive of debug packages is told of once: *told. */
static int remedy_length(const struct unnamed_item *item, bool *told)
{
	const char *archive = strstr(item->remedy, ", with \"deb ");
	int n = archive && *told ? archive - item->remedy : (int)strlen(item->remedy);

	*told |= archive != NULL;
	return n;
}

static void say_unnamed_item(const struct unnamed_item *item, double share, bool *told)
{
	char others[32] = "";

	if (item->n_others)
		snprintf(others, sizeof(others), " and %u more", item->n_others);
	if (item->process)
		message("names: %.1f%% of the samples are in code that PID %d (%s)%s made at run time; %s",
			share, item->process->pid, item->what, others, item->remedy);
	else
		message("names: %.1f%% of the samples end in functions of %s that have no name: "
			"%s%s%s%s%.*s",
			share, base_name(item->what),
			!strcmp(item->cause, resolve_cause_name(RESOLVE_NO_SYMBOL)) ?
				"no symbol covers them" :
			!strcmp(item->cause, resolve_cause_name(RESOLVE_STRIPPED)) ?
				"it is stripped" :
				item->cause,
			*item->debuginfod ? ", debuginfod: " : "", item->debuginfod,
			item->remedy[0] ? "; " : "", remedy_length(item, told), item->remedy);
}

/* The worst ones: the file has a box for each of their functions all the same. Of the kernel's
 * names say_names() tells. */
static void say_unnamed(const struct unnamed *unnamed)
{
	int64_t rest = 0;
	size_t n = 0, n_rest = 0;
	bool told = false;

	vec_each(&unnamed->items, item) {
		double share = unnamed_share(unnamed, item->weight);

		if (!strcmp(item->what, "[kernel]"))
			continue;
		if (n < MOST_UNNAMED && share >= UNNAMED_LEAST_PERCENT) {
			say_unnamed_item(item, share, &told);
			n++;
		} else {
			rest += item->weight;
			n_rest++;
		}
	}
	if (n == MOST_UNNAMED && unnamed_share(unnamed, rest) >= UNNAMED_LEAST_PERCENT)
		message("names: %.1f%% of the samples have none in %zu other %s; --stats lists them",
			unnamed_share(unnamed, rest), n_rest, n_rest == 1 ? "place" : "places");
}

/* The commonest reason, with what can be done about it. */
static void say_stacks(const struct quality *quality)
{
	int worst = 0;

	for (int i = 0; i < UNWIND_N; i++)
		if (quality->incomplete[i] > quality->incomplete[worst])
			worst = i;
	if (quality->user_samples && quality->incomplete[worst] * 100 > quality->user_samples)
		message("stacks: %.1f%% of them are incomplete (%s): %s",
			100.0 * quality->incomplete[worst] / quality->user_samples,
			unwind_result_name(worst),
			unwind_result_remedy(worst, quality->mode != RECORD_CPU));
}

static void say_shortened(const struct quality *quality)
{
	static const char *const remedies[] = {
		[RECORD_CPU] = "choose fewer processes or a shorter time, or a lower -F",
		[RECORD_OFFCPU] = "choose fewer processes or a shorter time, or sample with --rate",
		[RECORD_WALL] = ("choose fewer processes or a shorter time, or sample with "
				 "--rate and a lower -F"),
	};
	const char *remedy = remedies[quality->mode];
	double total = quality->total_weight;

	if (quality->shortened_weight)
		message("stacks: there were too many different ones, and the lightest were cut short: "
			"%.1f%% of all ends in [too many stacks]; %s",
			100 * quality->shortened_weight / total, remedy);
	if (quality->shortened_wakers_weight)
		message("wakers: there were too many different stacks, and the lightest of those of "
			"wakers were cut short: %.1f%% of all ends in [too many stacks]; %s",
			100 * quality->shortened_wakers_weight / total, remedy);
}

/* Only where it may be why stacks are incomplete. */
static void say_tables(const struct quality *quality, bool verbose)
{
	uint64_t full = quality_tables_full(quality);

	if (verbose || (full && quality->incomplete[UNWIND_NO_TABLE]))
		message("tables: %llu modules have one in the kernel, %.1f MiB; %llu gave way to "
			"others, %llu found no room%s",
			(unsigned long long)quality->tables.modules,
			quality->tables.bytes / 1048576.0,
			(unsigned long long)quality->tables.evicted, (unsigned long long)full,
			full ? "; --unwind copy does without, or record fewer processes" : "");
}

/* What would have made them whole, where that is known of the program. */
static void say_runtime(const struct profile *profile)
{
	struct runtime_remedy found;
	char others[32] = "";

	if (runtimes_find(profile, &found) || !found.cause)
		return;
	if (found.n_others)
		snprintf(others, sizeof(others), " and %u more", found.n_others);
	message("%s (%d)%s: %.1f%% of the stacks %s; %s", found.process, found.pid, others,
		100 * found.share, found.cause, found.remedy);
}

static void say_names(const struct session_result *result)
{
	if (result->kernel_error == -EACCES)
		message("kernel names: hidden by kptr_restrict; %s", kernel_names_remedy());
	else if (result->kernel_error)
		message("kernel names: /proc/kallsyms: %s", strerror(-result->kernel_error));
	if (result->kernel_debug_error == -ESTALE)
		message("kernel lines: the vmlinux that is here is not of the running kernel's build; "
			"install its debug package, or boot the kernel that is installed");
	if (result->n_unopened)
		message("names: %llu files with code were gone before they could be read",
			(unsigned long long)result->n_unopened);
	if (result->n_over_limit)
		message("names: %llu files with code are more than there are descriptors for; raise "
			"`ulimit -Hn`",
			(unsigned long long)result->n_over_limit);
	if (result->n_unread)
		message("names: %llu processes were gone before their mappings could be read",
			(unsigned long long)result->n_unread);
}

static void say_ended(const struct session_result *result)
{
	if (result->replaced)
		message("%d: the thread ended when process %d executed another program; use -p %d",
			result->ended_tid, result->ended_pid, result->ended_pid);
	else if (result->ended_tid)
		message("%d: the thread has ended, and its process %d goes on; use -p %d",
			result->ended_tid, result->ended_pid, result->ended_pid);
}

void summary_say_names(const struct profile *profile, const struct resolve_stats *stats)
{
	const struct profile_module *module = &profile->modules.data[stats->split_module];

	if (stats->n_names_refused)
		message("names: %llu found no room in %d MiB and were left out; take fewer programs at "
			"once",
			(unsigned long long)stats->n_names_refused, SYMBOLIZER_MAX_NAMES >> 20);
	if (stats->n_split_missing)
		message("%s: split DWARF is not here (%llu missing, the first is %s), so that inlined "
			"functions stay unknown; name the directory of its .dwo files or its .dwp with "
			"--debug-dir",
			strings_get(&profile->strings, module->path),
			(unsigned long long)stats->n_split_missing, stats->split_missing);
}

void summary_print(const struct record_options *options, const struct profile *profile,
		   const struct session_result *result)
{
	char words[QUALITY_LINE_SIZE];

	print_tables(options, profile);
	say_idle(options, result);
	say_ended(result);
	say_coverage(&result->quality, result->widened_ns);
	if (options->mode != RECORD_CPU)
		say_waits(&result->quality.waits, options);
	say_stacks(&result->quality);
	say_shortened(&result->quality);
	say_tables(&result->quality, options->verbose);
	say_runtime(profile);
	if (result->quality.unnamed)
		say_unnamed(result->quality.unnamed);
	say_names(result);
	summary_say_names(profile, &result->names);
	if (result->quality.lost.ring)
		message("lost: the ring buffer was full for %llu samples; lower -F",
			(unsigned long long)result->quality.lost.ring);
	if (options->verbose)
		message("seen: %llu execs, first sample after %.1f ms, ended by %s",
			(unsigned long long)result->n_execs, result->first_sample_ns / 1e6,
			result->end ? result->end : "?");
	if (options->verbose && options->mode != RECORD_CPU)
		quality_waits_tell(&result->quality.waits);
	quality_line(&result->quality, words, sizeof(words));
	message("quality: %s", words);
}
