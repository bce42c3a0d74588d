/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire contract of bpf/switches.bpf.c, which adds up what threads wait for:
 * its configuration, the entries of its maps, its records in the ring, and its
 * counters. Times are CLOCK_MONOTONIC in ns.
 */
#ifndef FLAMETAP_BPF_SWITCHES_H
#define FLAMETAP_BPF_SWITCHES_H

#include "bpf/sample.h"

/* What a thread was in when it left the CPU. */
enum wire_state {
	WIRE_STATE_RUNNABLE, /* preempted: it waits for a CPU only */
	WIRE_STATE_SLEEPING, /* S */
	WIRE_STATE_DISK,     /* D: not to be interrupted */
	WIRE_STATE_STOPPED,  /* T */
	WIRE_STATE_TRACED,   /* t: stopped by a tracer */
	WIRE_STATE_IDLE,     /* I: kernel threads that do not count as load */
	WIRE_STATE_PARKED,   /* P: kernel threads */
	WIRE_STATE_OTHER,    /* woken so soon that an old kernel does not tell */
	WIRE_STATES,
};

enum {
	WIRE_BUCKET_SHIFT = 10, /* times up to 8 us are told apart by 1.024 us, ... */
	WIRE_BUCKET_STEPS = 8,  /* ... and longer ones by an eighth of a power of two */
};

/* Which bucket of a histogram a time belongs to. */
static inline uint8_t wire_bucket(uint64_t ns)
{
	uint64_t n = ns >> WIRE_BUCKET_SHIFT, rest = n;
	uint32_t octave = 0;

	if (n < WIRE_BUCKET_STEPS)
		return n;
	/* The highest bit by halves: the programs have no instruction for it. */
	for (uint32_t shift = 32; shift; shift /= 2) {
		uint32_t above = rest >> shift ? shift : 0;

		rest >>= above;
		octave += above;
	}
	octave -= 3;
	n = WIRE_BUCKET_STEPS + octave * WIRE_BUCKET_STEPS + ((n >> octave) & 7);
	return n > 255 ? 255 : n;
}

#endif
