/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of --base and --head: a user writes what he would type. Plain words are run as they
 * are, so that no shell's start is part of what is measured; anything else is given to /bin/sh.
 */
#ifndef FLAMETAP_PROFILER_AB_COMMAND_H
#define FLAMETAP_PROFILER_AB_COMMAND_H

#include <stdbool.h>

struct ab_command {
	char **argv; /* ended by NULL; of a shell "/bin/sh", "-c", the text */
	bool shell;
	char *words; /* what argv points into */
};

/* 0 or -ENOMEM. Deinit in either case. */
int ab_command_init(struct ab_command *command, const char *text);
/* The file that is run, links resolved, to be freed; NULL: a shell finds out, or there is none. */
char *ab_command_program(const struct ab_command *command);
void ab_command_deinit(struct ab_command *command);

#endif
