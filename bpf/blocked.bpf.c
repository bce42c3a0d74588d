// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists the threads that are there when a recording of off-CPU time begins:
 * each target gets its entry, and of those that have no CPU the place where they wait is taken,
 * with their whole user stack; and so it is done at the end, where places are taken late. It may
 * sleep, so that it reads other tasks' memory.
 */
#include "bpf/kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/sample.h"
#include "bpf/switches.h"
#include "bpf/unwind_table.h"
#include "bpf/x86_64.h"

/* As those of switches.bpf.c, whose maps of threads and stacks it shares. */
const volatile struct wire_config config = {};
const volatile struct switches_config switches_config = {};

#define UNWIND_OF_TASK
#include "bpf/task.h"
#include "bpf/unwind.h"

char LICENSE[] SEC("license") = "GPL";

#define STACKS_COUNTERS COUNT_SWITCH_N
#define STACKS_COPY_ID 0
#include "bpf/stacks.h"
#include "bpf/switch_state.h"
#include "bpf/switch_thread.h"

/* User space sets it: enum wire_list. */
uint32_t list = 0;

static __always_inline uint32_t task_doing(struct task_struct *task)
{
	if (task->on_cpu)
		return DOING_RUN;
	/* Who wants to sleep and was preempted on the way is still on its run queue. */
	if (task->on_rq && !(bpf_core_field_exists(task->se.sched_delayed) &&
			     task->se.sched_delayed))
		return DOING_QUEUE;
	return DOING_BLOCK;
}

static __always_inline void place_take(struct task_struct *task,
				       const struct wire_identity *identity,
				       struct wire_place *place, bool modern)
{
	struct stack_buffer *buffer;
	struct registers registers = {};
	struct wire_sample *sample;
	uint32_t zero = 0;

	buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	if (!buffer)
		return;
	sample = &buffer->sample;
	sample->time_ns = bpf_ktime_get_ns();
	sample->start_ns = identity->start_ns;
	sample->exec_id = identity->exec_id;
	sample->pid = identity->pid;
	sample->result = WIRE_UNREADABLE;
	sample->flags = WIRE_IN_KERNEL;
	take_user_side(task, sample, true);
	if (!config.user_only)
		place->kernel_id = take_task_stack(task, buffer);
	if (*(volatile uint8_t *)&sample->result != WIRE_KERNEL_ONLY) {
		if (!registers_of_task(&registers, &buffer->scratch, task)) {
			sample->result = registers.ip ? WIRE_NO_REGISTERS : WIRE_KERNEL_ONLY;
		} else {
			struct unwind unwind = { .task = task };

			place_take_syscall(place, &buffer->scratch.regs);
			if (config.kernel_only) {
				sample->result = WIRE_OMITTED;
			} else if (modern) {
				walk_user_stack(task, sample, buffer, &unwind, &registers, true);
				sample->result = unwind.result;
				place->user_id = unwind.id;
			}
		}
	}
	place->result = sample->result;
	if (sample->flags & WIRE_UNTABLED)
		place->flags |= WAIT_UNTABLED;
}

/* Places only, for those threads that go on while the others are listed. */
static __always_inline void list_first(struct task_struct *task, bool modern)
{
	uint32_t doing = task_doing(task), state = task_state(task, false);
	struct wire_first first = {
		.place = { .flags = WAIT_BEFORE, .syscall = -1 },
		.n_left = times_left(task, true),
	};
	uint64_t key = (uint64_t)task;
	struct wire_identity identity;

	identity.pid = task_tgid(task, true);
	identity.tid = task_pid(task, true);
	if (state & TASK_DEAD || doing == DOING_RUN ||
	    !task_is_wanted(task, identity.pid, identity.tid))
		return;
	identity_take(task, &identity, true);
	first.place.state = doing == DOING_BLOCK ? state_of(state) : WIRE_STATE_RUNNABLE;
	place_take(task, &identity, &first.place, modern);
	if (!task->on_cpu && first.n_left == times_left(task, true))
		bpf_map_update_elem(&first_places, &key, &first, BPF_ANY);
}

static __always_inline void list_task(struct task_struct *task, bool modern)
{
	uint32_t doing = task_doing(task), state = task_state(task, false);
	uint64_t key = (uint64_t)task, start = *(volatile uint64_t *)&start_ns;
	struct wire_thread *thread;
	struct wire_place place = { .flags = WAIT_BEFORE, .syscall = -1 };
	struct wire_identity identity;

	if (state & TASK_DEAD || bpf_map_lookup_elem(&switch_threads, &key))
		return;
	thread = thread_make(task, start, doing, WAIT_BEFORE, true);
	if (!thread || doing == DOING_RUN || thread->before.kernel_id || thread->before.user_id)
		return;
	identity = thread->identity;
	place.state = doing == DOING_BLOCK ? state_of(state) : WIRE_STATE_RUNNABLE;
	place_take(task, &identity, &place, modern);
	/* Unless it has gone on meanwhile, and its stack was another one's in part. This place is
	 * only looked at where a thread's first wait ends. */
	thread = bpf_map_lookup_elem(&switch_threads, &key);
	if (thread && thread->since_ns == start && thread->doing == doing)
		thread->before = place;
}

/* What is only taken when a thread is back, of those that are not back at the end. */
static __always_inline void list_open(struct task_struct *task, bool modern)
{
	uint64_t key = (uint64_t)task;
	struct wire_thread *thread = bpf_map_lookup_elem(&switch_threads, &key);
	struct wire_place place = { .syscall = -1 };
	struct wire_identity identity;

	/* Who is dead, or not listed at all, has ended without its last switch having been seen. */
	if (thread && !(task_state(task, false) & TASK_DEAD))
		thread->there = true;
	if (!thread || thread->doing == DOING_RUN || thread->place.flags & WAIT_BEFORE)
		return;
	if (switches_config.late) {
		identity = thread->identity;
		place.state = thread->place.state;
		place_take(task, &identity, &place, modern);
	} else if (thread->place.kernel_id) {
		return;
	} else {
		place = thread->place;
		place_take_kernel(task, &place);
	}
	/* It may have gone on, since nobody counts any more. */
	if (!task->on_cpu && thread->n_left == times_left(task, true))
		thread->place = place;
}

static __always_inline void list_any(struct task_struct *task, bool modern)
{
	switch (*(volatile uint32_t *)&list) {
	case LIST_FIRST:
		list_first(task, modern);
		break;
	case LIST_START:
		list_task(task, modern);
		break;
	default:
		list_open(task, modern);
	}
}

SEC("iter.s/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task)
		list_any(task, true);
	return 0;
}

/* Where a program that sleeps cannot read another task's memory (before Linux 5.18). */
SEC("iter/task")
int list_tasks_old(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task)
		list_any(task, false);
	return 0;
}

/* Before anything is counted: whose tables are to be there when the threads are listed. */
SEC("iter/task")
int list_processes(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct wire_listed listed = {};

	if (!task || task->pid != task->tgid || !task->mm)
		return 0;
	listed.pid = task_tgid(task, true);
	if (!listed.pid || !task_is_watched(task, listed.pid))
		return 0;
	listed.start_ns = task->start_boottime;
	listed.exec_id = task->self_exec_id;
	bpf_seq_write(ctx->meta->seq, &listed, sizeof(listed));
	return 0;
}
