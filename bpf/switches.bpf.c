// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What threads do when they are not on a CPU: the scheduler's switches and
 * wake-ups in; waits added up by place, time and waker, and a ledger for each thread, out. The
 * programs run under the lock of a run queue, so that they are short and take no lock but that of
 * a hash table's bucket or of the ring.
 */
#include "bpf/kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/sample.h"
#include "bpf/switches.h"
#include "bpf/unwind_table.h"
#include "bpf/x86_64.h"

/* Filled in by user space before the programs are loaded. */
const volatile struct wire_config config = {};
const volatile struct switches_config switches_config = {};

#include "bpf/task.h"
#include "bpf/unwind.h"

char LICENSE[] SEC("license") = "GPL";

#define STACKS_COUNTERS COUNT_SWITCH_N
#define STACKS_COPY_ID (1ULL << 63)
#include "bpf/stacks.h"
#include "bpf/switch_state.h"
#include "bpf/switch_thread.h"
#include "bpf/switch_clock.h"
#include "bpf/switch_waits.h"
#include "bpf/switch_wakers.h"

static __always_inline void place_clear(struct wire_place *place)
{
	place->user_id = 0;
	place->kernel_id = 0;
	place->copy_id = 0;
	place->futex = 0;
	place->syscall = -1;
	place->result = WIRE_UNREADABLE;
	place->flags = 0;
}

/* The stacks of the current task, which is about to leave the CPU. kernel: its kernel stack, too. */
static __always_inline void place_take(void *ctx, struct task_struct *task,
				       const struct wire_identity *identity,
				       struct wire_place *place, uint64_t now, bool kernel,
				       bool modern)
{
	struct stack_buffer *buffer;
	struct registers registers = {};
	struct wire_sample *sample;
	uint32_t zero = 0;

	buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	if (!buffer)
		return;
	sample = &buffer->sample;
	sample->time_ns = now;
	sample->copy_id = 0;
	sample->start_ns = identity->start_ns;
	sample->exec_id = identity->exec_id;
	sample->pid = identity->pid;
	sample->cpu = bpf_get_smp_processor_id();
	sample->result = WIRE_WHOLE;
	sample->flags = WIRE_IN_KERNEL;
	place_clear(place);
	take_user_side(task, sample, modern);
	if (kernel && !config.user_only)
		place->kernel_id = take_kernel_stack(ctx, buffer);
	if (user_registers(NULL, task, sample, buffer, &registers)) {
		place_take_syscall(place, &buffer->scratch.regs);
		place->user_id = take_user_frames(NULL, task, sample, buffer, &registers, modern);
	}
	place->copy_id = sample->copy_id;
	place->result = sample->result;
	place->flags = sample->flags & WIRE_UNTABLED ? WAIT_UNTABLED : 0;
}

/*
 * The current task has been switched to, and is on its way back to where it had
 * left its CPU: its stacks are still those that it waited in. No run queue is locked here. What
 * may interrupt takes no stacks: with wakers this is not used.
 */
static __always_inline void switched(void *ctx, struct task_struct *task, bool modern)
{
	uint64_t key = (uint64_t)task;
	struct wire_thread *thread = bpf_map_lookup_elem(&switch_threads, &key);
	uint8_t state;

	if (!thread || !thread->owed)
		return;
	thread->owed = false;
	if (!(thread->place.flags & WAIT_BEFORE)) {
		state = thread->place.state;
		place_take(ctx, task, &thread->identity, &thread->place, thread->out_ns, true,
			   modern);
		thread->place.state = state;
	}
	wait_add(thread, thread->runqueue_wait_ns);
	thread->waker_id = 0;
}

/* A signal that was there already keeps a thread that wanted to sleep from it. */
static __always_inline bool is_blocked(struct task_struct *task, bool preempt, uint32_t state,
				       bool modern)
{
	/* Only under this run queue's lock it is made running again. */
	return !preempt && state && task_state(task, modern);
}

/*
 * The thread leaves a CPU that it was not seen to get: no event comes from some tasks that are kept
 * from being traced, nor from interrupts that hit them, nor what comes while this very program runs.
 * What the kernel itself has counted since it left the last time says how that time was spent; its
 * wait, which ended there, is added up as if it had been seen.
 */
static __noinline int unseen_add(struct wire_thread *thread, uint64_t now, uint64_t on_ns,
				 uint64_t runqueue_ns)
{
	uint64_t elapsed, blocked_ns = 0;

	if (!thread)
		return 0;
	elapsed = thread_elapse(thread, now);
	count(COUNT_UNSEEN);
	on_ns = on_ns < elapsed ? on_ns : elapsed;
	thread->back_ns = now - on_ns;
	if (thread->doing == DOING_BLOCK) {
		runqueue_ns = runqueue_ns < elapsed - on_ns ? runqueue_ns : elapsed - on_ns;
		blocked_ns = elapsed - on_ns - runqueue_ns;
		thread->wait_blocked_ns = blocked_ns;
	} else {
		runqueue_ns = elapsed - on_ns;
	}
	thread->on_ns += on_ns;
	thread->blocked_ns += blocked_ns;
	thread->runqueue_ns += runqueue_ns;
	if (wait_is_due(thread, thread->place.flags & WAIT_BEFORE ? &thread->before :
								    &thread->place,
			runqueue_ns))
		wait_add(thread, runqueue_ns);
	thread->waker_id = 0;
	return 0;
}

