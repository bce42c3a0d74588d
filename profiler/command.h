/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMD: forked and held before its exec until everything is attached, then let
 * go. While it is held it dies with flametap; after that it is on its own.
 */
#ifndef FLAMETAP_PROFILER_COMMAND_H
#define FLAMETAP_PROFILER_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct invoker;

struct command {
	pid_t pid;      /* 0: none */
	int release_fd; /* closing it without a byte ends the held child */
	int error_fd;   /* the errno of a failed exec; closed by a successful one */
	int pid_fd;     /* readable at its end; -1 on kernels before 5.3 */
	bool ended;
	int status; /* as waitpid() gives it, once ended */
	uint64_t cpu_ns; /* its own and its waited-for children's, once ended */
};

/* Under sudo CMD runs as the person who typed it, unless as_root. 0 or a negative errno. */
int command_start(struct command *command, char *const *argv, const struct invoker *invoker,
		  bool as_root);
/* Lets it go. 0, or the errno of its exec (positive), or a negative errno. */
int command_release(struct command *command);
/* Waits for its end; with wait false only looks. True once it has ended. */
bool command_wait(struct command *command, bool wait);
/* Its exit status as env(1) gives it: 128 + N for a signal. */
int command_exit_status(const struct command *command);
/* Ends a child that is still held. */
void command_abandon(struct command *command);
/* The same; closes descriptors. */
void command_deinit(struct command *command);

#endif
