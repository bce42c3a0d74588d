/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a task that has left the CPU waits for: its state, and its system call. */
#ifndef FLAMETAP_BPF_SWITCH_STATE_H
#define FLAMETAP_BPF_SWITCH_STATE_H

/* include/linux/sched.h. */
enum {
	TASK_INTERRUPTIBLE = 0x01,
	TASK_UNINTERRUPTIBLE = 0x02,
	TASK_STOPPED = 0x04,
	TASK_TRACED = 0x08,
	TASK_PARKED = 0x40,
	TASK_DEAD = 0x80,
	TASK_NOLOAD = 0x400,
	TASK_RTLOCK_WAIT = 0x1000,
};

/* arch/x86/entry/syscalls/syscall_64.tbl: those whose first argument is what is waited on. */
enum {
	NR_FUTEX = 202,
	NR_FUTEX_WAITV = 449,
	NR_FUTEX_WAIT = 455,
};

static __always_inline uint32_t task_state(struct task_struct *task, bool direct)
{
	if (direct || bpf_core_field_exists(task->__state))
		return task_read(direct, task, __state);
	return BPF_CORE_READ(task, state);
}

static __always_inline uint8_t state_of(uint32_t state)
{
	if (state & (TASK_UNINTERRUPTIBLE | TASK_RTLOCK_WAIT))
		return state & TASK_NOLOAD ? WIRE_STATE_IDLE : WIRE_STATE_DISK;
	if (state & TASK_INTERRUPTIBLE)
		return WIRE_STATE_SLEEPING;
	if (state & TASK_STOPPED)
		return WIRE_STATE_STOPPED;
	if (state & TASK_TRACED)
		return WIRE_STATE_TRACED;
	return state & TASK_PARKED ? WIRE_STATE_PARKED : WIRE_STATE_OTHER;
}

/* Of a thread that leaves its CPU and would run on: who took the CPU from it. */
static __always_inline uint8_t runnable_state(struct task_struct *task)
{
	struct task_struct___throttled *new = (void *)task;
	bool throttled = false;

	if (bpf_core_field_exists(new->throttled))
		throttled = BPF_CORE_READ(new, throttled);
	else if (bpf_core_field_exists(task->se.cfs_rq) &&
		 bpf_core_field_exists(struct cfs_rq, throttle_count))
		throttled = BPF_CORE_READ(task, se.cfs_rq, throttle_count) > 0;
	return throttled ? WIRE_STATE_THROTTLED : WIRE_STATE_RUNNABLE;
}

/* What it waits for, as its registers tell. */
static __always_inline void place_take_syscall(struct wire_place *place, const struct pt_regs *regs)
{
	int32_t number = regs->orig_ax;

	/* An interrupt's or an exception's is negative. 32-bit calls have numbers of their own. */
	if ((int64_t)regs->orig_ax < 0 || regs->cs != USER_CS)
		return;
	place->syscall = number;
	if (number == NR_FUTEX || number == NR_FUTEX_WAITV || number == NR_FUTEX_WAIT)
		place->futex = regs->di;
}

/* The kernel stack of a task that has no CPU, or is about to get one: as it was left, without the
 * frames of programs and of what calls them, which cost half as much as all others. */
static __always_inline void place_take_kernel(struct task_struct *task, struct wire_place *place)
{
	struct stack_buffer *buffer;
	uint32_t zero = 0;

	buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	if (buffer && !config.user_only)
		place->kernel_id = take_task_stack(task, buffer);
}

#endif
