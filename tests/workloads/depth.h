/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What depth.c and its libraries agree on. */
#ifndef DEPTH_H
#define DEPTH_H

#include <stdint.h>

enum { DEPTH_FRAMES = 256, DEPTH_MODULES = 3, DEPTH_RUN = 4 };

struct depth;
typedef void (*depth_fn)(const struct depth *depth, uint64_t path, uint32_t left);

struct depth {
	const depth_fn *frames[DEPTH_MODULES];
	depth_fn leaf;
	uint32_t kib; /* of memory that the leaf goes through */
};

/* A module's DEPTH_FRAMES functions. */
extern const depth_fn depth_frames_0[DEPTH_FRAMES], depth_frames_1[DEPTH_FRAMES],
	depth_frames_2[DEPTH_FRAMES];

#endif
