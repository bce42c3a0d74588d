/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command lines of ab and calibrate share. Not for the rest of the program. */
#ifndef FLAMETAP_PROFILER_OPTIONS_AB_H
#define FLAMETAP_PROFILER_OPTIONS_AB_H

#include "profiler/options_shared.h"

/* clang-format off */
/* Rows of a struct option table and letters that both have. */
#define OPTIONS_AB_LONG							\
	{ "pairs", required_argument, NULL, OPTION_PAIRS },		\
	{ "ops-from", required_argument, NULL, OPTION_OPS_FROM },	\
	{ "seed", required_argument, NULL, OPTION_SEED },		\
	{ "warm-up", required_argument, NULL, OPTION_WARM_UP },		\
	{ "pin", required_argument, NULL, OPTION_PIN },			\
	{ "output", required_argument, NULL, 'o' },			\
	{ "frequency", required_argument, NULL, 'F' },			\
	{ "count", required_argument, NULL, 'c' },			\
	{ "event", required_argument, NULL, 'e' },			\
	{ "unwind", required_argument, NULL, OPTION_UNWIND },		\
	{ "as-root", no_argument, NULL, OPTION_AS_ROOT },		\
	{ "with-cmdline", no_argument, NULL, OPTION_WITH_CMDLINE },	\
	{ "debug-dir", required_argument, NULL, OPTION_DEBUG_DIR },	\
	{ "no-cache", no_argument, NULL, OPTION_NO_CACHE },		\
	{ "quiet", no_argument, NULL, 'q' },				\
	{ "verbose", no_argument, NULL, 'v' },				\
	{ "version", no_argument, NULL, OPTION_VERSION },		\
	{ "help", no_argument, NULL, 'h' }
/* clang-format on */

#define OPTIONS_AB_SHORT "-:o:F:c:e:qvh"

/* As ab_options_parse(), with the table of the verb. */
int ab_options_walk(struct ab_options *options, const char *verb, int argc, char **argv,
		    const struct option *table);

#endif