static __always_inline void add_until_out(struct task_struct *task, struct wire_thread *thread,
					  uint64_t now, bool modern)
{
	uint64_t on_ns = task_read(modern, task, se.sum_exec_runtime);
	uint64_t runqueue_ns = kernel_runqueue_ns(task, modern);

	if (thread->doing == DOING_RUN) {
		thread->on_ns += thread_elapse(thread, now);
		if (thread->taken_ns)
			thread->account.taken_ns +=
				scheduler_taken_ns(task, modern) - thread->taken_ns;
	} else {
		unseen_add(thread, now, on_ns - thread->kernel_on_ns,
			   runqueue_ns - thread->kernel_runqueue_ns);
	}
	thread->taken_ns = 0;
	thread->kernel_on_ns = on_ns;
	thread->kernel_runqueue_ns = runqueue_ns;
	account_take(thread);
}

/* seen_ns: of now itself. The scheduler may have looked at the clock long before, where a
 * preemption was put off to the end of execve(2): what the thread returns to was not mapped then. */
static __always_inline void switch_out(void *ctx, struct task_struct *task, uint64_t now,
				       uint64_t seen_ns, bool preempt, uint32_t state, bool modern)
{
	struct wire_thread *thread = thread_of(task, now, DOING_RUN, modern);
	bool blocked = is_blocked(task, preempt, state, modern);

	if (!thread)
		return;
	add_until_out(task, thread, now, modern);
	if (preempt || !state)
		thread->n_involuntary++;
	else
		thread->n_voluntary++;
	/* A thread's first wait is over without its having been switched to in the usual way. */
	if (switches_config.late && thread->owed) {
		thread->owed = false;
		wait_add(thread, thread->runqueue_wait_ns);
	}
	if (state & TASK_DEAD) {
		thread_end(task, thread, modern);
		return;
	}
	identity_refresh(task, thread, modern);
	thread->out_ns = seen_ns;
	thread->wait_blocked_ns = 0;
	thread->doing = blocked ? DOING_BLOCK : DOING_QUEUE;
	thread->n_left = times_left(task, modern);
	if (switches_config.late) {
		place_clear(&thread->place);
	} else {
		place_take(ctx, task, &thread->identity, &thread->place, seen_ns, !modern,
			   modern);
	}
	thread->place.state = blocked ? state_of(state) : runnable_state(task);
}

static __always_inline void switch_in(struct task_struct *task, uint64_t now, uint64_t seen_ns,
				      bool modern)
{
	struct wire_thread *thread = thread_of(task, now, DOING_QUEUE, modern);
	uint64_t elapsed, runqueue_ns = 0;
	struct wire_place *place;

	if (!thread || thread->doing == DOING_RUN)
		return;
	elapsed = thread_elapse(thread, now);
	if (thread->doing == DOING_BLOCK) {
		count(COUNT_UNWOKEN);
		runqueue_ns = scheduler_queued_ns(task, modern);
		if (runqueue_ns > elapsed)
			runqueue_ns = 0;
		thread->wait_blocked_ns = elapsed - runqueue_ns;
		thread->blocked_ns += elapsed - runqueue_ns;
	} else {
		runqueue_ns = elapsed;
	}
	thread->runqueue_ns += runqueue_ns;
	thread->doing = DOING_RUN;
	thread->back_ns = seen_ns;
	thread->taken_ns = scheduler_taken_ns(task, modern);
	place = thread->place.flags & WAIT_BEFORE ? &thread->before : &thread->place;
	if (wait_is_due(thread, place, runqueue_ns)) {
		if (switches_config.late) {
			thread->owed = true;
			thread->runqueue_wait_ns = runqueue_ns;
			return;
		}
		if (modern && !place->kernel_id)
			place_take_kernel(task, place);
		wait_add(thread, runqueue_ns);
	}
	thread->waker_id = 0;
}

static __always_inline void wake(struct task_struct *task, bool modern)
{
	uint64_t now = bpf_ktime_get_ns();
	struct wire_thread *thread;

	if (!is_recording(now))
		return;
	now = scheduler_time(task, now, modern);
	thread = thread_of(task, now, DOING_BLOCK, modern);
	/* It is still on its run queue where the wake-up came before it had left. */
	if (!thread || thread->doing != DOING_BLOCK)
		return;
	thread->account.asleep_ns += kernel_runqueue_ns(task, modern) -
				     thread->kernel_runqueue_ns + scheduler_queued_ns(task, modern);
	thread->wait_blocked_ns = thread_elapse(thread, now);
	thread->blocked_ns += thread->wait_blocked_ns;
	thread->doing = DOING_QUEUE;
}

