/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a task to the IDs of its two stacks: each is unwound, and sent through
 * the ring unless it is known to have been delivered; where tables do not help,
 * the user stack is copied. Each BPF object has all of this for itself: a
 * sampler in an NMI must share neither buffers nor a ring with what it interrupts.
 * It defines before STACKS_COUNTERS, how many there are, and STACKS_COPY_ID, a bit
 * that tells its copies from another object's.
 */
#ifndef FLAMETAP_BPF_STACKS_H
#define FLAMETAP_BPF_STACKS_H

/* Sizes are set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} sample_ring SEC(".maps");

/* The stackmaps: IDs of stacks that were delivered, each at the place its ID names. A stack
 * that another one has overwritten is merely sent again. */
struct stackmap {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint64_t);
};
struct stackmap kernel_stackmap SEC(".maps");
struct stackmap user_stackmap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STACKS_COUNTERS);
	__type(key, uint32_t);
	__type(value, uint64_t);
} counters SEC(".maps");

/* Too large for the BPF stack. A tick never interrupts another one's program on its CPU. */
struct stack_buffer {
	struct wire_header header;
	uint64_t id; /* as struct wire_stack */
	uint64_t addresses[WIRE_MAX_USER_FRAMES];
	struct register_scratch scratch;
	struct wire_sample sample;
	uint64_t n_copies; /* of this CPU */
	struct registers start; /* into walk_bounded(), ... */
	uint64_t walk_id;       /* ... and out of it */
	uint32_t walk_result;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct stack_buffer);
} stack_buffers SEC(".maps");

#include "bpf/copy.h"

static __always_inline void count(uint32_t counter)
{
	uint64_t *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		*value += 1;
}

/* Readers are woken when a part of the ring is full, not for each record; they also look by
 * themselves a few times a second. */
static __always_inline uint64_t stack_ring_flags(void)
{
	return bpf_ringbuf_query(&sample_ring, BPF_RB_AVAIL_DATA) >= config.ring_wakeup ?
		       BPF_RB_FORCE_WAKEUP :
		       BPF_RB_NO_WAKEUP;
}

/* Sends a stack unless its ID says that it was delivered. */
static __always_inline void stack_deliver(struct stack_buffer *buffer, uint32_t type, uint64_t id,
					  uint32_t n, void *stackmap, uint32_t mask)
{
	uint32_t place = id & mask;
	uint64_t *known = bpf_map_lookup_elem(stackmap, &place);
	uint64_t flags;
	uint32_t size;

	if (!known || *known == id)
		return;
	flags = stack_ring_flags();
	buffer->header.type = type;
	buffer->id = id;
	/* Repeats for the verifier what n is already known to be: in the register that is used. */
	size = sizeof(struct wire_stack) + (n & (2 * WIRE_MAX_USER_FRAMES - 1)) * sizeof(uint64_t);
	barrier_var(size);
	if (size > sizeof(struct wire_stack) + WIRE_MAX_USER_FRAMES * sizeof(uint64_t))
		return;
	buffer->header.size = size;
	if (bpf_ringbuf_output(&sample_ring, buffer, size, flags)) {
		count(COUNT_STACK_LOST);
		return;
	}
	*known = id;
	count(COUNT_STACK_SENT);
}

/* Of what bpf_get_stack() has put into the buffer. */
static __always_inline uint64_t kernel_stack_id(struct stack_buffer *buffer, long size)
{
	uint64_t id = 0x6b65726e656cULL; /* no salt: the kernel is one */
	uint32_t n;

	if (size < (long)sizeof(uint64_t)) {
		count(COUNT_KERNEL_STACK_FAILED);
		return 0;
	}
	n = size / sizeof(uint64_t);
	for (uint32_t i = 0; i < WIRE_MAX_KERNEL_FRAMES && i < n; i++)
		id = id_mix(id, buffer->addresses[i]);
	id |= !id;
	stack_deliver(buffer, WIRE_KERNEL_STACK, id, n, &kernel_stackmap,
		      config.kernel_stackmap_mask);
	return id;
}

