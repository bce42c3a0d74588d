/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session consists of, for session.c, which runs it, and session_quality.c, which says
 * how good its figures are. */
#ifndef FLAMETAP_PROFILER_SESSION_PRIVATE_H
#define FLAMETAP_PROFILER_SESSION_PRIVATE_H

#include <signal.h>

#include "profiler/capture.h"
#include "profiler/collector.h"
#include "profiler/command.h"
#include "profiler/event.h"
#include "profiler/kernel_cut.h"
#include "profiler/kernel_names.h"
#include "profiler/live.h"
#include "profiler/session.h"
#include "profiler/sideband.h"
#include "profiler/switches.h"
#include "profiler/tables.h"
#include "profiler/target.h"
#include "profiler/unnamed.h"

/* Going over to events on every CPU. */
struct session_widen {
	bool off;               /* done, or not for this target */
	int n_poor;             /* looks in a row that found too little */
	uint64_t looked_ns;     /* CLOCK_MONOTONIC */
	uint64_t used_ns;       /* CPU time and ticks at that time */
	uint64_t n_taken;
	uint64_t after_ns;      /* when it was done, since the start; 0: not */
	struct event_set account; /* the CPU time of the target since, and what it had before */
};

/* Of offcpu and wall; all zero with cpu. */
struct session_waits {
	struct switches *switches; /* NULL: no waits are recorded */
	struct kernel_cut cut;
	uint64_t collected_ns;     /* CLOCK_MONOTONIC */
	uint64_t interval_ns;      /* until they are collected again */
	uint64_t until_ns;         /* all that ended before have been collected */
	bool ended;
	struct ledger_list ledgers;  /* of each thread, with -v or --stats */
	uint64_t n_threads, lived_ns, on_ns, blocked_ns, runqueue_ns; /* sums of all ledgers */
	/* Run time of the programs, looked at now and then. */
	int stats_fd;              /* while it is counted; negative: it is not */
	uint64_t looked_ns, looked_run_ns;
	uint64_t measured_ns, measured_run_ns;
};

struct session {
	const struct record_options *options;
	const struct invoker *invoker;
	struct event_options event;
	struct profile profile;
	struct session_names names;
	bool names_shared; /* they are somebody else's */
	struct symbolizer *symbolizer; /* that of the names */
	struct kernel_names kernel_names;
	struct modules modules;
	struct timeline timeline;
	struct collector_options collector_options;
	struct collector collector;
	struct tables tables; /* when the kernel side has maps for them */
	struct capture *capture;
	struct wire_config config; /* the capture's */
	struct session_waits waits;
	struct event_set events;
	struct session_widen widen;
	struct sideband *sideband;
	struct target target;
	struct command command;
	struct live live;
	struct unnamed unnamed; /* once it is finished */
	sigset_t wait_mask;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t command_cpu_ns;   /* had before it was let go */
	const char *end;
	bool signal_passed; /* to CMD */
};

int session_init_profile(struct session *session);
/* Loads and attaches all there is; nothing is recorded yet. 0 or a negative errno (said). */
int session_open(struct session *session);
/* What it has to tell so far: between its opening and the loop, its rings would overflow. */
int session_drain_sideband(struct session *session);
/* The same, and what was lost until now is no loss: mappings are read when they are needed. */
int session_begin_sideband(struct session *session);
/* Tables for whoever has changed, and something to do for the thread that builds them. */
int session_load_tables(struct session *session);

/* session_waits.c; without waits each does nothing. 0 or a negative errno. */
int session_waits_open(struct session *session);
void session_waits_deinit(struct session *session);
/* Begins to record waits; session->start_ns is the moment. */
int session_waits_begin(struct session *session);
/* Collects waits now and then, and drains stacks. The horizon must not be past what was collected,
 * and is lowered to that. */
int session_waits_drain(struct session *session, uint64_t *horizon_ns, bool *ret_left);
/* How long until they are to be collected again, in ns. */
uint64_t session_waits_pause(const struct session *session, uint64_t now);
/* session->end_ns is the moment. */
int session_waits_end(struct session *session);
/* What threads are still waiting for, and the ledgers, once the rings are drained. */
int session_waits_finish(struct session *session);
/* The share of the machine's CPU time that watching it switch takes; negative: not known. */
double session_waits_load(const struct session *session);

/* session_ledgers.c: adds a thread's ledger; for switches_ledgers(), ctx is the session. */
int session_ledgers_add(void *ctx, const struct checked_ledger *ledger);
/* Each process's threads together, once all are there. */
void session_ledgers_sort(struct session *session);

/* Goes over to events on every CPU if those on tasks see too little. 0 or a negative errno. */
int session_widen(struct session *session, uint64_t now);
/* The figures as far as they are known before names are. 0 or a negative errno. */
int session_fill_quality(struct session *session, struct quality *quality);
/* The share without a name, once names were given. */
int session_fill_unnamed(const struct profile *profile, struct quality *quality);
/* Why it has none, where, and what helps: result->quality.unnamed. */
void session_explain_unnamed(struct session *session, struct session_result *result);
/* A thread that was the target and has ended before its process. */
void session_fill_ended(const struct session *session, struct session_result *result);
/* What goes with the profile: the quality line, the machine, with --with-cmdline what ran. */
int session_add_comments(struct session *session, const struct quality *quality);

#endif
