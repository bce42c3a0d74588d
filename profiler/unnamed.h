/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What could not be named: the counts of files, of code made at run time and of
 * the kernel come in; out goes one list, by weight, of what it is, why it has
 * no name and what to do about it. The terminal shows the first of it, --stats
 * all.
 */
#ifndef FLAMETAP_PROFILER_UNNAMED_H
#define FLAMETAP_PROFILER_UNNAMED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/vec.h"
#include "profiler/jit.h"
#include "report/profile.h"
#include "report/resolve.h"
#include "report/unnamed_comments.h" /* UNNAMED_LEAST_PERCENT: below it no remedy is looked for */

struct unnamed_item {
	char what[256];	   /* "/usr/bin/python3.11", "[kernel]", or a process's comm */
	const char *cause; /* static */
	const char *debuginfod; /* what came of asking for it, a static string; "" */
	char remedy[320];  /* "": none is known */
	int64_t weight;	   /* of samples that end there */
	const struct jit_process *process; /* whose own code it is, the heaviest of them; or NULL */
	int64_t process_weight;
	uint32_t n_others; /* further processes of that comm with the same cause */
};

struct unnamed_cause {
	const char *name;
	int64_t weight;
};

struct unnamed {
	VEC(struct unnamed_item) items;	  /* the heaviest first */
	VEC(struct unnamed_cause) causes; /* in the order of their first appearance */
	int64_t total;			  /* of all samples */
};

struct unnamed_input {
	const struct profile *profile;
	const struct resolve_stats *files;
	const struct jit *jit;
	int64_t unnamed_weight; /* all there is: what the rest does not explain has its own row */
	int64_t kernel_weight;	/* of that, in the kernel */
	int64_t total_weight;
	int kernel_error; /* of reading kallsyms */
	bool no_symbols;
};

/* Zero-initialize before. 0 or -ENOMEM. What the input borrows has to live as long. */
int unnamed_init(struct unnamed *unnamed, const struct unnamed_input *input);
void unnamed_deinit(struct unnamed *unnamed);
/* In percent, of all samples. */
double unnamed_share(const struct unnamed *unnamed, int64_t weight);
/* Two members of an object: by cause, and by what it is. */
void unnamed_write_json(const struct unnamed *unnamed, FILE *out);

#endif
