/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the terminal is told at the end of a recording: tables, remedies, the quality line. */
#ifndef FLAMETAP_PROFILER_SUMMARY_H
#define FLAMETAP_PROFILER_SUMMARY_H

struct record_options;
struct profile;
struct resolve_stats;
struct session_result;

/* Writes to standard error. */
void summary_print(const struct record_options *options, const struct profile *profile,
		   const struct session_result *result);

/* What is missing of names that could be had: .dwo files, room. */
void summary_say_names(const struct profile *profile, const struct resolve_stats *stats);

#endif
