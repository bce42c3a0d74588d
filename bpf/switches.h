/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire contract of bpf/switches.bpf.c, which adds up what threads wait for:
 * its configuration, the entries of its maps, its records in the ring, and its
 * counters. Times are CLOCK_MONOTONIC in ns.
 */
#ifndef FLAMETAP_BPF_SWITCHES_H
#define FLAMETAP_BPF_SWITCHES_H

#include "bpf/sample.h"

enum {
	WIRE_WAKER = WIRE_TYPES, /* beside those of enum wire_type */
	WIRE_LEDGER,
};

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
	WIRE_STATE_THROTTLED, /* runnable, but for its cgroup's quota of CPU time */
	WIRE_STATE_NEW,      /* it was just made, and has not run yet */
	WIRE_STATES,
};

/* Of who is in it, all is time in the run queue. */
static inline int wire_state_is_queued(uint8_t state)
{
	return state == WIRE_STATE_RUNNABLE || state == WIRE_STATE_THROTTLED ||
	       state == WIRE_STATE_NEW;
}

/* Whose a thread's time is. */
struct wire_identity {
	uint64_t start_ns; /* as in a sample: of the process, since boot */
	uint64_t exec_id;
	int32_t pid;
	int32_t tid;
	char process[WIRE_COMM];
	char comm[WIRE_COMM];
};

/* What a thread is doing. */
enum wire_doing {
	DOING_RUN,   /* it has a CPU */
	DOING_BLOCK,
	DOING_QUEUE, /* runnable: it waits for a CPU */
};

enum wire_wait_flags {
	WAIT_BEFORE = 1,   /* it began before the thread was first seen, and is counted from there */
	WAIT_UNTABLED = 2, /* as WIRE_UNTABLED */
	WAIT_SYSCALL = 4,  /* in a system call */
};

/* The wait under way, as found when the thread left the CPU. An ID of 0: there is none. */
struct wire_place {
	uint64_t user_id;
	uint64_t kernel_id;
	uint64_t copy_id;
	uint64_t futex; /* address */
	int32_t syscall;
	uint8_t result; /* enum wire_result */
	uint8_t state;  /* enum wire_state */
	uint8_t flags;  /* enum wire_wait_flags */
	uint8_t pad;
};

/* What bpf/blocked.bpf.c does with each task. */
enum wire_list {
	LIST_FIRST, /* takes the places of waiting threads before anything is counted, ... */
	LIST_START, /* gives all threads their entries when it is, ... */
	LIST_OPEN,  /* and at the end takes what is only taken when a thread is back */
};

/* Where a thread waited shortly before the recording began: still there, if it has not left a CPU
 * since. */
struct wire_first {
	struct wire_place place;
	uint64_t n_left;
};

/*
 * How much more time on a CPU and in run queues the kernel itself has counted
 * for a thread, from when it left a CPU first to when it did last.
 */
struct wire_account {
	uint64_t on_base_ns, runqueue_base_ns; /* what is to be taken off the kernel's figures */
	int64_t on_more_ns, runqueue_more_ns;
	uint64_t known;
	/* While it was on a CPU: what the kernel does not count, since interrupts or a virtual
	 * machine's host had the CPU. */
	uint64_t taken_ns;
	/* Of its sleep, what the kernel counts as time in a run queue: since Linux 6.12 who goes to
	 * sleep may stay on it for a while, and be moved to another one. */
	uint64_t asleep_ns;
};

/*
 * A thread; the key is its task_struct, which stays the same for as long as it
 * lives, whatever exec makes of its tid. Only events of the thread itself change it, and
 * these the lock of its run queue keeps apart.
 */
struct wire_thread {
	uint64_t from_ns;  /* since when it is accounted for */
	uint64_t since_ns; /* since when it has been doing what it does */
	uint64_t on_ns, blocked_ns, runqueue_ns; /* what it did until then */
	uint64_t n_voluntary, n_involuntary;
	uint64_t out_ns;       /* when it was seen to leave the CPU: its stacks are of then */
	uint64_t wait_blocked_ns; /* of the wait under way, once it was woken */
	uint64_t waker_id;     /* who woke it last; 0: not known */
	uint64_t serial;       /* of what it is called: another name, another serial */
	struct wire_place place;
	struct wire_place before; /* the same of a thread that was blocked when it was first seen */
	struct wire_identity identity;
	uint32_t doing; /* enum wire_doing */
	uint8_t ended;  /* but its ledger could not be sent */
	uint8_t owed;   /* a wait is over, and to be added up once its place is taken */
	uint8_t there;  /* it was there at the end: see LIST_OPEN */
	uint8_t pad;
	uint64_t rate_ns;  /* off-CPU time since the last sample, with an interval */
	uint64_t runqueue_wait_ns; /* of the wait that is owed */
	uint64_t back_ns;  /* when it was seen to get a CPU, or must have had one */
	uint64_t weight;   /* how often an interval went by in it */
	uint64_t n_left;   /* how often it had left a CPU in all, when it did last */
	/* What the kernel had counted by then: time on a CPU, and in run queues. */
	uint64_t kernel_on_ns, kernel_runqueue_ns;
	uint64_t taken_ns; /* of its CPU's time, when it got the CPU; 0: not known */
	struct wire_account account;
};

