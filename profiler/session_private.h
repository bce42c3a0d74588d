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
#include "profiler/kernel_names.h"
#include "profiler/live.h"
#include "profiler/session.h"
#include "profiler/sideband.h"
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

struct session {
	const struct record_options *options;
	const struct invoker *invoker;
	struct event_options event;
	struct profile profile;
	struct name_cache *cache; /* NULL: there is none */
	struct symbolizer *symbolizer;
	struct kernel_names kernel_names;
	struct modules modules;
	struct timeline timeline;
	struct collector_options collector_options;
	struct collector collector;
	struct tables tables; /* when the kernel side has maps for them */
	struct capture *capture;
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

/* Goes over to events on every CPU if those on tasks see too little. 0 or a negative errno. */
int session_widen(struct session *session, uint64_t now);
/* The figures as far as they are known before names are. 0 or a negative errno. */
int session_fill_quality(struct session *session, struct quality *quality);
/* The share without a name, once names were given. */
void session_fill_unnamed(const struct profile *profile, struct quality *quality);
/* Why it has none, where, and what helps: result->quality.unnamed. */
void session_explain_unnamed(struct session *session, struct session_result *result);
/* A thread that was the target and has ended before its process. */
void session_fill_ended(const struct session *session, struct session_result *result);
/* What goes with the profile: the quality line, the machine, with --with-cmdline what ran. */
int session_add_comments(struct session *session, const struct quality *quality);

#endif
