/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checked records and waits in, a profile out: each sample's two stacks are
 * turned into locations (module, file offset) with the mappings of that moment,
 * once for each distinct stack, and samples with the same keys are added up. The
 * records of a batch come in any order; they are applied in the order of time.
 */
#ifndef FLAMETAP_PROFILER_COLLECTOR_H
#define FLAMETAP_PROFILER_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/vec.h"
#include "profiler/addresses.h"
#include "profiler/agreement.h"
#include "profiler/copies.h"
#include "profiler/locations.h"
#include "profiler/options.h"
#include "profiler/timeline.h"
#include "profiler/wire.h"
#include "report/profile.h"

struct kernel_cut;

struct collector_options {
	enum record_mode mode;    /* which values a sample has: record_values.h */
	bool user_only, kernel_only;
	uint64_t ns_per_sample;   /* the second value of a sample; 0: its weight */
	uint64_t start_ns;        /* CLOCK_MONOTONIC */
	bool compare;             /* stacks come both ways: they are compared, the kernel's stays */
	/* Told of each module whose code was met in a copied stack; NULL: nobody wants to know. */
	int (*on_module)(void *ctx, uint32_t module);
	void *on_module_ctx;
	struct kernel_cut *cut;   /* of kernel stacks of waits; NULL: they stay as they are */
	pid_t command;            /* what it waited for before its exec is flametap's; 0: none */
};

/* What became of the samples; all of them are in the profile but for n_bad. */
struct collector_counts {
	uint64_t samples;
	uint64_t results[UNWIND_N];
	uint64_t value;      /* sum of the second value: sampled CPU time in ns, or events */
	uint64_t bad;        /* records that did not pass the check */
	uint64_t copies; /* stacks that were unwound from a copy */
	uint64_t stacks_full; /* samples whose stack found no room */
	uint64_t prunes; /* how often stacks were cut short to make room */
	uint64_t first_ns, last_ns; /* time of the first and the last sample; 0: none */
	struct {
		uint64_t n;       /* waits: blocked phases, and of preempted threads the others */
		uint64_t results[UNWIND_N];
		uint64_t blocked_ns, runqueue_ns;
		uint64_t held_ns; /* of the command before its exec: in none of these */
	} waits;
};

struct collector_batch {
	VEC(struct checked_sample) samples;
	VEC(struct checked_wait) waits;
	struct side_events events;
	size_t next_sample, next_wait, next_event; /* to be applied */
	bool urgent; /* an event, or a sample of a process without tables */
};

/* A wait whose stack's record is not there yet. */
struct waiting_orphan {
	struct checked_wait wait;
	uint64_t since_ns;
};

struct collector {
	const struct collector_options *options;
	struct profile *profile;       /* borrowed, as all of these */
	struct timeline *timeline;
	struct locations locations;
	struct addresses addresses;    /* user and kernel stacks: IDs are 64 bits of content */
	struct copies copies;          /* waiting for their samples */
	struct copy_unwinder *unwinder;
	struct agreement agreement;
	uint64_t copies_swept_ns;
	size_t max_stacks;             /* of the profile: above it light ones are cut short */
	bool is_pruned_out;            /* there is nothing left that could be cut */
	size_t max_remembered;         /* in each of these three */
	struct idmap user_stacks;      /* (ID, process, epoch) -> stack in the profile */
	struct idmap whole_stacks;     /* (user stack, kernel ID) -> stack in the profile */
	struct idmap chains;           /* (stack, waker's) -> stack in the profile */
	struct idmap threads;          /* (tid, comms) -> thread in the profile */
	struct collector_batch incoming;    /* as drained, in any order */
	struct collector_batch batch;       /* in order; being applied */
	uint64_t batch_until_ns;
	VEC(struct checked_sample) orphans; /* their stack's record is not there yet */
	VEC(struct waiting_orphan) waiting_orphans;
	uint64_t command_exec_id;           /* of the command's own image; 0: not told yet */
	size_t n_stacks_tried;              /* stacks and copies known when they were tried last */
	struct collector_counts counts;
};

int collector_init(struct collector *collector, const struct collector_options *options,
		   struct profile *profile, struct timeline *timeline);
void collector_deinit(struct collector *collector);

/* Takes one record from a ring; for capture_drain(). */
int collector_record(void *ctx, const void *data, size_t size);
/* Takes waits that have ended; for switches_collect(). */
int collector_wait(void *ctx, const struct checked_wait *wait);
/* Where the side-band's events are to be put. */
struct side_events *collector_events(struct collector *collector);
/* True when something waits for its horizon that tables are to be loaded after. */
bool collector_is_urgent(const struct collector *collector);
/* True when so much waits to be applied that the rings should rather fill up, where what is
 * lost is counted. */
bool collector_is_full(const struct collector *collector);
/* The same of waits: no more of them are to be taken out of the kernel. Their stacks are, since
 * they would not come again. */
bool collector_has_many_waits(const struct collector *collector);
/*
 * Applies what came up to a time, mappings before samples, but not much at
 * once: *ret_more says that it wants to be called again, after the rings were
 * drained again, so that they do not overflow meanwhile.
 */
int collector_apply(struct collector *collector, uint64_t until_ns, bool *ret_more);
/* Applies all there is; what is still without its stack goes in without it. */
int collector_finish(struct collector *collector);
/* After that: gives back the memory of what only recording needs. Locations stay, as names are
 * given to them, and so do counts. */
void collector_forget(struct collector *collector);

#endif
