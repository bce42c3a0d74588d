// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sampler: a timed event's tick in; a sample, and each stack that is not
 * known to have been delivered, out through the ring buffer. Beside it the
 * programs that follow fork, exec and exit, so that the set of targets is
 * right in the kernel before user space hears of a new process.
 */
#include "bpf/kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/sample.h"
#include "bpf/unwind_table.h"
#include "bpf/x86_64.h"

/* Filled in by user space before the programs are loaded. */
const volatile struct wire_config config = {};

#include "bpf/task.h"
#include "bpf/unwind.h"

char LICENSE[] SEC("license") = "GPL";

#define STACKS_COUNTERS COUNT_N
#define STACKS_COPY_ID 0
#include "bpf/stacks.h"

/* Remaps have a ring of their own: a flood of samples must not hide a moved mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} process_ring SEC(".maps");

static __always_inline uint64_t ring_flags(const struct wire_sample *sample)
{
	/* The reader loads the tables: the sooner it hears of it, the fewer ticks go without. */
	if (sample->flags & WIRE_UNTABLED)
		return BPF_RB_FORCE_WAKEUP;
	return stack_ring_flags();
}

/* Who was interrupted; false when that is no target. */
static __always_inline bool take_identity(struct task_struct *task, struct wire_sample *sample,
					  bool direct)
{
	struct task_struct *leader = task_read(direct, task, group_leader);

	*sample = (struct wire_sample){ .header = { WIRE_SAMPLE, sizeof(*sample) } };
	sample->pid = task_tgid(task, direct);
	sample->tid = task_pid(task, direct);
	if (!task_is_target(task, sample->pid, sample->tid)) {
		count(COUNT_BYSTANDER);
		return false;
	}
	if (!sample->pid) {
		/* Idle is pid 0 too, but its ticks are left out by the event itself. */
		if (task_read(direct, task, pid))
			count(COUNT_FOREIGN);
		return false;
	}
	sample->start_ns = task_read(direct, leader, start_boottime);
	sample->exec_id = task_read(direct, leader, self_exec_id);
	BPF_CORE_READ_INTO(&sample->process, leader, comm);
	bpf_get_current_comm(sample->comm, sizeof(sample->comm));
	return true;
}

static __always_inline int sample_tick(struct bpf_perf_event_data *ctx, bool loop)
{
	/* Every kernel with bpf_loop() has the other, too. */
	struct task_struct *task = loop ? bpf_get_current_task_btf() :
					  (void *)bpf_get_current_task();
	uint64_t time_ns = bpf_ktime_get_ns();
	struct stack_buffer *buffer;
	struct wire_sample *sample;
	struct registers registers = {};
	uint32_t zero = 0;

	buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	if (!buffer)
		return 0;
	sample = &buffer->sample;
	if (!take_identity(task, sample, loop))
		return 0;
	count(COUNT_TAKEN);
	sample->time_ns = time_ns;
	sample->weight = ctx->sample_period;
	sample->cpu = bpf_get_smp_processor_id();

	registers_take(&registers, &ctx->regs);
	if (!registers.user)
		sample->flags |= WIRE_IN_KERNEL;
	take_user_side(task, sample, loop);
	if (sample->flags & WIRE_IN_KERNEL && !config.user_only)
		sample->kernel_id = take_kernel_stack(ctx, buffer);
	if (user_registers(ctx, task, sample, buffer, &registers))
		sample->user_id =
			take_user_frames(ctx, task, sample, buffer, &registers, loop);
	if (bpf_ringbuf_output(&sample_ring, sample, sizeof(*sample), ring_flags(sample)))
		count(COUNT_SAMPLE_LOST);
	return 0;
}

/* One of the two is loaded. A kernel without bpf_loop() refuses even a dead call of it. */
SEC("perf_event")
int take_sample(struct bpf_perf_event_data *ctx)
{
	return sample_tick(ctx, true);
}

