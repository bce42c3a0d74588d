/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output files: checked before a recording starts, written to a temporary
 * that has no name yet, and put in place only when they are complete. There is
 * never half a file, and what is not a regular file (a device, a pipe) is
 * written to and never replaced. Under sudo, files are created with the rights
 * of the person who typed the command, and belong to that person.
 *
 * A file that is replaced gives its permission bits to the new one when both
 * belong to the same user; else they are 0666 without the umask's. A symbolic
 * link stays: the file it leads to is replaced. It must not be read-only.
 */
#ifndef FLAMETAP_PROFILER_OUTPUT_H
#define FLAMETAP_PROFILER_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "profiler/invoker.h"

struct output_sink;

/* Zero it, or open it, before output_discard. It may be moved. */
struct output {
	const char *path; /* as given; borrowed */
	FILE *stream;	  /* to write to; NULL when closed */
	struct output_sink *sink;
	int fd;	       /* of the temporary, or of what is written to as it is */
	int dir_fd;    /* of the directory the file goes into; -1 when direct */
	char *name;    /* last part of the path, links resolved; NULL when direct */
	mode_t mode;   /* permissions of the file that is replaced; 0: none or another user's */
	bool direct;   /* standard output, device, pipe: written as it is */
	bool keep_old; /* an old one moves to NAME.old */
};

/*
 * Opens a temporary for path ("-": standard output). Fails now if the
 * directory cannot be written, the path is a directory, and so on; the message
 * has then been printed. 0 or a negative errno.
 */
int output_open(struct output *output, const char *path, bool keep_old,
		const struct invoker *invoker);
/*
 * Flushes, syncs errors (a full disk shows here), puts the file in place and closes. Prints
 * the message on failure, but not for -EPIPE of a pipe: its reader has had enough, and one who
 * did that knows. 0 or a negative errno.
 */
int output_commit(struct output *output, const struct invoker *invoker);
/* Leaves nothing behind. Does nothing after output_commit. */
void output_discard(struct output *output);

#endif
