// SPDX-License-Identifier: GPL-2.0-or-later
/* `flametap offcpu`: what waits, for what and how long. */
#include "profiler/options.h"
#include "profiler/verb.h"
#include "profiler/verb_record.h"

int verb_offcpu(int argc, char **argv)
{
	return verb_record(offcpu_options_parse, argc, argv);
}
