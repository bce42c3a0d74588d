/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who ends a wait: the task that is current when another one is woken, with
 * both stacks, sent once for each that is not alike. An interrupt's wake-up is not the doing of
 * the task that it interrupted, which is left out.
 */
#ifndef FLAMETAP_BPF_SWITCH_WAKERS_H
#define FLAMETAP_BPF_SWITCH_WAKERS_H

/* IDs of wakers that were sent, as the stackmaps have those of stacks. */
struct stackmap waker_map SEC(".maps");

/* How many of n frames are an interrupt's, the one of its entry included: 0 for a task's own
 * wake-up. What the kernel has put off until the end of an interrupt is the interrupt's, too. */
static __always_inline uint32_t interrupt_frames(const struct stack_buffer *buffer, uint32_t n)
{
	for (uint32_t i = 0; i < WIRE_MAX_KERNEL_FRAMES && i < n; i++) {
		uint64_t address = buffer->addresses[i];

		if (address >= switches_config.irq_entry_start &&
		    address < switches_config.irq_entry_end)
			return i + 1;
	}
	return 0;
}

/* A copy for each wake-up would be too much. */
static __always_inline void waker_take_user(struct task_struct *task, struct wire_waker *waker,
					    struct wire_sample *sample,
					    struct stack_buffer *buffer, bool modern)
{
	struct registers registers = {};
	struct unwind unwind = {};

	if (!user_registers(NULL, task, sample, buffer, &registers))
		return;
	walk_user_stack(task, sample, buffer, &unwind, &registers, modern);
	waker->user_id = unwind.id;
	sample->result = unwind.result;
	/* Without tables it proves nothing. */
	if (config.copies >= COPY_ALL && sample->result == WIRE_WHOLE)
		sample->result = WIRE_OVER_BUDGET;
}

static __always_inline void waker_take_stacks(void *ctx, struct task_struct *task,
					      struct wire_waker *waker, bool modern)
{
	struct stack_buffer *buffer;
	struct wire_sample *sample;
	uint32_t zero = 0, n;
	long size;

	buffer = bpf_map_lookup_elem(&stack_buffers, &zero);
	if (!buffer)
		return;
	sample = &buffer->sample;
	sample->time_ns = waker->time_ns;
	sample->start_ns = waker->identity.start_ns;
	sample->exec_id = waker->identity.exec_id;
	sample->pid = waker->identity.pid;
	sample->result = WIRE_WHOLE;
	sample->flags = WIRE_IN_KERNEL;
	take_user_side(task, sample, modern);
	size = bpf_get_stack(ctx, buffer->addresses, WIRE_MAX_KERNEL_FRAMES * sizeof(uint64_t), 0);
	n = size > 0 ? interrupt_frames(buffer, size / sizeof(uint64_t)) : 0;
	if (n) {
		/* Whom it interrupted has no part in it. */
		__builtin_memset(&waker->identity, 0, sizeof(waker->identity));
		waker->interrupt = true;
		sample->result = WIRE_KERNEL_ONLY;
		size = n * sizeof(uint64_t);
	}
	if (!config.user_only)
		waker->kernel_id = kernel_stack_id(buffer, size);
	waker_take_user(task, waker, sample, buffer, modern);
	waker->result = sample->result;
	waker->untabled = !!(sample->flags & WIRE_UNTABLED);
}

static __always_inline uint64_t waker_id(const struct wire_waker *waker)
{
	const uint64_t *process = (const uint64_t *)waker->identity.process;
	const uint64_t *comm = (const uint64_t *)waker->identity.comm;
	uint64_t id = id_mix(waker->user_id, waker->kernel_id);

	id = id_mix(id, waker->identity.start_ns);
	id = id_mix(id, (uint64_t)waker->identity.tid << 8 | waker->interrupt);
	id = id_mix(id, waker->identity.exec_id);
	id = id_mix(id_mix(id, process[0]), process[1]);
	id = id_mix(id_mix(id, comm[0]), comm[1]);
	return id | !id;
}

static __always_inline void waker_deliver(const struct wire_waker *waker)
{
	uint32_t place = waker->id & switches_config.waker_map_mask;
	uint64_t *known = bpf_map_lookup_elem(&waker_map, &place);

	if (!known || *known == waker->id)
		return;
	if (bpf_ringbuf_output(&sample_ring, (void *)waker, sizeof(*waker), stack_ring_flags()))
		count(COUNT_WAKER_LOST);
	else
		*known = waker->id;
}

/* The current task, or the interrupt that came in its time, wakes another one. Its ID. */
static __always_inline uint64_t waker_take(void *ctx, struct task_struct *task, uint64_t now,
					   bool modern)
{
	struct wire_waker waker = { .header = { WIRE_WAKER, sizeof(waker) }, .time_ns = now };

	identity_take(task, &waker.identity, modern);
	waker.identity.pid = task_tgid(task, modern);
	waker.identity.tid = task_pid(task, modern);
	waker_take_stacks(ctx, task, &waker, modern);
	waker.id = waker_id(&waker);
	waker_deliver(&waker);
	return waker.id;
}

#endif
