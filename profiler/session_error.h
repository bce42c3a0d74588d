/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session says when the kernel refuses it, and two odds of its start. */
#ifndef FLAMETAP_PROFILER_SESSION_ERROR_H
#define FLAMETAP_PROFILER_SESSION_ERROR_H

#include "profiler/options.h"

struct profile;

/* Each prints one line for a negative errno. */
void session_explain_bpf(int err);
void session_explain_perf(int err, const char *what);
void session_explain_attach(int err, const char *event, const struct record_options *options);

/* Every module and every thread takes a descriptor: the soft limit is raised to the hard one, and
 * root's hard one to a number that suffices. Not before CMD was forked, which keeps its limits. */
void raise_descriptor_limit(void);
/* What the pictures are headed with: --title, or whom the recording is of. Names of processes
 * only, never arguments. 0 or a negative errno. */
int session_add_title(struct profile *profile, const struct record_options *options);
/* --with-cmdline: what ran, on which host. 0 or a negative errno. */
int session_add_cmdline(struct profile *profile, const struct record_options *options);

#endif
