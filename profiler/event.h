/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perf events: which one samples, and the set of descriptors that carry the
 * BPF program, one for each task of the target or one for each CPU.
 */
#ifndef FLAMETAP_PROFILER_EVENT_H
#define FLAMETAP_PROFILER_EVENT_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/vec.h"
#include "profiler/options.h"

/* cycles if a short trial on flametap's own load delivers samples, else cpu-clock. */
void event_choose(struct event_options *ret);
/* True for events whose period is time on the CPU (cpu-clock, task-clock) or stands for it
 * (cycles at a frequency). */
bool event_counts_time(const struct event_options *event);

int event_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags);

struct event_fd {
	int fd;
	pid_t tid; /* -1: a CPU's */
	int cpu;   /* -1: a task's */
};

struct event_set {
	struct perf_event_attr attr;
	int program_fd;
	VEC(struct event_fd) fds;
	uint64_t gone_enabled_ns; /* of events closed before the end */
};

/* What the events have in common: event, frequency or count, disabled at first. */
void event_set_init(struct event_set *set, const struct event_options *event, uint64_t frequency,
		    uint64_t count, int program_fd);
/* Events that sample nothing, and tell of the CPU time of those who inherit them. */
void event_set_init_account(struct event_set *set);
void event_set_deinit(struct event_set *set);
/* 0 or a negative errno; -ESRCH: the task is gone. */
int event_set_add_task(struct event_set *set, pid_t tid);
int event_set_add_cpu(struct event_set *set, int cpu);
void event_set_clear(struct event_set *set);
int event_set_enable(const struct event_set *set);
void event_set_disable(const struct event_set *set);
/* CPU time the set's tasks had while the events were enabled, as the kernel counts it at each
 * context switch; tasks that inherited an event and are gone included. */
uint64_t event_set_cpu_ns(const struct event_set *set);

/* Online CPUs, from sysfs. 0 or a negative errno. */
struct cpu_list {
	VEC(int) cpus;
};
int cpu_list_init(struct cpu_list *ret);
void cpu_list_deinit(struct cpu_list *list);

#endif
