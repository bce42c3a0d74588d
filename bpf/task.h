/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who a task is: its pids in flametap's pid namespace, and whether it is a target. */
#ifndef FLAMETAP_BPF_TASK_H
#define FLAMETAP_BPF_TASK_H

enum {
	MAX_PID_NS_LEVEL = 32,  /* MAX_PID_NS_LEVEL of the kernel */
	MAX_CGROUP_DEPTH = 64,
	START_TICK_NS = 10000000, /* /proc/PID/stat counts in USER_HZ, 100 everywhere */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, int32_t);
	__type(value, struct wire_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, int32_t);
	__type(value, uint64_t); /* start in ticks */
} threads SEC(".maps");

/* Set when events on every CPU have taken over from events on the target's tasks. */
uint32_t widened = 0;

/*
 * A field of a kernel object. direct: the pointer comes from
 * bpf_get_current_task_btf() (Linux 5.11), whose fields are plain loads; else
 * each is a call of bpf_probe_read_kernel(), ten times as dear.
 */
#define task_read(direct, object, field) \
	((direct) ? (object)->field : BPF_CORE_READ((object), field))

/* The pid of a struct pid in flametap's namespace; 0 when it is not in it. */
static __always_inline int32_t pid_in_ns(struct pid *pid)
{
	uint32_t level = BPF_CORE_READ(pid, level);
	const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);

	for (uint32_t i = 0; i <= MAX_PID_NS_LEVEL && i <= level; i++) {
		struct upid *upid = (void *)(numbers + i * bpf_core_type_size(struct upid));

		if (BPF_CORE_READ(upid, ns, ns.inum) == config.pid_ns_inum)
			return BPF_CORE_READ(upid, nr);
	}
	return 0;
}

static __always_inline int32_t task_pid(struct task_struct *task, bool direct)
{
	if (config.in_init_pid_ns)
		return task_read(direct, task, pid);
	return pid_in_ns(BPF_CORE_READ(task, thread_pid));
}

static __always_inline int32_t task_tgid(struct task_struct *task, bool direct)
{
	if (config.in_init_pid_ns)
		return task_read(direct, task, tgid);
	return pid_in_ns(BPF_CORE_READ(task, group_leader, thread_pid));
}

static __always_inline bool task_is_process(struct task_struct *task, int32_t tgid)
{
	const struct wire_process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (!process)
		return false;
	return !process->start_ticks ||
	       process->start_ticks ==
		       BPF_CORE_READ(task, group_leader, start_boottime) / START_TICK_NS;
}

static __always_inline bool task_is_thread(struct task_struct *task, int32_t tid)
{
	const uint64_t *start = bpf_map_lookup_elem(&threads, &tid);

	return start && *start == BPF_CORE_READ(task, start_boottime) / START_TICK_NS;
}

static __always_inline bool task_in_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *state;
	struct cgroup *cgroup;

	if (config.cgroup_subsys == ~0U) {
		cgroup = BPF_CORE_READ(set, dfl_cgrp);
	} else {
		const char *place = (const char *)set +
				    bpf_core_field_offset(struct css_set, subsys) +
				    config.cgroup_subsys * sizeof(void *);

		if (bpf_probe_read_kernel(&state, sizeof(state), place))
			return false;
		cgroup = BPF_CORE_READ(state, cgroup);
	}
	for (int i = 0; i < MAX_CGROUP_DEPTH; i++) {
		if (BPF_CORE_READ(cgroup, kn, id) == config.cgroup_id)
			return true;
		state = BPF_CORE_READ(cgroup, self.parent);
		if (!state)
			return false;
		cgroup = BPF_CORE_READ(state, cgroup);
	}
	return false;
}

/* Its events were opened for it, and only for it. A function of its own, so that the verifier does
 * not look at all that follows once for each way through it. */
__noinline int current_is_bound(int32_t tgid)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return !*(volatile uint32_t *)&widened || task_is_process(task, tgid);
}

static __always_inline bool task_is_target(struct task_struct *task, int32_t tgid, int32_t tid)
{
	switch (config.filter) {
	case FILTER_NONE:
		return true;
	case FILTER_BOUND:
		return current_is_bound(tgid);
	case FILTER_PROCESS:
		return task_is_process(task, tgid);
	case FILTER_THREAD:
		return task_is_thread(task, tid);
	default:
		return task_in_cgroup(task);
	}
}

/* Whether its address space is the target's: of programs that run for every task, whatever the
 * events are bound to. The process of a thread that is a target is in the map, too. */
static __always_inline bool task_is_watched(struct task_struct *task, int32_t tgid)
{
	switch (config.filter) {
	case FILTER_NONE:
		return true;
	case FILTER_CGROUP:
		return task_in_cgroup(task);
	default:
		return task_is_process(task, tgid);
	}
}

#endif
