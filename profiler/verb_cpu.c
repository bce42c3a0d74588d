// SPDX-License-Identifier: GPL-2.0-or-later
/* `flametap cpu`: samples of what runs on the CPU. */
#include "profiler/options.h"
#include "profiler/verb.h"
#include "profiler/verb_record.h"

int verb_cpu(int argc, char **argv)
{
	return verb_record(cpu_options_parse, argc, argv);
}