/* The current task is about to wake another one, which may not even have left its CPU yet: who did
 * it last before the wait ends is who ended it. */
static __always_inline void waking(void *ctx, struct task_struct *task, struct task_struct *current,
				   bool modern)
{
	uint64_t now = bpf_ktime_get_ns();
	struct wire_thread *thread;

	/* A thread that meant to sleep, and did not. */
	if (task == current || !is_recording(now))
		return;
	thread = thread_of(task, now, DOING_BLOCK, modern);
	if (thread)
		thread->waker_id = waker_take(ctx, current, now, modern);
}

/* A thread begins to live; what had its task_struct before is long gone. */
static __always_inline void wake_new(struct task_struct *task, bool modern)
{
	uint64_t now = bpf_ktime_get_ns(), key = (uint64_t)task;

	if (!is_recording(now))
		return;
	if (bpf_map_lookup_elem(&switch_threads, &key))
		bpf_map_delete_elem(&switch_threads, &key);
	/* Of the clock that it is then switched to by. */
	now = scheduler_time(task, now, modern);
	thread_make(task, now, DOING_QUEUE, 0, modern);
}

/* It ends after the end, and before those that are there by then are listed. */
static __always_inline void switch_out_behind(struct task_struct *task, uint32_t state)
{
	uint64_t key = (uint64_t)task;
	struct wire_thread *thread = bpf_map_lookup_elem(&switch_threads, &key);

	if (thread && state & TASK_DEAD)
		thread->there = true;
}

/* What a thread waited in at the end is over before user space has looked at it. */
static __always_inline void switch_in_behind(struct task_struct *task)
{
	uint64_t key = (uint64_t)task;
	struct wire_thread *thread = bpf_map_lookup_elem(&switch_threads, &key);

	if (thread && thread->doing != DOING_RUN && !thread->place.kernel_id &&
	    thread->n_left == times_left(task, true))
		place_take_kernel(task, &thread->place);
}

static __always_inline void on_switch(void *ctx, bool preempt, struct task_struct *prev,
				      struct task_struct *next, uint32_t state, bool modern)
{
	uint64_t now = bpf_ktime_get_ns(), seen_ns;

	if (!is_recording(now)) {
		if (modern && now >= *(volatile uint64_t *)&end_ns) {
			switch_in_behind(next);
			switch_out_behind(prev, state);
		}
		return;
	}
	seen_ns = now;
	now = scheduler_time(prev, now, modern);
	/* Each CPU's idle task has pid 0. */
	if (task_read(modern, next, pid))
		switch_in(next, now, seen_ns, modern);
	if (task_read(modern, prev, pid))
		switch_out(ctx, prev, scheduler_out_time(prev, now, modern), seen_ns, preempt,
			   state, modern);
}

/* For kernels with bpf_loop() (Linux 5.17), and the state as an argument (5.18). */
SEC("tp_btf/sched_switch")
int task_switch(uint64_t *ctx)
{
	on_switch(ctx, ctx[0], (void *)ctx[1], (void *)ctx[2], ctx[3], true);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int task_wakeup(uint64_t *ctx)
{
	wake((void *)ctx[0], true);
	return 0;
}

SEC("tp_btf/sched_waking")
int task_waking(uint64_t *ctx)
{
	waking(ctx, (void *)ctx[0], bpf_get_current_task_btf(), true);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int task_wakeup_new(uint64_t *ctx)
{
	wake_new((void *)ctx[0], true);
	return 0;
}

/* Linux 6.16. */
SEC("raw_tp/sched_exit_tp")
int task_switched(struct bpf_raw_tracepoint_args *ctx)
{
	switched(ctx, bpf_get_current_task_btf(), true);
	return 0;
}

/* For all others. The state is that of now, which a waker may have changed already. */
SEC("raw_tp/sched_switch")
int task_switch_old(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *prev = (void *)ctx->args[1];

	on_switch(ctx, ctx->args[0], prev, (void *)ctx->args[2], task_state(prev, false), false);
	return 0;
}

SEC("raw_tp/sched_wakeup")
int task_wakeup_old(struct bpf_raw_tracepoint_args *ctx)
{
	wake((void *)ctx->args[0], false);
	return 0;
}

SEC("raw_tp/sched_waking")
int task_waking_old(struct bpf_raw_tracepoint_args *ctx)
{
	waking(ctx, (void *)ctx->args[0], (void *)bpf_get_current_task(), false);
	return 0;
}

SEC("raw_tp/sched_wakeup_new")
int task_wakeup_new_old(struct bpf_raw_tracepoint_args *ctx)
{
	wake_new((void *)ctx->args[0], false);
	return 0;
}
