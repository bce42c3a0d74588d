/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes small profiles for the report's tests: folded lines, or frame by frame
 * where modules, inlines and lines matter. Any error fails the test.
 */
#ifndef FLAMETAP_TESTS_UNIT_REPORT_MAKER_H
#define FLAMETAP_TESTS_UNIT_REPORT_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include "report/profile.h"

struct maker {
	struct profile profile;
	uint32_t thread;	   /* of the samples to come */
	enum unwind_result unwind; /* of the samples to come */
	int64_t period_ns;	   /* cpu time of a sample; 0: the profile has samples alone */
};

/* Samples alone, or with period_ns: samples and cpu/nanoseconds, the latter shown first. */
void maker_init(struct maker *maker);
void maker_init_cpu(struct maker *maker, int64_t period_ns);
void maker_deinit(struct maker *maker);
void maker_finish(struct maker *maker);

/* Sets the thread of the samples to come. */
void maker_thread(struct maker *maker, int32_t pid, int32_t tid, const char *process,
		  const char *comm);
uint32_t maker_module(struct maker *maker, const char *path, enum module_kind kind);
void maker_frame(struct maker *maker, const char *name, const char *file, uint32_t line,
		 struct profile_frame *ret);
/* The stack with a location of these frames (innermost first) called from parent. */
uint32_t maker_call(struct maker *maker, uint32_t parent, uint32_t module, uint64_t offset,
		    const struct profile_frame *frames, uint32_t n);
void maker_sample(struct maker *maker, uint32_t stack, int64_t count);
/* A sample of the stack "outer;inner" without modules. */
void maker_folded(struct maker *maker, const char *stack, int64_t count);

/* Compares a report with tests/golden/NAME; with UPDATE_GOLDEN=1 in the environment it becomes
 * that file instead, to be looked at before it is committed. */
void maker_check_golden(const char *name, const char *text, size_t size);

#endif
