// SPDX-License-Identifier: GPL-2.0-or-later
/* Which options `flametap offcpu` has: waits, and no samples of what runs. */
#include "profiler/options_record.h"

static const char letters[] = "-:" OPTIONS_SHARED_SHORT OPTIONS_RECORD_SHORT;

static const struct option table[] = {
	OPTIONS_RECORD_LONG,
	OPTIONS_WAITS_LONG,
	OPTIONS_SHARED_LONG,
	OPTION_ROW_ELSEWHERE("frequency"),
	OPTION_ROW_ELSEWHERE("count"),
	OPTION_ROW_ELSEWHERE("event"),
	{NULL, 0, NULL, 0},
};

int offcpu_options_parse(struct record_options *options, int argc, char **argv)
{
	return record_options_parse(options, RECORD_OFFCPU, argc, argv, letters, table);
}
