/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's types as far as the programs use them, for CO-RE: libbpf puts
 * in the offsets of the running kernel. Written by hand, so that building
 * needs no BTF of the machine it is built on.
 */
#ifndef FLAMETAP_BPF_KERNEL_H
#define FLAMETAP_BPF_KERNEL_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#define NULL ((void *)0)

enum { false, true };
typedef _Bool bool;

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1 << 10 };

/* Only for bpf_core_enum_value_exists(): is there such a helper? */
enum bpf_func_id {
	BPF_FUNC_task_pt_regs = 175,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

struct mm_struct {
	unsigned long end_code;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live; /* threads that have not begun to exit */
};

struct rq {
	__u64 clock;
	__u64 clock_task; /* without what interrupts and the hypervisor took */
};

struct cfs_rq {
	struct rq *rq;
	int throttle_count;
};

struct sched_entity {
	struct cfs_rq *cfs_rq; /* where tasks are scheduled by groups: of any task, whatever its class */
	unsigned char sched_delayed; /* Linux 6.12: asleep, and still on its run queue */
	__u64 exec_start; /* in clock_task: until when it is in the sum */
	__u64 sum_exec_runtime;
};

struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_queued; /* in the run queue's clock; 0: not in one */
};

struct task_struct {
	void *stack;
	struct sched_entity se;
	struct sched_info sched_info;
	unsigned int flags;
	unsigned int __state;
	long state; /* before Linux 5.14 (2f064a59a11f) */
	/* Signed before Linux 7, and of one byte since: what is unsigned here may be of any size. */
	unsigned int on_cpu, on_rq;
	unsigned long nvcsw, nivcsw;
	struct mm_struct *mm;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime;
	char comm[16];
	__u64 self_exec_id;
	struct css_set *cgroups;
	struct signal_struct *signal;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

/* Since Linux 6.18, where a thread is throttled on its way back to user space. */
struct task_struct___throttled {
	bool throttled;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct linux_binprm;

#pragma clang attribute pop

enum { PF_KTHREAD = 0x00200000 };

/* User API, fixed layout. */
struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#endif
