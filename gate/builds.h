/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which build of which program and library a run's samples are in.
 */
#ifndef FLAMETAP_GATE_BUILDS_H
#define FLAMETAP_GATE_BUILDS_H

#include <stddef.h>

#include "base/vec.h"

struct profile;

struct gate_build {
	char *path, *id; /* id: build-id, lower-case hex */
};

struct gate_builds {
	struct gate_build *data;
	size_t n, cap;
};

/* Files with a build-id that at least 1 % of a finished profile's samples end in. 0 or -ENOMEM;
 * deinit in any case. */
int gate_builds_init(struct gate_builds *builds, const struct profile *profile);
void gate_builds_deinit(struct gate_builds *builds);
/* NULL: none is at that path. */
const struct gate_build *gate_builds_find(const struct gate_builds *builds, const char *path);

#endif