static __always_inline uint64_t take_kernel_stack(void *ctx, struct stack_buffer *buffer)
{
	long size = bpf_get_stack(ctx, buffer->addresses,
				  WIRE_MAX_KERNEL_FRAMES * sizeof(uint64_t), 0);

	return kernel_stack_id(buffer, size);
}

/* Of a task that does not run. */
static __always_inline uint64_t take_task_stack(struct task_struct *task,
						struct stack_buffer *buffer)
{
	long size = bpf_get_task_stack(task, buffer->addresses,
				       WIRE_MAX_KERNEL_FRAMES * sizeof(uint64_t), 0);

	return kernel_stack_id(buffer, size);
}

/* Copies the stack; false, and the reason counted, when that cannot be. The registers are those of
 * the task's user side, in the scratch. */
static __always_inline bool take_copy(struct stack_buffer *buffer, struct wire_sample *sample,
				      const struct registers *start)
{
	uint64_t id = STACKS_COPY_ID | ++buffer->n_copies << 16 | (sample->cpu & 0xffff);
	uint32_t reason = copy_send(id, sample->time_ns, start->ip, start->sp);

	if (reason) {
		count(reason == WIRE_OVER_BUDGET ? COUNT_COPY_OVER_BUDGET : COUNT_COPY_LOST);
		sample->result = reason;
		return false;
	}
	count(COUNT_COPIES);
	sample->copy_id = id;
	return true;
}

/* User space has the tables sooner, and knows every kind of rule. Where a table was missing, frame
 * pointers may have led to the end and yet have missed frames. */
static __always_inline bool copy_would_help(const struct unwind *unwind,
					    const struct wire_sample *sample)
{
	return config.copies == COPY_UNTABLED &&
	       (sample->flags & WIRE_UNTABLED || unwind->result == WIRE_UNSUPPORTED);
}

/* The same addresses mean other code in another process, or after exec: the ID says whose. */
static __always_inline uint64_t walk_salt(const struct wire_sample *sample, uint32_t tgid)
{
	return id_mix(id_mix(sample->start_ns, sample->exec_id), tgid);
}

/* Without bpf_loop(). A global function: the verifier goes through the bounded loop once for each
 * program, and not for each way that leads to it. */
__noinline int walk_bounded(uint32_t tgid)
{
	struct unwind unwind = {};
	struct stack_buffer *buffer;
	struct registers start;
	uint32_t zero = 0;

	buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	if (!buffer)
		return 0;
	start = buffer->start;
	unwind.addresses = buffer->addresses;
	unwind.scratch = &buffer->scratch;
	unwind.id = walk_salt(&buffer->sample, tgid);
	unwind_user(&unwind, &start, false);
	unwind.id |= !unwind.id;
	buffer->walk_id = unwind.id;
	buffer->walk_result = unwind.result;
	/* The verifier knows n of every way out of the bounded loop, and would look at all that
	 * follows once for each. What comes out of a map it does not know. */
	buffer->header.size = unwind.n;
	stack_deliver(buffer, WIRE_USER_STACK, unwind.id,
		      *(volatile uint32_t *)&buffer->header.size, &user_stackmap,
		      config.user_stackmap_mask);
	return 0;
}

static __always_inline void walk_user_stack(struct task_struct *task, struct wire_sample *sample,
					    struct stack_buffer *buffer, struct unwind *unwind,
					    const struct registers *start, bool loop)
{
	if (!loop) {
		buffer->start = *start;
		walk_bounded(task_read(loop, task, tgid));
		unwind->id = buffer->walk_id;
		unwind->result = buffer->walk_result;
		return;
	}
	unwind->addresses = buffer->addresses;
	unwind->scratch = &buffer->scratch;
	unwind->cfi = config.cfi;
	unwind->id = walk_salt(sample, task_read(loop, task, tgid));
	if (unwind->cfi)
		cfi_begin(unwind, sample);
	unwind_user(unwind, start, true);
	unwind->id |= !unwind->id;
	if (unwind->cfi && unwind->pending)
		sample->flags |= WIRE_UNTABLED;
	stack_deliver(buffer, WIRE_USER_STACK, unwind->id, unwind->n, &user_stackmap,
		      config.user_stackmap_mask);
}

