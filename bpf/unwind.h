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
	uint32_t n;
	uint8_t result; /* enum wire_result */
};

/* addresses has room for WIRE_MAX_USER_FRAMES. */
static __always_inline void unwind_user(struct unwind *unwind, const struct registers *start,
					uint64_t *addresses)
{
	uint64_t fp = start->fp, sp = start->sp, id = id_mix(unwind->id, start->ip);
	uint64_t frame[2]; /* the caller's frame pointer, the return address */
	uint32_t n = 1;

	addresses[0] = start->ip;
	unwind->result = WIRE_DEPTH;
	for (int i = 1; i < WIRE_MAX_USER_FRAMES; i++) {
		if (!fp) {
			unwind->result = WIRE_WHOLE;
			break;
		}
		/* Stacks grow down: a caller's frame lies above. */
		if (fp < sp || fp & 7) {
			unwind->result = WIRE_FRAME_POINTER;
			break;
		}
		if (bpf_probe_read_user(frame, sizeof(frame), (const void *)fp)) {
			unwind->result = WIRE_UNREADABLE;
			break;
		}
		if (!frame[1]) {
			unwind->result = WIRE_WHOLE;
			break;
		}
		sp = fp + sizeof(frame);
		fp = frame[0];
		addresses[i] = frame[1];
		id = id_mix(id, frame[1]);
		n = i + 1;
	}
	unwind->n = n;
	unwind->id = id_mix(id, unwind->result);
}

#endif
