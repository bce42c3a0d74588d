/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output files: checked before a recording starts, written to a temporary
 * that has no name yet, and put in place only when they are complete. There is
 * never half a file, and what is not a regular file (a device, a pipe) is
 * written to and never replaced. Under sudo, files are created with the rights
 * of the person who typed the command, and belong to that person.
 */
#ifndef FLAMETAP_PROFILER_OUTPUT_H
#define FLAMETAP_PROFILER_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Who typed the command: from SUDO_UID and SUDO_GID when root got them, else the process. */
struct invoker {
	uid_t uid;
	gid_t gid;
	bool sudo; /* true: flametap is root on that person's behalf */
	char name[64];
	char home[256];
	char shell[256];
};

void invoker_init(struct invoker *ret);

/* Does something with that person's file-system rights: begin, open, end. The groups are
 * theirs too (setfsuid, setfsgid, setgroups). Pairs must be balanced. 0 or a negative errno. */
int invoker_begin(const struct invoker *invoker);
void invoker_end(const struct invoker *invoker);

struct output {
	const char *path;
	FILE *stream;
	int dir_fd;   /* of the directory the file goes into; -1 for - and devices */
	char *name;   /* last part of the path */
	char *temporary; /* name beside it, where O_TMPFILE is not to be had; else NULL */
	bool direct;  /* standard output, device, pipe: written as it is */
	bool keep_old; /* an old one moves to NAME.old */
};

/*
 * Opens a temporary for path ("-": standard output). Fails now if the
 * directory cannot be written, the path is a directory, and so on; the message
 * has then been printed. 0 or a negative errno.
 */
int output_open(struct output *output, const char *path, bool keep_old,
		const struct invoker *invoker);
/* Flushes, syncs errors (a full disk shows here) and puts the file in place. Prints the
 * message on failure; EPIPE on standard output is returned but not printed. */
int output_commit(struct output *output, const struct invoker *invoker);
/* Leaves nothing behind. Does nothing after output_commit. */
void output_discard(struct output *output);

#endif
