/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time of a clock as one number of nanoseconds. */
#ifndef FLAMETAP_BASE_CLOCK_H
#define FLAMETAP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* 0 for a clock that there is not. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec time = {};

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static inline uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

#endif
