/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ctrl-C, SIGTERM and SIGHUP end a recording early and in order; the second
 * time they end the process at once, as if nobody had caught them.
 */
#ifndef FLAMETAP_PROFILER_STOP_H
#define FLAMETAP_PROFILER_STOP_H

#include <signal.h>
#include <stdbool.h>

/* Catches the signals and blocks them; stop_mask is the mask to wait with (ppoll). */
void stop_init(sigset_t *ret_mask);
/* The signal that came, or 0. */
int stop_signal(void);
/* True when it was sent by a process and not typed on the terminal, where CMD gets it too. */
int stop_was_sent(void);
/* From here on signals are delivered at any time, so that the second one is not held back. */
void stop_unblock(void);

/* What comes next loses nothing when a signal ends it: the first one does, at once. */
void stop_deinit(void);

/* For a part of the work that may be left out: in here a signal ends that part alone, and
 * stop_signal() tells of those only that came since. A second one ends the process at once. */
struct stop_scope {
	struct sigaction old[3];
	int before;
};

void stop_scope_begin(struct stop_scope *scope);
/* True when a signal has come. It is the first of a recording, if there was none before. */
bool stop_scope_end(struct stop_scope *scope);

#endif
