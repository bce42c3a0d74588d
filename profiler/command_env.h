/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The identity and environment that CMD gets under sudo: those of the person who typed it. */
#ifndef FLAMETAP_PROFILER_COMMAND_ENV_H
#define FLAMETAP_PROFILER_COMMAND_ENV_H

struct invoker;

/* Changes this process's ids, groups, HOME, USER, LOGNAME, SHELL and PATH for good. 0 or a
 * negative errno. */
int command_become(const struct invoker *invoker);

#endif