/* Waits that are alike. */
struct wire_wait_key {
	uint64_t serial; /* the thread's */
	uint64_t waker_id;
	struct wire_place place;
	uint8_t blocked_bucket, runqueue_bucket;
	uint8_t pad[6];
};

struct wire_wait {
	uint64_t n; /* all of them had both phases, or only the second where preempted */
	uint64_t blocked_ns, blocked_longest_ns;
	uint64_t runqueue_ns, runqueue_longest_ns;
	uint64_t last_ns; /* when the last of them began, ... */
	uint64_t back_ns; /* ... and when it was over: the thread had gone no further by then */
	struct wire_identity identity;
};

/* Who ends waits; sent before the first of them ends. */
struct wire_waker {
	struct wire_header header;
	uint64_t id;
	uint64_t time_ns;
	uint64_t kernel_id;
	uint64_t user_id;
	struct wire_identity identity; /* pid 0: it is not in flametap's pid namespace */
	uint8_t result; /* enum wire_result */
	uint8_t interrupt; /* it is nobody's */
	uint8_t untabled;
	uint8_t pad[5];
};

/* A thread that is no more. */
struct wire_ledger {
	struct wire_header header;
	uint64_t until_ns;
	uint64_t from_ns;
	uint64_t on_ns, blocked_ns, runqueue_ns;
	uint64_t n_voluntary, n_involuntary;
	struct wire_account account;
	struct wire_identity identity;
};

_Static_assert(sizeof(struct wire_identity) == 56, "wire_identity");
_Static_assert(sizeof(struct wire_place) == 40, "wire_place");
_Static_assert(sizeof(struct wire_thread) == 352, "wire_thread");
_Static_assert(sizeof(struct wire_wait_key) == 64, "wire_wait_key");
_Static_assert(sizeof(struct wire_wait) == 112, "wire_wait");
_Static_assert(sizeof(struct wire_waker) == 104, "wire_waker");
_Static_assert(sizeof(struct wire_ledger) == 176, "wire_ledger");

/* Behind those of enum wire_counter. */
enum wire_switch_counter {
	COUNT_WAITS_FULL = COUNT_N, /* waits that found no room, ... */
	COUNT_WAITS_FULL_NS,        /* ... and their off-CPU time */
	COUNT_FILTERED,
	COUNT_FILTERED_NS,
	COUNT_THREADS_FULL, /* events of threads that there was no room for */
	COUNT_LEDGER_LOST,  /* of a thread that ended, found the ring full: it is in the map still */
	COUNT_UNWOKEN,      /* a blocked thread got a CPU, and no wake-up was seen */
	COUNT_UNSEEN,       /* a thread left a CPU that it had not been seen to get */
	COUNT_WAKER_LOST,   /* found the ring full: sent again later */
	COUNT_RATED_NS,     /* with an interval: off-CPU time that intervals were taken of */
	COUNT_SWITCH_N,
};

struct switches_config {
	uint32_t own_pid; /* flametap's, who is no target */
	uint32_t states;  /* mask of 1 << enum wire_state */
	uint64_t min_block_ns, max_block_ns;
	uint64_t interval_ns; /* of off-CPU time, for a sample each; 0: every wait */
	uint32_t late; /* places are taken when a thread is back, and only where they are wanted */
	uint32_t wakers;
	uint32_t waker_map_mask;
	uint32_t pad;
	uint64_t irq_entry_start, irq_entry_end; /* the code where interrupts enter the kernel */
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

/* A process that is a target, as the list of them has it. */
struct wire_listed {
	uint64_t start_ns; /* since boot */
	uint64_t exec_id;
	int32_t pid;
	uint32_t pad;
};
_Static_assert(sizeof(struct wire_listed) == 24, "wire_listed");

#endif
