// SPDX-License-Identifier: GPL-2.0-or-later
/* Which options `flametap cpu` has: events that are counted, and no waits. */
#include "profiler/options_record.h"

static const char letters[] = "-:" OPTIONS_SHARED_SHORT OPTIONS_RECORD_SHORT "F:c:e:";

static const struct option table[] = {
	OPTIONS_RECORD_LONG,
	{"frequency", required_argument, NULL, 'F'},
	{"count", required_argument, NULL, 'c'},
	{"event", required_argument, NULL, 'e'},
	OPTIONS_SHARED_LONG,
	OPTION_ROW_ELSEWHERE("wakers"),
	OPTION_ROW_ELSEWHERE("rate"),
	OPTION_ROW_ELSEWHERE("min-block"),
	OPTION_ROW_ELSEWHERE("max-block"),
	OPTION_ROW_ELSEWHERE("state"),
	{NULL, 0, NULL, 0},
};

int cpu_options_parse(struct record_options *options, int argc, char **argv)
{
	return record_options_parse(options, RECORD_CPU, argc, argv, letters, table);
}
