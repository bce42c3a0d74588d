/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that a run's command started and did not wait for. */
#ifndef FLAMETAP_PROFILER_AB_ORPHANS_H
#define FLAMETAP_PROFILER_AB_ORPHANS_H

#include <stddef.h>

struct command_usage;

/* From now on they become children of this process when their parent ends. */
void ab_orphans_begin(void);
/* Once the command has ended. What those have used that have ended, too, is added to *usage; how many
 * live on is returned. With a signal these get it first, and some time to end. */
size_t ab_orphans_end(int signal, struct command_usage *usage);

#endif
