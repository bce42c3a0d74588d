/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMD: forked and held before its exec until everything is attached, then let
 * go. While it is held it dies with flametap; after that it is on its own.
 */
#ifndef FLAMETAP_PROFILER_COMMAND_H
#define FLAMETAP_PROFILER_COMMAND_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct invoker;

/* What a command does not take from flametap as it is. */
struct command_place {
	int in_fd, out_fd, err_fd; /* its standard descriptors; -1: flametap's own */
	const cpu_set_t *cpus;	   /* that it may run on; NULL: those that flametap may */
	size_t cpus_size;	   /* bytes */
};

struct command {
	pid_t pid;      /* 0: none */
	int release_fd; /* closing it without a byte ends the held child */
	int error_fd;   /* 0 when it is held, then the errno of a failed exec; closed by a successful one */
	bool held;      /* that it is has been read */
	int pid_fd;     /* readable at its end; -1 on kernels before 5.3 */
	bool ended;
	int status; /* as waitpid() gives it, once ended */
	/* Its own and its waited-for children's, once ended. The sum is the kernel's exact run time in
	 * whole us; how it is shared out is by ticks on most kernels. */
	uint64_t cpu_ns, system_ns;
};

/* What a command has used since some moment. */
struct command_usage {
	uint64_t cpu_ns, user_ns, system_ns; /* cpu_ns is exact, the others are by ticks */
	uint64_t wall_ns;
};

/* Under sudo CMD runs as the person who typed it, unless as_root. place may be NULL. 0 or a negative
 * errno. */
int command_start(struct command *command, char *const *argv, const struct invoker *invoker,
		  bool as_root, const struct command_place *place);
/* Returns once it waits to be let go: what it uses from then on is CMD's. */
void command_await_held(struct command *command);
/* Lets it go. 0, or the errno of its exec (positive), or a negative errno. */
int command_release(struct command *command);
/* Waits for its end; with wait false only looks. True once it has ended. */
bool command_wait(struct command *command, bool wait);
/* Its exit status as env(1) gives it: 128 + N for a signal. */
int command_exit_status(const struct command *command);
/* Since it was let go, before_ns being what proc_cpu_ns() said of it then; wall_ns is left alone. */
void command_usage_since(const struct command *command, uint64_t before_ns,
			 struct command_usage *ret);
/* Ends a child that is still held. */
void command_abandon(struct command *command);
/* The same; closes descriptors. */
void command_deinit(struct command *command);

#endif
