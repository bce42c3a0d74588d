/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is profiled: checked before anything else happens, given events, and
 * watched for its end. A process is (pid, start time), held by a pidfd.
 */
#ifndef FLAMETAP_PROFILER_TARGET_H
#define FLAMETAP_PROFILER_TARGET_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "profiler/capture.h"
#include "profiler/command.h"
#include "profiler/event.h"
#include "profiler/options.h"

struct watched {
	pid_t id;
	pid_t process; /* id itself, or the process that the thread is of */
	uint64_t start_ticks;
	uint64_t cpu_ns; /* at the start */
	int fd;          /* pidfd; -1 for threads: looked at through /proc */
	bool ended;
};

/* Looks whether it has ended. */
bool watched_ended(struct watched *item);

struct target {
	const struct target_options *options;
	VEC(struct watched) watched;
	char *cgroup_path;     /* in the file system */
	uint64_t cgroup_id;
	uint32_t cgroup_subsys; /* of a v1 controller; UINT32_MAX: v2 */
	uint64_t cgroup_cpu_ns; /* at the start; UINT64_MAX: not told */
	uint64_t machine_idle_ns; /* at the start */
	/* CPU time since the start as the kernel accounts it outside of perf. Not known: a process
	 * is gone, or only threads were asked for. */
	uint64_t used_ns;
	bool used_known;
	/* Children that are not sampled: how many there were at the start, and the CPU time of all
	 * since; 0 where they are followed or not looked for. */
	uint64_t n_children;
	uint64_t children_ns;
	uint64_t children_ticks;  /* CPU time of descendants at the start, in 1/100 s */
	bool every_cpu;         /* events on every CPU and a filter, not on tasks */
	uint64_t cpus;          /* online at the start */
};

/* Checks that the target is there, and says in one line what is wrong. 0 or a negative errno. */
int target_init(struct target *target, const struct target_options *options);
void target_deinit(struct target *target);

/* What the programs have to know; before they are loaded. */
void target_configure(const struct target *target, struct wire_config *config);
/* Tells the programs who the target is; command is the held CMD or NULL. target_attach() does so,
 * too. */
int target_tell(const struct target *target, struct capture *capture, const struct command *command);
/*
 * Opens events, disabled, for the target; command is the held CMD or NULL.
 * -EAGAIN: its threads come and go too fast to catch each one once, or are too many; call again
 * after target_configure() with every_cpu set.
 */
int target_attach(struct target *target, struct capture *capture, struct event_set *events,
		  const struct command *command);
/*
 * For a target that got events on its tasks, and whose threads or children turned out to live too
 * short for them: opens events on every CPU, disabled. capture_widen() is to be called before
 * they are enabled. 0 or a negative errno.
 */
int target_attach_widely(struct target *target, struct event_set *events);
/* Opens an account of the CPU time of all its tasks from now on. 0 or a negative errno. */
int target_account(const struct target *target, const struct command *command,
		   struct event_set *account);
/* Notes what CPU time the target has had so far. */
void target_begin(struct target *target);
/* And what its children have had: all of /proc is read for that, so not before the first sample. */
void target_begin_children(struct target *target);

/* Looks who has ended; true when nothing is left to sample. */
bool target_ended(struct target *target);

/* Who is to be known to the timeline from the start: 0 and the pids. */
struct pid_list;
int target_pids(const struct target *target, struct pid_list *ret);

/* Notes what it and its children have used since, elapsed_ns after target_begin(). */
void target_end(struct target *target, uint64_t elapsed_ns);

#endif
