/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time of an event as the scheduler itself has it. It looks at the clock
 * once, when it has locked the run queue; until a program is called it goes through
 * domains for work to do, which may take microseconds: with times of its own a program finds waits
 * in run queues longer than the kernel does, short ones by a good part.
 */
#ifndef FLAMETAP_BPF_SWITCH_CLOCK_H
#define FLAMETAP_BPF_SWITCH_CLOCK_H

enum {
	CLOCK_WINDOW_SHIFT = 28,  /* 2^28 ns: 0.27 s */
	SEARCH_MOST_NS = 10000000, /* it takes no longer */
};

/*
 * How far CLOCK_MONOTONIC is ahead of a run queue's clock, when the program
 * comes soonest behind that: the least of this window and of the one before. The two clocks drift
 * apart by some millionths.
 */
struct switch_clock {
	uint64_t window;
	uint64_t least, least_before;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct switch_clock);
} switch_clocks SEC(".maps");

static __always_inline bool has_queue(struct task_struct *task)
{
	return bpf_core_field_exists(task->se.cfs_rq) &&
	       bpf_core_field_exists(task->se.cfs_rq->rq);
}

/* The task is on the run queue whose event it is, or leaves it. */
static __always_inline uint64_t scheduler_time(struct task_struct *task, uint64_t now, bool direct)
{
	struct switch_clock *clock;
	uint64_t queue_ns, ahead_ns, least_ns;
	uint32_t zero = 0;

	if (!has_queue(task))
		return now;
	queue_ns = direct ? task->se.cfs_rq->rq->clock :
			    BPF_CORE_READ(task, se.cfs_rq, rq, clock);
	clock = bpf_map_lookup_elem(&switch_clocks, &zero);
	if (!clock || !queue_ns)
		return now;
	ahead_ns = now - queue_ns;
	if (clock->window != now >> CLOCK_WINDOW_SHIFT) {
		clock->least_before = clock->window ? clock->least : ahead_ns;
		clock->least = ahead_ns;
		clock->window = now >> CLOCK_WINDOW_SHIFT;
	}
	/* They may wrap, but are never far apart. */
	if ((int64_t)(ahead_ns - clock->least) < 0)
		clock->least = ahead_ns;
	least_ns = (int64_t)(clock->least_before - clock->least) < 0 ? clock->least_before :
								       clock->least;
	if ((int64_t)(ahead_ns - least_ns) < 0)
		return now;
	return queue_ns + least_ns;
}

/* When a task that leaves its CPU was taken off it: where nothing else is to run, the scheduler has
 * then looked for work on other CPUs, and at the clock again. */
static __always_inline uint64_t scheduler_out_time(struct task_struct *task, uint64_t now,
						   bool direct)
{
	uint64_t since_ns;

	if (!has_queue(task))
		return now;
	since_ns = direct ? task->se.cfs_rq->rq->clock_task - task->se.exec_start :
			    BPF_CORE_READ(task, se.cfs_rq, rq, clock_task) -
				    BPF_CORE_READ(task, se.exec_start);
	return since_ns < SEARCH_MOST_NS ? now - since_ns : now;
}

/* What interrupts and the host have had of the task's CPU, as far as the kernel leaves it out of
 * what it counts of tasks; from somewhere on. Never 0. */
static __always_inline uint64_t scheduler_taken_ns(struct task_struct *task, bool direct)
{
	if (!has_queue(task))
		return 1;
	return (direct ? task->se.cfs_rq->rq->clock - task->se.cfs_rq->rq->clock_task :
			 BPF_CORE_READ(task, se.cfs_rq, rq, clock) -
				 BPF_CORE_READ(task, se.cfs_rq, rq, clock_task)) | 1;
}

/* How long a task has been runnable, by the scheduler's own note. 0: not known. */
static __always_inline uint64_t scheduler_queued_ns(struct task_struct *task, bool direct)
{
	uint64_t queued_ns;

	if (!direct || !bpf_core_field_exists(task->sched_info.last_queued) ||
	    !bpf_core_field_exists(task->se.cfs_rq) ||
	    !bpf_core_field_exists(task->se.cfs_rq->rq))
		return 0;
	queued_ns = task->sched_info.last_queued;
	return queued_ns ? task->se.cfs_rq->rq->clock - queued_ns : 0;
}

#endif
