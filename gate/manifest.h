/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DIR/manifest.json: what `flametap ab` was asked for, where it ran, and each
 * run. One writer and one reader, here, so that what is written is what is
 * read; doc/ab-manifest.schema.json describes the file to others. The reader
 * takes nothing that the writer would not write: every key is known, there once
 * and of its type, and runs agree with the plan.
 */
#ifndef FLAMETAP_GATE_MANIFEST_H
#define FLAMETAP_GATE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/vec.h"
#include "gate/runs.h"

struct report_error;

enum { GATE_MANIFEST_FORMAT = 1 };

/* All strings of a manifest belong to it (malloc), and are "" rather than NULL. */

struct gate_manifest_word {
	char *name, *value;
};

/* In the order in which they are written; no name twice. */
struct gate_manifest_words {
	struct gate_manifest_word *data;
	size_t n, cap;
};

/* What differs between the environments of the two sides. */
struct gate_manifest_difference {
	char *name, *base, *head; /* values; "" where it is not set */
};

struct gate_manifest_run {
	uint64_t number; /* from 0 on, in the order in which they ran */
	uint64_t pair;	 /* from 0 on; of a warm-up run 0 */
	enum gate_side side;
	bool warm_up;	 /* not looked at by the gate */
	char *file;	 /* "runs/000-base.pb.gz", below DIR; "" where profile is false */
	uint64_t status; /* of the command: its exit status, 128 + N for a signal */
	uint64_t cpu_ns, user_ns, system_ns, wall_ns; /* exact, children included */
	uint64_t offcpu_ns; /* 0: not recorded */
	double operations;  /* more than 0 (1 where nothing says); 0: the output did not say */
	uint64_t samples, lost;
	double covered, whole; /* shares; negative: not known */
	double load1;	       /* of the machine when it began */
	double started;	       /* seconds since the first run */
	bool profile;	       /* false: no rights to sample, there is only the time */
};

struct gate_manifest {
	char *flametap; /* version that wrote it */
	uint64_t seed;	/* written as a string: JSON has no such numbers */
	VEC(enum gate_side) order; /* of the runs without warm-up, whole plan: two of a pair follow each
				      other */
	uint64_t first_pairs, max_pairs; /* the plan: pairs at the first and at the last look */
	char *command[GATE_SIDES];	 /* for sh -c */
	struct gate_manifest_words options; /* "event", "frequency", ... as they were in force */
	char *operations_from;	 /* the expression or file; "": a run is one operation */
	char *pin;		 /* CPUs, "": not pinned */
	char *cpu_time_from;	 /* "cgroup" or "rusage" */
	struct gate_manifest_words machine; /* "kernel", "cpu_model", "n_cpus", "governor", "memory" */
	struct gate_manifest_words build_ids[GATE_SIDES]; /* by path */
	VEC(struct gate_manifest_difference) environment;
	VEC(struct gate_manifest_run) runs;
};

/* Zeroed strings are made "". 0 or -ENOMEM. */
int gate_manifest_init(struct gate_manifest *manifest);
void gate_manifest_deinit(struct gate_manifest *manifest);

/* Sets a string to a copy. 0 or -ENOMEM. */
int gate_manifest_set(char **string, const char *value);
/* Adds a word, or sets the one of this name. 0 or -ENOMEM. */
int gate_manifest_word_set(struct gate_manifest_words *words, const char *name, const char *value);
/* The value, or NULL. */
const char *gate_manifest_word(const struct gate_manifest_words *words, const char *name);
/* Copies the run. 0 or -ENOMEM. */
int gate_manifest_add_run(struct gate_manifest *manifest, const struct gate_manifest_run *run);

/* Whether each build that ran on a side, wherever its file is, ran on the other one, too. False where
 * none is known. */
bool gate_manifest_is_one_build(const struct gate_manifest *manifest);

/* The same bytes for the same manifest. 0 or -EIO. */
int gate_manifest_write(const struct gate_manifest *manifest, FILE *out);
/* Reads a regular file into *ret, which the caller deinits in any case. 0; -EINVAL with the error's
 * text; -ENOMEM or what reading gave. */
int gate_manifest_read(int fd, struct gate_manifest *ret, struct report_error *error);

/* "base", "head". */
const char *gate_side_name(enum gate_side side);

#endif
