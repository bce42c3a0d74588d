/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User stacks: registers in, addresses (leaf first) and a reason for the end
 * out. Each step goes by table (bpf/cfi.h) where the session has tables, else by
 * frame pointer. bpf_get_stack() would stop at 127 frames.
 */
#ifndef FLAMETAP_BPF_UNWIND_H
#define FLAMETAP_BPF_UNWIND_H

/* One round of splitmix64's constants: cheap, and every bit of an address counts. */
static __always_inline uint64_t id_mix(uint64_t id, uint64_t value)
{
	id = (id ^ value) * 0xff51afd7ed558ccdULL;
	return id ^ id >> 32;
}

#include "bpf/walk.h"

struct unwind {
	uint64_t id; /* salt in, ID out */
	uint64_t *addresses; /* room for WIRE_MAX_USER_FRAMES */
	struct register_scratch *scratch;
	struct walk *walk;
	struct task_struct *task; /* whose memory is read, with UNWIND_OF_TASK */
	uint32_t n;
	uint32_t result; /* enum wire_result */
	uint32_t first_mapping, n_mappings, owner; /* of the process's tables */
	uint32_t found_key; /* what was found before holds for this owner at this time */
	bool cfi;
	bool pending; /* met code whose table is not there yet: asking again is worth while */
};

/* rax, rdx, rcx, rsi, rdi, r8 to r11: a callee need not keep them, and tables do not tell where. */
enum { SCRATCH_REGISTERS = 0x0f37 };

/*
 * Goes on in the caller: of its registers only these are known, and those that nobody has to keep:
 * assembly whose CFA stands on one of them at a call (libcrypto's AES-GCM) knows that it is kept.
 */
static __always_inline void unwind_return(struct unwind *unwind, uint64_t ip, uint64_t sp,
					  uint64_t fp, uint32_t bx_known)
{
	struct walk *walk = unwind->walk;

	walk->ip = ip;
	walk->sp = sp;
	walk->fp = fp;
	unwind->scratch->registers.dwarf[DWARF_RBP] = fp;
	unwind->scratch->registers.dwarf[DWARF_RSP] = sp;
	walk->known = bx_known | 1 << DWARF_RBP | 1 << DWARF_RSP |
		      (walk->known & SCRATCH_REGISTERS);
	walk->returned = true;
	walk->guessed = false;
}

/* One frame by frame pointer. 0, or the reason why it cannot be taken. windowed: costs less in the
 * kernel, and more in its verifier if that goes through a bounded loop. */
static __always_inline uint32_t fp_step(struct unwind *unwind, bool windowed, bool *ended)
{
	struct walk *walk = unwind->walk;
	uint64_t frame[2]; /* the caller's frame pointer, the return address */
	uint64_t fp = walk->fp;

	*ended = !fp;
	if (!fp)
		return 0;
	/* Stacks grow down: a caller's frame lies above. */
	if (fp < walk->sp || fp & 7)
		return WIRE_FRAME_POINTER;
	if (windowed) {
		walk_move_window(unwind->task, walk, fp, fp + sizeof(frame));
		if (!walk_read(unwind->task, walk, fp, &frame[0]) ||
		    !walk_read(unwind->task, walk, fp + 8, &frame[1]))
			return WIRE_UNREADABLE;
	} else if (read_user(unwind->task, frame, sizeof(frame), fp)) {
		return WIRE_UNREADABLE;
	}
	*ended = !frame[1];
	walk->known = 0;
	unwind_return(unwind, frame[1], fp + sizeof(frame), frame[0], 0);
	walk->guessed = true;
	return 0;
}

#include "bpf/cfi.h"

/* Of a walk that met an end. Frame pointers went through code that has a table, which is still to
 * come: a stock binary's hold anything, most often those of a frame further out, so that what led
 * to the end may have missed the frames between. */
static __always_inline uint32_t end_result(const struct walk *walk)
{
	return walk->pending ? WIRE_NO_TABLE : WIRE_WHOLE;
}

/* Takes one frame, the caller of the last. 1: that was the end, as bpf_loop() wants it. */
static __always_inline long unwind_step(uint32_t i, struct unwind *unwind, bool loop)
{
	struct walk *walk = unwind->walk;
	bool ended;
	uint32_t reason = loop && unwind->cfi ? cfi_step(unwind, &ended) :
						fp_step(unwind, loop, &ended);

	if (reason || ended) {
		walk->result = reason ? reason : end_result(walk);
		return 1;
	}
	unwind->addresses[(i + 1) & (WIRE_MAX_USER_FRAMES - 1)] =
		walk->ip | (walk->returned ? 0 : WIRE_EXACT);
	walk->id = id_mix(walk->id, walk->ip);
	walk->n = i + 2;
	return 0;
}

static long unwind_callback(uint32_t i, void *ctx)
{
	return unwind_step(i, ctx, true);
}

static __always_inline void walk_begin(struct walk *walk, const struct unwind *unwind,
				       const struct registers *start)
{
	walk->ip = start->ip;
	walk->fp = start->fp;
	walk->sp = start->sp;
	walk->known = 0xffff;
	walk->returned = false;
	walk->guessed = false;
	walk->pending = false;
	walk->last_mapping = unwind->first_mapping;
	walk->id = id_mix(unwind->id, start->ip);
	walk->n = 1;
	walk->result = WIRE_DEPTH;
	walk_close_window(walk);
}

/*
 * loop: with bpf_loop() (Linux 5.17), which the verifier looks at once. The
 * bounded loop does the same on older kernels, where it costs the verifier a
 * fifth of a second; tables are for kernels with bpf_loop() only.
 */
static __always_inline void unwind_user(struct unwind *unwind, const struct registers *start,
					bool loop)
{
	uint32_t zero = 0;
	struct walk *walk = bpf_map_lookup_elem(&walks, &zero);

	if (!walk)
		return;
	unwind->walk = walk;
	walk_begin(walk, unwind, start);
	unwind->addresses[0] = start->ip;
	if (loop) {
		bpf_loop(WIRE_MAX_USER_FRAMES - 1, unwind_callback, unwind, 0);
	} else {
		for (uint32_t i = 0; i < WIRE_MAX_USER_FRAMES - 1; i++)
			if (unwind_step(i, unwind, false))
				break;
	}
	unwind->id = id_mix(walk->id, walk->result);
	unwind->n = walk->n;
	unwind->result = walk->result;
	unwind->pending |= walk->pending;
}

#endif
