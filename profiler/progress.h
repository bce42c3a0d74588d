/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one line on a terminal that tells how much of a big input was read. The
 * reader is not asked: the position of the file that it reads tells.
 */
#ifndef FLAMETAP_PROFILER_PROGRESS_H
#define FLAMETAP_PROFILER_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on; /* the thread runs */
	bool ended, shown;
	bool again; /* its position went back: some formats are read twice */
	int fd;
	const char *name;
	uint64_t total, done; /* bytes */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t end;
};

/* Begins to show how far fd is read, from half a second on and until progress_end(). Nothing is
 * shown unless wanted, standard error is a terminal, and it is a regular file of 2 MiB or more.
 * The name is borrowed. */
void progress_begin(struct progress *progress, int fd, const char *name, bool wanted);
/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
