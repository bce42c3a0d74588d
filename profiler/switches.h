/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side of off-CPU time: loads bpf/switches.bpf.c beside the
 * capture, whose maps of targets and unwind tables it shares, and hands out what
 * threads waited for, added up, and what each thread did with its time.
 */
#ifndef FLAMETAP_PROFILER_SWITCHES_H
#define FLAMETAP_PROFILER_SWITCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/capture.h"
#include "profiler/wire.h"

struct switches_options {
	struct wire_config config; /* as the capture's, but filter is never FILTER_BOUND; masks,
	                              wake-ups and the namespace are filled in */
	const struct capture *capture; /* borrowed; must outlive the switches */
	bool wakers;               /* who ends a wait, too */
	uint64_t rate_interval_ns; /* a wait for each of these of a thread's off-CPU time; 0: every wait */
	uint64_t min_block_ns, max_block_ns; /* of the blocked phase; 0 and UINT64_MAX: all */
	uint32_t states;           /* mask of 1 << enum wire_state */
	uint32_t n_threads;        /* of the machine, now */
	bool verbose;              /* libbpf's own words go to standard error */
};

struct switches;

/* Loads the programs. 0 or a negative errno, as capture_create(). */
int switches_create(const struct switches_options *options, struct switches **ret);
void switches_destroy(struct switches *switches);
/* Its programs read the kernel's types directly (Linux 5.17); else they are dearer. */
bool switches_are_direct(const struct switches *switches);
/* What threads wait for when a recording begins can be listed. */
bool switches_can_list(const struct switches *switches);

typedef int (*switches_process)(void *ctx, const struct wire_listed *process);
/* Hands over the processes that are targets: a stack is walked by a process's tables only if they
 * are known to be of that very image. 0 (also where the kernel cannot list them) or what the callback
 * returned. */
int switches_processes(const struct switches *switches, switches_process process, void *ctx);

/* Attaches the programs and begins to count: at *ret_start_ns (CLOCK_MONOTONIC), from which on
 * all time of all targets is accounted for. 0 or a negative errno. */
int switches_begin(struct switches *switches, uint64_t *ret_start_ns);
/* Readable when switches_drain() has something to do. */
int switches_poll_fd(const struct switches *switches);
/* Hands over stacks and copies; as capture_drain(). */
int switches_drain(struct switches *switches, capture_record record, void *ctx, bool *ret_left);

/* A negative return stops and comes back. The wait is the caller's to keep by value. */
typedef int (*switches_wait)(void *ctx, const struct checked_wait *wait);
/*
 * Hands over the waits that have ended since the last call, and waits some milliseconds for the
 * kernel: a few times a second is often enough. All that ended before *ret_until_ns have been
 * handed over then. After a failure of the callback the rest comes with the next call.
 */
int switches_collect(struct switches *switches, switches_wait wait, void *ctx,
		     uint64_t *ret_until_ns);
/* True when so many wait in the kernel that they had better be collected soon. */
bool switches_are_many(const struct switches *switches);

/* Counts no more from *ret_end_ns on. To be followed by switches_drain() until nothing is left and
 * switches_collect(), which then hands over what threads are still waiting for, too. */
int switches_end(struct switches *switches, uint64_t *ret_end_ns);

typedef int (*switches_ledger)(void *ctx, const struct checked_ledger *ledger);
/* Hands over the ledgers of threads that have ended, each once; after switches_end(), of all. */
int switches_ledgers(struct switches *switches, switches_ledger ledger, void *ctx);

/* Sums over all CPUs. */
struct switches_counts {
	uint64_t n_waits;          /* that have ended: handed over, filtered out or lost */
	uint64_t waits_ns;         /* their off-CPU time */
	uint64_t n_filtered;       /* left out by --min-block, --max-block, --state */
	uint64_t filtered_ns;
	uint64_t n_lost;           /* found no room */
	uint64_t lost_ns;
	uint64_t n_threads_full;   /* events of threads that there was no room for */
	uint64_t n_stacks_lost;    /* a stack's record found the ring full: sent again later */
	uint64_t n_ledgers_lost;   /* of threads that ended */
	uint64_t n_copies, n_copies_over_budget, n_copies_lost;
	uint64_t n_unwoken;        /* switched in without a wake-up that was seen */
	uint64_t n_unseen;         /* switched out without having been seen to be switched in */
	uint64_t n_wakers_lost;    /* who ended a wait found no room, in the ring or here */
	uint64_t rated_ns;         /* with an interval: off-CPU time that intervals were taken of */
	uint64_t n_ends_unseen;    /* threads that were gone at the end, and had not been seen to go */
};
int switches_counts(const struct switches *switches, struct switches_counts *ret);
/* Run time of all its programs and how often they ran; both 0 unless kernel.bpf_stats_enabled. */
void switches_run_time(const struct switches *switches, uint64_t *ret_ns, uint64_t *ret_runs);

#endif