SEC("perf_event")
int take_sample_bounded(struct bpf_perf_event_data *ctx)
{
	return sample_tick(ctx, false);
}

/* A child has its parent's mappings, so it has its tables from its first instruction on. */
static __always_inline void inherit_tables(struct task_struct *child, int32_t parent_tgid,
					   int32_t tgid)
{
	const struct unwind_process *parents =
		bpf_map_lookup_elem(&unwind_processes, &parent_tgid);
	struct unwind_process own;

	if (!parents)
		return;
	own = *parents;
	own.start_ns = BPF_CORE_READ(child, start_boottime);
	own.exec_id = BPF_CORE_READ(child, self_exec_id);
	bpf_map_update_elem(&unwind_processes, &tgid, &own, BPF_ANY);
}

/* args: the parent, the child. Threads of a target are targets by their tgid. */
SEC("raw_tp/sched_process_fork")
int process_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (void *)ctx->args[0], *child = (void *)ctx->args[1];
	struct wire_process process = {};
	int32_t parent_tgid, tgid;

	if (BPF_CORE_READ(child, tgid) != BPF_CORE_READ(child, pid))
		return 0;
	parent_tgid = task_tgid(parent, false);
	tgid = task_tgid(child, false);
	if (!tgid)
		return 0;
	inherit_tables(child, parent_tgid, tgid);
	if (!config.follow || !task_is_process(parent, parent_tgid))
		return 0;
	process.start_ticks = BPF_CORE_READ(child, start_boottime) / START_TICK_NS;
	if (bpf_map_update_elem(&processes, &tgid, &process, BPF_ANY))
		count(COUNT_PROCESSES_FULL);
	return 0;
}

/* args: the task, its tid before, the binary. The tables of the old image are void; user space
 * needs the new image's exec id to give it tables of its own. */
SEC("raw_tp/sched_process_exec")
int process_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct wire_exec exec = { .header = { WIRE_EXEC, sizeof(exec) } };

	exec.pid = task_tgid(task, false);
	if (!config.cfi || !exec.pid)
		return 0;
	bpf_map_delete_elem(&unwind_processes, &exec.pid);
	if (!task_is_watched(task, exec.pid))
		return 0;
	exec.exec_id = BPF_CORE_READ(task, self_exec_id);
	exec.time_ns = bpf_ktime_get_ns();
	exec.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	if (bpf_ringbuf_output(&process_ring, &exec, sizeof(exec), BPF_RB_FORCE_WAKEUP))
		count(COUNT_REMAP_LOST);
	return 0;
}

/* args: the task. A leader may exit before its threads, which are still the target: the entry
 * goes with the last of them. */
SEC("raw_tp/sched_process_exit")
int process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	int32_t tid = task_pid(task, false), tgid = task_tgid(task, false);

	bpf_map_delete_elem(&threads, &tid);
	if (!BPF_CORE_READ(task, signal, live.counter)) {
		bpf_map_delete_elem(&processes, &tgid);
		bpf_map_delete_elem(&unwind_processes, &tgid);
	}
	return 0;
}

struct trace_event_sys_enter {
	uint64_t common;
	uint64_t id;
	uint64_t args[6];
};

/* A moved mapping changes what addresses mean, and perf has no record for it. */
SEC("tracepoint/syscalls/sys_enter_mremap")
int enter_mremap(struct trace_event_sys_enter *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct wire_remap remap = { .header = { WIRE_REMAP, sizeof(remap) } };

	remap.pid = task_tgid(task, false);
	if (!task_is_watched(task, remap.pid))
		return 0;
	remap.time_ns = bpf_ktime_get_ns();
	remap.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	remap.old_start = ctx->args[0];
	remap.old_size = ctx->args[1];
	if (bpf_ringbuf_output(&process_ring, &remap, sizeof(remap), BPF_RB_NO_WAKEUP))
		count(COUNT_REMAP_LOST);
	return 0;
}
