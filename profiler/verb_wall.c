// SPDX-License-Identifier: GPL-2.0-or-later
/* `flametap wall`: what runs and what waits, in one pass. */
#include "profiler/options.h"
#include "profiler/verb.h"
#include "profiler/verb_record.h"

int verb_wall(int argc, char **argv)
{
	return verb_record(wall_options_parse, argc, argv);
}
