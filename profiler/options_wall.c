// SPDX-License-Identifier: GPL-2.0-or-later
/* Which options `flametap wall` has: waits, and samples of CPU time, which are at a frequency. */
#include "profiler/options_record.h"

static const char letters[] = "-:" OPTIONS_SHARED_SHORT OPTIONS_RECORD_SHORT "F:";

static const struct option table[] = {
	OPTIONS_RECORD_LONG,
	{"frequency", required_argument, NULL, 'F'},
	OPTIONS_WAITS_LONG,
	OPTIONS_SHARED_LONG,
	OPTION_ROW_ELSEWHERE("count"),
	OPTION_ROW_ELSEWHERE("event"),
	{NULL, 0, NULL, 0},
};

int wall_options_parse(struct record_options *options, int argc, char **argv)
{
	return record_options_parse(options, RECORD_WALL, argc, argv, letters, table);
}
