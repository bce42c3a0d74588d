/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules to be resolved, handed out to threads; their answers come back in
 * the order in which the modules went in, whichever was done first, so that
 * what is made of them does not depend on the number of threads. At most as
 * many modules are worked on at once as there are threads, and at most
 * RESOLVE_JOBS_MAX are in between.
 */
#ifndef FLAMETAP_REPORT_RESOLVE_JOBS_H
#define FLAMETAP_REPORT_RESOLVE_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "symbolize/symbolizer.h"

enum {
	RESOLVE_THREADS_MAX = 8, /* each has the debug information of one module open */
	RESOLVE_JOBS_MAX = 64,
};

/* Frames of an answer: n of the job's, from first on. */
struct resolve_answer {
	uint32_t first, n;
};

struct resolve_job {
	/* Fill these; the descriptors are borrowed only until resolve_jobs_put returns. */
	struct symbolizer_module file;
	const uint64_t *offsets; /* borrowed until the job is taken */
	size_t n_offsets;
	/* What came of it: answers to the first n offsets, all of them if err is 0. Strings live as
	 * long as the jobs. */
	int err;
	struct symbolizer_debug debug;
	VEC(struct resolve_answer) answers;
	VEC(struct symbol_frame) frames;
};

struct resolve_jobs;

/* n_threads 1: the caller's own does it all, with the symbolizer given (borrowed). 0 or -ENOMEM;
 * where no thread can be had, there are fewer. */
int resolve_jobs_create(struct symbolizer *symbolizer, size_t n_threads, struct resolve_jobs **ret);
void resolve_jobs_destroy(struct resolve_jobs *jobs);

/* True when no more may be put before one is taken. */
bool resolve_jobs_full(const struct resolve_jobs *jobs);
/* True when none is in between. */
bool resolve_jobs_empty(const struct resolve_jobs *jobs);
void resolve_jobs_put(struct resolve_jobs *jobs, const struct resolve_job *job);
/* Waits for the oldest job there is. Good until the next one is put or taken. */
const struct resolve_job *resolve_jobs_take(struct resolve_jobs *jobs);

#endif
