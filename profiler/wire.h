/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from the ring buffers in, checked records out. wire_check() is the
 * one place that trusts the wire's layout; what it lets through keeps to the
 * bounds stated here, whatever was in the ring.
 */
#ifndef FLAMETAP_PROFILER_WIRE_H
#define FLAMETAP_PROFILER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/sample.h"
#include "bpf/switches.h"
#include "report/profile.h"

struct checked_sample {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t kernel_id;
	uint64_t user_id;
	uint64_t copy_id; /* 0: not copied */
	uint64_t start_ns; /* of the process, since boot */
	uint64_t exec_id;
	uint64_t weight;
	pid_t pid, tid; /* > 0 */
	uint32_t cpu;
	enum unwind_result result;
	bool in_kernel;
	bool untabled; /* its process has no unwind tables in the kernel */
	char process[WIRE_COMM]; /* NUL-terminated */
	char comm[WIRE_COMM];
};

struct checked_stack {
	bool kernel;
	uint64_t id; /* not 0 */
	const uint64_t *addresses; /* leaf first; lives as long as the record's bytes */
	uint32_t n;                /* 1 .. WIRE_MAX_USER_FRAMES */
};

struct checked_remap {
	uint64_t time_ns;
	uint64_t start_ns;
	uint64_t old_start, old_size;
	pid_t pid;
};

struct checked_exec {
	uint64_t time_ns;
	uint64_t start_ns, exec_id;
	pid_t pid;
};

struct checked_copy {
	uint64_t id; /* not 0 */
	uint64_t time_ns;
	const uint64_t *registers; /* WIRE_REGISTERS; lives as long as the record's bytes */
	uint64_t ip;
	uint32_t n_pages; /* at most WIRE_MAX_COPY_PAGES */
	bool cut, lost;
};

struct checked_page {
	uint64_t id; /* not 0 */
	uint64_t address; /* of the page */
	const uint8_t *bytes; /* WIRE_PAGE_BYTES */
};

/*
 * Waits of one thread that are alike: where it waits, for what, who ends it, and how long each
 * phase takes. A wait is a blocked phase and then one on the run queue; a preempted thread has
 * only the second.
 */
struct checked_wait {
	struct checked_sample of; /* time_ns: of the last switch-out; weight is 0 */
	uint64_t n_waits, blocked_ns, blocked_longest_ns;
	uint64_t n_queued, runqueue_ns, runqueue_longest_ns;
	uint64_t back_ns; /* when the last of them was over; what it returns to is mapped until then */
	uint8_t blocked_bucket, runqueue_bucket; /* see wire_bucket_ns() */
	enum wire_state state;
	int32_t syscall; /* its number; -1: none */
	uint64_t futex;  /* address; 0: none */
	bool before;     /* it began before the recording, and is counted from there */
	bool open;       /* not over yet at the end of the recording */
	bool preempted;  /* not blocked at all: n_waits is 0 */
	struct checked_sample waker; /* pid 0: not known, or not asked for */
	bool waker_interrupt; /* an interrupt ended it: whom it interrupted has no part in that */
};

/* What a thread did with its time: on_ns + blocked_ns + runqueue_ns = until_ns - from_ns. */
struct checked_ledger {
	pid_t pid, tid; /* > 0 */
	uint64_t start_ns; /* of the process, since boot */
	char process[WIRE_COMM]; /* NUL-terminated */
	char comm[WIRE_COMM];
	uint64_t from_ns, until_ns;
	uint64_t on_ns, blocked_ns, runqueue_ns;
	uint64_t n_voluntary, n_involuntary; /* times it left the CPU */
	/* The same time as the kernel's schedstat has it, at the same moments: from when it left a
	 * CPU first to when it did last; on_ns and runqueue_ns outside of that. */
	uint64_t kernel_on_ns, kernel_runqueue_ns;
	uint64_t taken_ns; /* of on_ns: what the kernel does not count, as others had the CPU */
	uint64_t asleep_ns; /* not in runqueue_ns: sleep that the kernel counts so */
	bool kernel_known; /* false: it has not left a CPU */
	bool ended; /* it is no more */
};

struct checked_record {
	enum wire_type type;
	union {
		struct checked_sample sample;
		struct checked_stack stack;
		struct checked_remap remap;
		struct checked_exec exec;
		struct checked_copy copy;
		struct checked_page page;
	};
};

/* The kernel side's results in the profile's terms. */
enum unwind_result wire_result(enum wire_result result);
/* 0, or -EBADMSG. */
int wire_check_wait(const struct wire_wait_key *key, const struct wire_wait *wire,
		    struct checked_wait *ret);
int wire_check_waker(const void *data, size_t size, struct checked_sample *ret, bool *ret_interrupt);
int wire_check_ledger(const void *data, size_t size, struct checked_ledger *ret);
/* The ledger of a thread that is still there, or whose own word of its end was lost. */
int wire_check_thread(const struct wire_thread *wire, uint64_t end_ns, struct checked_ledger *ret);
/* And what it is waiting for at the end; -ENOENT: for nothing. */
int wire_check_open(const struct wire_thread *wire, uint64_t end_ns, struct checked_wait *ret);

/* Lower bound of a bucket of times, in ns: bucket + 1 has the upper one. */
uint64_t wire_bucket_ns(uint8_t bucket);
/* 0, or -EBADMSG. data is aligned to 8 bytes, as ring buffers give it. */
int wire_check(const void *data, size_t size, struct checked_record *ret);

#endif
