/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU time, for tests that something hostile does not take for ever: what their bounds tell apart
 * is minutes from milliseconds, with sanitizers too.
 */
#ifndef CPU_TIME_H
#define CPU_TIME_H

#include <time.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAS_ASAN 1
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif

static inline double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

#define assert_cpu_seconds_since(start, most) \
	assert_true(cpu_seconds() - (start) < (most))

#endif