/* The new image's memory is there and its registers are not: those that were saved are of the old
 * image, whose stack is gone. Where code ends is noted down when all is mapped. */
static __always_inline bool in_exec(struct mm_struct *mm, const struct wire_sample *sample,
				    bool direct)
{
	return sample->flags & WIRE_IN_KERNEL && !task_read(direct, mm, end_code);
}

/* To be called before the ways of the program part: for each that leads to the load of a pointer,
 * the verifier goes through all types of the kernel, in half a millisecond. */
static __always_inline void take_user_side(struct task_struct *task, struct wire_sample *sample,
					   bool direct)
{
	struct mm_struct *mm = task_read(direct, task, mm);

	if (!mm || task_read(direct, task, flags) & PF_KTHREAD || in_exec(mm, sample, direct))
		sample->result = WIRE_KERNEL_ONLY;
}

/* False when there is no user stack, or it is not wanted. */
static __always_inline bool user_registers(struct bpf_perf_event_data *ctx,
					   struct task_struct *task, struct wire_sample *sample,
					   struct stack_buffer *buffer, struct registers *ret)
{
	if (*(volatile uint8_t *)&sample->result == WIRE_KERNEL_ONLY)
		return false;
	if (config.kernel_only) {
		sample->result = WIRE_OMITTED;
		return false;
	}
	if (!registers_of_user(ret, &buffer->scratch, task, ctx)) {
		/* Workers that the kernel runs inside a process have no user side: all 0. */
		sample->result = ret->ip ? WIRE_NO_REGISTERS : WIRE_KERNEL_ONLY;
		return false;
	}
	return true;
}

/* arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/linux/sched.h. */
enum {
	NR_CLONE = 56,
	NR_CLONE3 = 435,
	CLONE_VM = 0x100,
};

/* As far as it is looked at: struct clone_args of include/uapi/linux/sched.h. */
struct clone_args_start {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack;
};

/* On its way out of the system call that made it, a thread has a stack of its own with nothing on
 * it: where it begins is the whole of its stack, whatever lies behind. */
static __always_inline bool is_newborn(const struct pt_regs *regs)
{
	struct clone_args_start args = {};

	if (regs->ax)
		return false;
	if (regs->orig_ax == NR_CLONE)
		return regs->di & CLONE_VM && regs->si;
	return regs->orig_ax == NR_CLONE3 &&
	       !bpf_probe_read_user(&args, sizeof(args), (const void *)regs->di) &&
	       args.flags & CLONE_VM && args.stack;
}

/* From registers that user_registers() has taken. */
static __always_inline uint64_t take_user_frames(struct bpf_perf_event_data *ctx,
						 struct task_struct *task,
						 struct wire_sample *sample,
						 struct stack_buffer *buffer,
						 struct registers *registers, bool loop)
{
	struct unwind unwind = {};
	bool copied = false;

	sample->result = WIRE_COPIED;
	if (config.copies >= COPY_ALL)
		copied = take_copy(buffer, sample, registers);
	if (config.copies == COPY_ALL && copied)
		return 0;
	walk_user_stack(task, sample, buffer, &unwind, registers, loop);
	/* A walk by frame pointer that stands in for a copy proves nothing. */
	if (config.copies == COPY_ALL)
		return unwind.id;
	sample->result = unwind.result;
	if (unwind.n == 1 && unwind.result != WIRE_WHOLE && sample->flags & WIRE_IN_KERNEL &&
	    is_newborn(&buffer->scratch.regs)) {
		sample->result = WIRE_WHOLE;
		return unwind.id;
	}
	/* The walk has gone on to the registers of the callers. */
	if (copy_would_help(&unwind, sample) &&
	    registers_of_user(registers, &buffer->scratch, task, ctx))
		take_copy(buffer, sample, registers);
	return unwind.id;
}

#endif
