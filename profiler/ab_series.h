/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison's runs and the directory they are kept in: a profile for each
 * and a manifest, which is written anew after every run, so that a comparison
 * that was interrupted goes on where it was.
 */
#ifndef FLAMETAP_PROFILER_AB_SERIES_H
#define FLAMETAP_PROFILER_AB_SERIES_H

#include <signal.h>
#include <stdbool.h>

#include "gate/manifest.h"
#include "profiler/ab_command.h"
#include "profiler/ab_operations.h"
#include "profiler/ab_pin.h"
#include "profiler/ab_progress.h"
#include "profiler/command.h"
#include "profiler/options.h"
#include "profiler/session.h"

struct invoker;

struct ab_series {
	const struct ab_options *options;
	const struct invoker *invoker;
	struct gate_manifest manifest;
	struct ab_command commands[GATE_SIDES];
	char *programs[GATE_SIDES]; /* the files that are run; NULL: a shell finds out */
	struct ab_operations *operations; /* NULL: each run is one */
	struct ab_pin pin;
	struct ab_progress progress;
	sigset_t wait_mask;
	int dir_fd;	/* locked */
	int null_fd;
	int hold_fd;	/* see capture.h; -1: none */
	struct session_names names; /* once has_names */
	bool has_names;
	bool goes_on;	/* there were runs already */
	bool said_empty, said_orphans; /* of some run, that it has no samples, and left processes */
	bool profile;	/* false: flametap may not record here */
	bool profile_known;
};

/* What may be deinited, too. */
#define AB_SERIES_NONE ((struct ab_series){ .dir_fd = -1, .null_fd = -1, .hold_fd = -1 })

/* Makes the directory, or reads what is in it. 0 or a negative errno (said). Deinit in any case. */
int ab_series_init(struct ab_series *series, const struct ab_options *options,
		   const struct invoker *invoker);
void ab_series_deinit(struct ab_series *series);
/* Does what is missing of the first n_pairs pairs, with warm-up runs before. 0 or a negative errno
 * (said): -EINTR for a signal, another when a run failed. */
int ab_series_run(struct ab_series *series, size_t n_pairs);
/* How many pairs from the first on are whole. */
size_t ab_series_pairs(const struct ab_series *series);

/* ab_series_open.c, for ab_series.c: the manifest of a new comparison, or that of an old one, which
 * must have been begun with the same words. 0 or a negative errno (said). */
int ab_series_plan(struct ab_series *series);
/* Puts the manifest into its place. 0 or a negative errno (said). */
int ab_series_save(struct ab_series *series);

#endif
