/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording of waits can say about itself: how much of the time that
 * threads were off the CPU is in it, and whether each thread's time adds up.
 */
#ifndef FLAMETAP_PROFILER_QUALITY_WAITS_H
#define FLAMETAP_PROFILER_QUALITY_WAITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/vec.h"
#include "profiler/wire.h"

/* What a thread did with its time, and what the kernel's own account says of that. */
struct ledger {
	struct checked_ledger of;
	bool schedstat; /* known: the thread has left a CPU */
	uint64_t schedstat_on_ns, schedstat_runqueue_ns; /* as struct checked_ledger has them */
};

enum { QUALITY_WAITS_TOLD = 40 };

struct ledger_list {
	VEC(struct ledger) items;
};

/* Of offcpu and wall. */
struct quality_waits {
	uint64_t n;        /* that are in the profile */
	double offcpu_s;   /* their time */
	double filtered_s; /* left out by --min-block and the like */
	double accounted;  /* of the off-CPU time of all ledgers, what is in the profile or filtered;
			    * negative: there was none */
	double ledger;     /* on-CPU + blocked + run queue of all threads / the time they lived */
	double lived_s, on_s, blocked_s, runqueue_s; /* sums of these */
	uint64_t n_threads;
	/* What stands behind a low "accounted". */
	uint64_t n_lost, n_threads_full, n_ledgers_lost, n_unwoken, n_unseen, n_wakers_lost;
	uint64_t n_ends_unseen; /* of threads that have no wait or time behind the last that was seen */
	double lost_s;
	double load; /* of the machine's CPU time, by the programs; negative: not known */
	const struct ledger_list *ledgers; /* borrowed; of each thread, or none */
};

/* (on-CPU + blocked + run queue) / the time it lived, all inside the recording; negative: none. */
double ledger_closes(const struct checked_ledger *ledger);
/* "waits": {...}, and each ledger where there are any, as members of an object. */
void quality_waits_write_json(const struct quality_waits *waits, FILE *out);
/* A line of each thread, to standard error, those that lived longest first; where there are more than
 * QUALITY_WAITS_TOLD, one line for all of the rest. */
void quality_waits_tell(const struct quality_waits *waits);

#endif
