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

struct session {
	const struct cpu_options *options;
	const struct invoker *invoker;
	struct event_options event;
	struct profile profile;
	struct symbolizer *symbolizer;
	struct kernel_names kernel_names;
	struct modules modules;
	struct timeline timeline;
	struct collector_options collector_options;
	struct collector collector;
	struct tables tables; /* when the kernel side has maps for them */
	struct capture *capture;
	struct event_set events;
	struct sideband *sideband;
	struct target target;
	struct command command;
	struct live live;
	sigset_t wait_mask;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t command_cpu_ns;   /* had before it was let go */
	const char *end;
	bool signal_passed; /* to CMD */
};

/* The figures as far as they are known before names are. 0 or a negative errno. */
int session_fill_quality(struct session *session, struct quality *quality);
/* The share without a name, once names were given. */
void session_fill_unnamed(const struct profile *profile, struct quality *quality);
/* What goes with the profile: the quality line, the machine, with --with-cmdline what ran. */
int session_add_comments(struct session *session, const struct quality *quality);

#endif
