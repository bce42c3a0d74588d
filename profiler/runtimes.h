/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Language runtimes whose stacks break in the code that they make at run time. A finished profile
 * comes in; out goes the process in which most stacks do, and what it has to be told so that
 * they do not. A process is known by the runtime's library on its stacks.
 */
#ifndef FLAMETAP_PROFILER_RUNTIMES_H
#define FLAMETAP_PROFILER_RUNTIMES_H

#include <stdint.h>

#include "report/profile.h"

struct runtime_remedy {
	const char *cause, *remedy; /* static; NULL: nothing to say */
	const char *process;        /* its comm; the profile's */
	int32_t pid;
	uint32_t n_others;          /* further processes with the same */
	double share;               /* of all the process's user stacks: those cut in such code */
};

/* 0 or -ENOMEM. */
int runtimes_find(const struct profile *profile, struct runtime_remedy *ret);

#endif
