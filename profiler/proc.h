/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc says of processes: threads, children, start times, CPU time,
 * executable mappings. A process is held by a descriptor of its /proc
 * directory, which a reused pid does not answer for.
 */
#ifndef FLAMETAP_PROFILER_PROC_H
#define FLAMETAP_PROFILER_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/vec.h"
#include "profiler/sideband.h"

struct pid_list {
	VEC(pid_t) pids;
};

struct proc_stat {
	char state;
	pid_t parent;
	uint64_t cpu_ticks;          /* user + system */
	uint64_t children_cpu_ticks; /* waited-for children's */
	uint64_t start_ticks;        /* since boot, in 1/100 s */
	char comm[64];
};

/* A directory descriptor of /proc/PID, or a negative errno (-ESRCH: no such process). */
int proc_open(pid_t pid);
/* proc_fd is /proc/PID or /proc/PID/task/TID. 0 or a negative errno. */
int proc_read_stat(int proc_fd, struct proc_stat *ret);
/* The thread group of a task, from its status file. */
int proc_read_tgid(int proc_fd, pid_t *ret);
/* Thread ids of a process, sorted. */
int proc_list_threads(int proc_fd, struct pid_list *ret);
/* All processes, sorted. */
int proc_list_all(struct pid_list *ret);
/* Adds the descendants of the processes in list to it; sorted. */
int proc_add_descendants(struct pid_list *list);
void pid_list_sort(struct pid_list *list);
bool pid_list_equal(const struct pid_list *a, const struct pid_list *b);

/* An executable mapping. Return negative to stop. The path is the callee's to free. */
typedef int (*proc_mapping)(void *ctx, uint64_t start, uint64_t end, uint64_t offset,
			    struct file_identity *file);
int proc_read_mappings(int proc_fd, proc_mapping mapping, void *ctx);

/* CPU time of a process, exited threads included, to the ns; false when it is gone. */
bool proc_cpu_ns(pid_t pid, uint64_t *ret);

#endif
