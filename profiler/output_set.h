/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All the outputs of one run: opened together before the work, written together after it. */
#ifndef FLAMETAP_PROFILER_OUTPUT_SET_H
#define FLAMETAP_PROFILER_OUTPUT_SET_H

#include "base/vec.h"
#include "profiler/options.h"
#include "profiler/output.h"

struct profile;

/* Zero-initialize. The list given to open must live as long. */
struct output_set {
	VEC(struct output) outputs;
	const struct output_list *list;
};

/* 0, or a negative errno (said): then none of them is open. */
int output_set_open(struct output_set *set, const struct output_list *list, bool keep_old,
		    const struct invoker *invoker);
/*
 * Writes a finished profile to each, and puts each in place. One that fails (said) does not keep
 * the others from being written; the first error comes back. A pipe whose reader has had enough
 * is no error.
 */
int output_set_write(struct output_set *set, const struct profile *profile,
		     const struct report_options *options, const struct invoker *invoker);
/* Leaves nothing behind of what was not written. */
void output_set_deinit(struct output_set *set);

#endif
