/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User stacks: registers in, addresses (leaf first) and a reason for the end
 * out. This is the frame-pointer walk; a better unwinder goes behind the same
 * function. It is an own walk because bpf_get_stack() stops at 127 frames.
 */
#ifndef FLAMETAP_BPF_UNWIND_H
#define FLAMETAP_BPF_UNWIND_H

/* One round of splitmix64's constants: cheap, and every bit of an address counts. */
static __always_inline uint64_t id_mix(uint64_t id, uint64_t value)
{
	id = (id ^ value) * 0xff51afd7ed558ccdULL;
	return id ^ id >> 32;
}

struct unwind {
	uint64_t id; /* salt in, ID out */
	uint64_t ip, sp, fp;
	uint64_t *addresses; /* room for WIRE_MAX_USER_FRAMES */
	struct register_scratch *scratch;
	uint32_t n;
	uint32_t result; /* enum wire_result */
	uint32_t distance; /* from where the row in use begins to hold */
	uint32_t first_mapping, n_mappings, last_mapping, owner; /* of the process's tables */
	uint32_t known; /* which of the registers are this frame's, a bit each */
	bool returned; /* ip is where a call returns to: the call is before it */
	bool guessed; /* ip was found by frame pointer: it need be no address at all */
	bool cfi;
	bool pending; /* met code whose table is not loaded yet: it is worth while to ask again */
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
	unwind->ip = ip;
	unwind->sp = sp;
	unwind->fp = fp;
	unwind->scratch->registers.dwarf[DWARF_RBP] = fp;
	unwind->scratch->registers.dwarf[DWARF_RSP] = sp;
	unwind->known = bx_known | 1 << DWARF_RBP | 1 << DWARF_RSP |
			(unwind->known & SCRATCH_REGISTERS);
	unwind->returned = true;
	unwind->guessed = false;
}

/* One frame by frame pointer. 0, or the reason why it cannot be taken. */
static __always_inline uint32_t fp_step(struct unwind *unwind, bool *ended)
{
	uint64_t frame[2]; /* the caller's frame pointer, the return address */
	uint64_t fp = unwind->fp;

	*ended = !fp;
	if (!fp)
		return 0;
	/* Stacks grow down: a caller's frame lies above. */
	if (fp < unwind->sp || fp & 7)
		return WIRE_FRAME_POINTER;
	if (bpf_probe_read_user(frame, sizeof(frame), (const void *)fp))
		return WIRE_UNREADABLE;
	*ended = !frame[1];
	unwind->known = 0;
	unwind_return(unwind, frame[1], fp + sizeof(frame), frame[0], 0);
	unwind->guessed = true;
	return 0;
}

#include "bpf/cfi.h"

/* Takes one frame, the caller of the last. 1: that was the end, as bpf_loop() wants it. */
static __always_inline long unwind_step(uint32_t i, struct unwind *unwind)
{
	bool ended;
	uint32_t reason = unwind->cfi ? cfi_step(unwind, &ended) : fp_step(unwind, &ended);

	if (reason || ended) {
		unwind->result = reason ? reason : WIRE_WHOLE;
		return 1;
	}
	unwind->addresses[(i + 1) & (WIRE_MAX_USER_FRAMES - 1)] =
		unwind->ip | (unwind->returned ? 0 : WIRE_EXACT);
	unwind->id = id_mix(unwind->id, unwind->ip);
	unwind->n = i + 2;
	return 0;
}

static long unwind_callback(uint32_t i, void *ctx)
{
	return unwind_step(i, ctx);
}

/*
 * loop: with bpf_loop() (Linux 5.17), which the verifier looks at once. The
 * bounded loop does the same on older kernels, where it costs the verifier a
 * fifth of a second; tables are for kernels with bpf_loop() only.
 */
static __always_inline void unwind_user(struct unwind *unwind, const struct registers *start,
					bool loop)
{
	unwind->ip = start->ip;
	unwind->fp = start->fp;
	unwind->sp = start->sp;
	unwind->known = 0xffff;
	unwind->returned = false;
	unwind->guessed = false;
	unwind->addresses[0] = start->ip;
	unwind->id = id_mix(unwind->id, start->ip);
	unwind->n = 1;
	unwind->result = WIRE_DEPTH;
	if (loop) {
		bpf_loop(WIRE_MAX_USER_FRAMES - 1, unwind_callback, unwind, 0);
	} else {
		for (uint32_t i = 0; i < WIRE_MAX_USER_FRAMES - 1; i++)
			if (unwind_step(i, unwind))
				break;
	}
	unwind->id = id_mix(unwind->id, unwind->result);
}

#endif
