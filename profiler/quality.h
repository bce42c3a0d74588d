/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording can say about itself: how much was seen, how much was lost
 * and why, how many stacks are whole. The session fills it; out come the one
 * quality line and the JSON of --stats.
 */
#ifndef FLAMETAP_PROFILER_QUALITY_H
#define FLAMETAP_PROFILER_QUALITY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profiler/agreement.h"
#include "profiler/options.h"
#include "profiler/quality_waits.h"
#include "report/profile.h"

struct unnamed;

struct quality {
	enum record_mode mode; /* the parts of the others stay as they are */
	uint64_t samples; /* that came to user space and are in the profile */

	/* Samples that are not in the profile, by reason; their sum is "lost". */
	struct {
		uint64_t ring;	/* the ring buffer of samples was full */
		uint64_t state; /* no room in the kernel for the process's state */
		uint64_t wire;	/* the record did not pass the check */
		uint64_t other;
	} lost;
	/* No samples, but what lies behind a low "covered" or "whole". */
	uint64_t lost_stacks;	/* stacks that found no room: in the ring buffer, or here */
	uint64_t lost_sideband; /* PERF_RECORD_LOST: mappings were read again */
	uint64_t lost_exits;	/* processes whose end was in such a record, found out later */
	uint64_t lost_remaps;	/* moved mappings and execs that found the ring buffer full */
	uint64_t foreign;	/* samples of tasks outside flametap's pid namespace */
	uint64_t cpus_changed;	/* CPUs that came or went */

	/* Unwind tables in the kernel: what they took at the end, and what found no room. */
	struct {
		uint64_t modules, bytes;
		uint64_t evicted; /* tables that made room for others */
		uint64_t rows_full, pages_full, modules_full;	/* modules without a table */
		uint64_t rules_full;				/* rows without their rule */
		uint64_t mappings_full, processes_full;		/* processes without tables */
	} tables;

	double covered;	     /* sampled_s / target_cpu_s; negative: not known */
	double sampled_s;    /* negative: not known (-c, events that are no clock) */
	double target_cpu_s; /* as the kernel accounts it; negative: not known */

	uint64_t user_samples; /* with a user address space: what "whole" is a share of */
	uint64_t whole;	       /* of those, whose user stack has a proved end */
	uint64_t kernel_only;
	uint64_t incomplete[UNWIND_N]; /* by reason; the entries of WHOLE and so on stay 0 */

	/* User stacks that came as a copy, and those that could not. */
	struct {
		uint64_t taken, over_budget, lost;
		uint64_t unwound; /* of those taken */
		uint64_t forgotten; /* the same: their samples were lost */
	} copies;
	const struct agreement *agreement; /* of the two ways, for tests; borrowed, or NULL */

	struct quality_waits waits;

	/* Of the weight, what is in stacks that were cut short to make room for others; of wakers'. */
	uint64_t shortened_weight, shortened_wakers_weight;
	uint64_t unnamed_weight; /* whose leaf has no function name */
	uint64_t unnamed_kernel_weight; /* of that, in the kernel */
	uint64_t total_weight;
	const struct unnamed *unnamed; /* by cause and place; borrowed, or NULL */

	const char *event;  /* borrowed */
	uint64_t frequency; /* Hz; 0: count is given */
	uint64_t count;	    /* one sample every so many events */

	double elapsed_s;
	double own_cpu_s;	  /* flametap's */
	uint64_t peak_rss_bytes;  /* flametap's; 0: not known */
	double bpf_ns_per_sample; /* negative: not measured (kernel.bpf_stats_enabled is 0) */
};

/* All zero, and what is not known negative. */
void quality_init(struct quality *quality);

/* What found no room among the unwind tables, whatever was full. */
uint64_t quality_tables_full(const struct quality *quality);
uint64_t quality_lost(const struct quality *quality);
/* Fractions of 1; negative when there is nothing to take them of. */
double quality_whole(const struct quality *quality);
double quality_unnamed(const struct quality *quality);

enum { QUALITY_LINE_SIZE = 1024 };

/* "samples=4995 lost=0 covered=99.6% whole=99.8% unnamed=0.1% event=cpu-clock hz=999
 * elapsed=5.00s", with further words only for what is not 0. Of offcpu it is
 * "waits=812 offcpu=9.98s accounted=100.0% ledger=100.0% whole=99.8% unnamed=0.1% elapsed=5.00s",
 * and of wall both. Cut to fit n bytes. */
void quality_line(const struct quality *quality, char *buf, size_t n);
/* One JSON object and a newline. 0, or -EIO with ferror(out) set. */
int quality_write_json(const struct quality *quality, FILE *out);

#endif
