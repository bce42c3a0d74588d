// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of `flametap calibrate` comes in; what ab would do with one command on both
 * sides goes out. */
#include <errno.h>

#include "gate/runs.h"
#include "profiler/message.h"
#include "profiler/options_ab.h"

static const struct option table[] = {
	{ "cmd", required_argument, NULL, OPTION_CMD },
	OPTIONS_AB_LONG,
	{ NULL, 0, NULL, 0 },
};

int calibrate_options_parse(struct ab_options *options, int argc, char **argv)
{
	int answered;

	*options = (struct ab_options){ .same = true };
	answered = ab_options_walk(options, "calibrate", argc, argv, table);
	if (answered)
		return answered;
	if (!options->commands[GATE_BASE]) {
		message("calibrate: no command; as in flametap calibrate --cmd './bench 5'");
		return -EINVAL;
	}
	options->commands[GATE_HEAD] = options->commands[GATE_BASE];
	return 0;
}
