/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command lines of the verbs that record share: the rows of their
 * option tables, and the walk that fills struct record_options. Not for the
 * rest of the program.
 */
#ifndef FLAMETAP_PROFILER_OPTIONS_RECORD_H
#define FLAMETAP_PROFILER_OPTIONS_RECORD_H

#include "profiler/options_shared.h"

/* clang-format off */
/* Rows of a struct option table and letters that every verb that records has. */
#define OPTIONS_RECORD_LONG						\
	{ "pid", required_argument, NULL, 'p' },			\
	{ "tid", required_argument, NULL, 't' },			\
	{ "cgroup", required_argument, NULL, 'C' },			\
	{ "all", no_argument, NULL, 'a' },				\
	{ "follow", no_argument, NULL, OPTION_FOLLOW },			\
	{ "as-root", no_argument, NULL, OPTION_AS_ROOT },		\
	{ "duration", required_argument, NULL, 'd' },			\
	{ "unwind", required_argument, NULL, OPTION_UNWIND },		\
	{ "stack-copy", required_argument, NULL, OPTION_STACK_COPY },	\
	{ "user-only", no_argument, NULL, OPTION_USER_ONLY },		\
	{ "kernel-only", no_argument, NULL, OPTION_KERNEL_ONLY },	\
	{ "no-symbols", no_argument, NULL, OPTION_NO_SYMBOLS },		\
	{ "min-quality", required_argument, NULL, OPTION_MIN_QUALITY },	\
	{ "stats", required_argument, NULL, OPTION_STATS },		\
	{ "with-cmdline", no_argument, NULL, OPTION_WITH_CMDLINE }

/* And the rows of those that record waits. */
#define OPTIONS_WAITS_LONG						\
	{ "wakers", no_argument, NULL, OPTION_WAKERS },			\
	{ "rate", required_argument, NULL, OPTION_RATE },		\
	{ "min-block", required_argument, NULL, OPTION_MIN_BLOCK },	\
	{ "max-block", required_argument, NULL, OPTION_MAX_BLOCK },	\
	{ "state", required_argument, NULL, OPTION_STATE }
/* clang-format on */

#define OPTIONS_RECORD_SHORT "p:t:C:ad:"

/* An option that says whom or how to record. 0 or -EINVAL (said). */
int record_options_take(void *options, int id, const char *value);
/* This frequency, or the most that the kernel lets be. */
uint64_t record_options_frequency(uint64_t wanted);
/* What was left out, once the kind of target is known. */
void record_options_set_defaults(struct record_options *options);
/* As cpu_options_parse(), with the letters and the table of the mode's verb. */
int record_options_parse(struct record_options *options, enum record_mode mode, int argc,
			 char **argv, const char *letters, const struct option *table);

#endif
