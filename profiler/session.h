/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording: everything opened in the right order, the loop that moves
 * records from the rings to the collector, and the figures at the end.
 */
#ifndef FLAMETAP_PROFILER_SESSION_H
#define FLAMETAP_PROFILER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/jit.h"
#include "profiler/options.h"
#include "profiler/quality.h"
#include "report/profile.h"
#include "report/resolve.h"

struct command_usage;
struct debuginfod;
struct invoker;
struct name_cache;
struct session;
struct symbolizer;

/* Where names come from. For several recordings one after the other it is loaded once, before the
 * first: reading the kernel's symbols beside a short command takes longer than that. */
struct session_names {
	struct name_cache *cache; /* NULL: there is none */
	struct symbolizer *symbolizer;
	bool has_kernel;
	int kernel_error; /* of reading kallsyms */
};

/* With the kernel's symbols. debuginfod may be NULL. 0 or a negative errno; deinit in any case. */
int session_names_init(struct session_names *names, const struct record_options *options,
		       struct debuginfod *debuginfod);
void session_names_deinit(struct session_names *names);

/* How a recording went, beside the profile. */
struct session_result {
	struct quality quality;
	struct event_options event;
	const char *end;      /* why it ended: "duration", "signal", "target" */
	pid_t ended_tid;      /* a thread that was asked for and has ended, 0: none, ... */
	pid_t ended_pid;      /* ... and its process, which goes on */
	bool replaced;        /* by another program */
	uint64_t widened_ns;  /* when events on every CPU took over; 0: they did not */
	uint64_t children_ns; /* CPU time of children that were not followed */
	uint64_t n_children;
	uint64_t n_unopened;  /* files of code that could not be read */
	uint64_t n_over_limit; /* and that there was no descriptor for */
	uint64_t n_unread;    /* processes that were gone before their mappings were read */
	uint64_t n_execs;
	struct resolve_stats names;
	const struct jit *made_code; /* the session's */
	int kernel_error;     /* of reading kallsyms */
	int kernel_debug_error; /* of the kernel's debug information; -ENOENT: there is none */
	uint64_t first_sample_ns; /* after the start; 0: no sample */
};

/*
 * Checks the target, loads the programs and attaches them. Prints what is
 * wrong. debuginfod may be NULL; names, too, else they stay the caller's. 0 or a negative errno;
 * with CMD, the child is held.
 */
int session_create(const struct record_options *options, const struct invoker *invoker,
		   struct debuginfod *debuginfod, const struct session_names *names,
		   struct session **ret);
void session_destroy(struct session *session);

/*
 * Lets CMD go and records until the duration, the target or a signal ends it.
 * 0; a positive errno when CMD could not be run; a negative errno.
 */
int session_record(struct session *session);
/*
 * Takes what is left in the rings, names the frames (unless --no-symbols), and
 * finishes the profile, which stays the session's. 0 or a negative errno.
 */
int session_finish(struct session *session, struct session_result *ret);
const struct profile *session_profile(const struct session *session);
/* Waits for CMD's end, passing on a signal that ends flametap; a CMD that is still held is not
 * let go. Its status as env(1) gives it. */
int session_command_status(struct session *session);
/* What CMD has used, all of it since it was let go; once its status is known. */
void session_command_usage(const struct session *session, struct command_usage *ret);

#endif
