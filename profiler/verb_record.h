/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cpu, offcpu and wall have in common: all but how their command line is read. */
#ifndef FLAMETAP_PROFILER_VERB_RECORD_H
#define FLAMETAP_PROFILER_VERB_RECORD_H

struct record_options;

/* As cpu_options_parse(). */
typedef int (*record_parse)(struct record_options *options, int argc, char **argv);

/* Records, writes and tells. The exit status. */
int verb_record(record_parse parse, int argc, char **argv);

#endif
