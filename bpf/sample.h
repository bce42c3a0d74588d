/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire contract between the BPF programs and profiler/: records in the
 * ring buffers, counters, and the configuration in read-only data. Fixed-width
 * fields, explicit padding; asserted on both sides. Times are CLOCK_MONOTONIC
 * in ns. Pids are those of flametap's own pid namespace.
 */
#ifndef FLAMETAP_BPF_SAMPLE_H
#define FLAMETAP_BPF_SAMPLE_H

#ifdef __bpf__
typedef unsigned char uint8_t;
typedef signed char int8_t;
typedef unsigned short uint16_t;
typedef short int16_t;
typedef unsigned int uint32_t;
typedef int int32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;
#else
#include <stdint.h>
#endif

enum {
	WIRE_MAX_USER_FRAMES = 1024,
	WIRE_MAX_KERNEL_FRAMES = 127, /* what bpf_get_stack() gives by default */
	WIRE_COMM = 16,
	WIRE_PAGE_BYTES = 4096,
	WIRE_MAX_COPY_PAGES = 64,
	WIRE_REGISTERS = 16, /* general registers, by their DWARF number */
};

enum wire_type {
	WIRE_SAMPLE = 1,
	WIRE_KERNEL_STACK = 2,
	WIRE_USER_STACK = 3,
	WIRE_REMAP = 4, /* mremap(2) of a range: no perf record tells of it */
	WIRE_EXEC = 5,  /* which exec id the image has that perf told of */
	WIRE_COPY = 6,  /* registers of a stack that user space is to unwind */
	WIRE_PAGE = 7,  /* and a page of its memory */
	WIRE_TYPES,
};

struct wire_header {
	uint32_t type; /* enum wire_type */
	uint32_t size; /* of the whole record, this header included */
};

/* Why a user stack ends where it does. */
enum wire_result {
	WIRE_WHOLE,         /* the end is proved; without tables: the chain of frame pointers ends */
	WIRE_KERNEL_ONLY,   /* kernel thread, or a task without user memory */
	WIRE_OMITTED,       /* not asked for */
	WIRE_FRAME_POINTER, /* the next frame pointer cannot be one */
	WIRE_DEPTH,         /* WIRE_MAX_USER_FRAMES reached */
	WIRE_UNREADABLE,    /* stack memory could not be read */
	WIRE_NO_REGISTERS,  /* the user registers could not be had */
	WIRE_NO_TABLE,      /* no unwind table covers the address, and frame pointers broke */
	WIRE_UNMAPPED,      /* the address is in no mapping, and frame pointers broke */
	WIRE_UNSUPPORTED,   /* a rule that cannot be followed in the kernel */
	WIRE_BAD_CFA,       /* the rule leads down the stack, or nowhere */
	WIRE_COPIED,        /* to be unwound in user space; no result of its own */
	WIRE_COPY_SHORT,    /* the stack goes on above what was copied */
	WIRE_OVER_BUDGET,   /* more would have been copied than is allowed in a second */
	WIRE_COPY_LOST,     /* the copies' ring was full */
	WIRE_RESULTS,
};

enum wire_flags {
	WIRE_IN_KERNEL = 1, /* the tick interrupted kernel code */
	WIRE_UNTABLED = 2,  /* code was met whose unwind table is not loaded yet */
};

/*
 * One tick. An ID of 0 means that there is no such stack. (pid, start_ns,
 * exec_id) is the process: start_ns counts from boot (CLOCK_BOOTTIME).
 */
struct wire_sample {
	struct wire_header header;
	uint64_t time_ns;
	uint64_t kernel_id;
	uint64_t user_id;
	uint64_t copy_id; /* 0: the stack was not copied */
	uint64_t start_ns;
	uint64_t exec_id;
	uint64_t weight; /* the event's period: how many events this sample stands for */
	int32_t pid;
	int32_t tid;
	uint32_t cpu;
	uint8_t result; /* enum wire_result */
	uint8_t flags;
	uint8_t pad[2];
	char process[WIRE_COMM]; /* comm of the thread group's leader */
	char comm[WIRE_COMM];
};

/* Set in an address where a signal interrupted, and in that of the signal trampoline: those,
 * and the leaf, are exact, and all others are what a call returns to. */
#define WIRE_EXACT (1ULL << 63)

/* A stack that is not known to have been delivered, leaf first. */
struct wire_stack {
	struct wire_header header;
	uint64_t id;
	uint64_t addresses[]; /* (header.size - sizeof(struct wire_stack)) / 8 */
};

/* General registers by their DWARF number. */
struct dwarf_registers {
	uint64_t dwarf[WIRE_REGISTERS];
};

/* A user stack to be unwound in user space: it comes before its pages, which have its id. */
struct wire_copy {
	struct wire_header header;
	uint64_t id;
	uint64_t time_ns;
	struct dwarf_registers registers;
	uint64_t ip;
	uint32_t n_pages;
	uint8_t cut; /* more would have been there to copy */
	uint8_t lost; /* and was to be, but the ring was full */
	uint8_t pad[2];
};

struct wire_page {
	struct wire_header header;
	uint64_t id;
	uint64_t address;
	uint8_t bytes[WIRE_PAGE_BYTES];
};

struct wire_remap {
	struct wire_header header;
	uint64_t time_ns;
	uint64_t start_ns;
	uint64_t old_start;
	uint64_t old_size;
	int32_t pid;
	uint32_t pad;
};

struct wire_exec {
	struct wire_header header;
	uint64_t time_ns;
	uint64_t start_ns;
	uint64_t exec_id;
	int32_t pid;
	uint32_t pad;
};

_Static_assert(sizeof(struct wire_exec) == 40, "wire_exec");
_Static_assert(sizeof(struct wire_header) == 8, "wire_header");
_Static_assert(sizeof(struct wire_sample) == 112, "wire_sample");
_Static_assert(sizeof(struct wire_copy) == 168, "wire_copy");
_Static_assert(sizeof(struct wire_page) == 24 + WIRE_PAGE_BYTES, "wire_page");
_Static_assert(sizeof(struct wire_stack) == 16, "wire_stack");
_Static_assert(sizeof(struct wire_remap) == 48, "wire_remap");

/* One counter for each way of losing something, and for what the losses are held against. */
enum wire_counter {
	COUNT_TAKEN,         /* ticks of the target: sent + COUNT_SAMPLE_LOST */
	COUNT_SAMPLE_LOST,   /* the ring buffer was full */
	COUNT_STACK_LOST,    /* a stack's record found the ring buffer full: sent again later */
	COUNT_STACK_SENT,
	COUNT_FOREIGN,       /* ticks of tasks outside flametap's pid namespace */
	COUNT_BYSTANDER,     /* ticks of tasks that are no target */
	COUNT_KERNEL_STACK_FAILED, /* bpf_get_stack() gave nothing for a tick in the kernel */
	COUNT_REMAP_LOST,    /* a moved mapping or an exec found their ring buffer full */
	COUNT_COPIES,        /* stacks that were copied */
	COUNT_COPY_OVER_BUDGET, /* and that were not, to keep to the budget */
	COUNT_COPY_LOST,     /* or because the copies' ring was full */
	COUNT_PROCESSES_FULL, /* a child could not be followed: the process map is full */
	COUNT_N,
};

/* What decides whether a tick belongs to the target. */
enum wire_filter {
	FILTER_NONE,    /* the target is everything */
	FILTER_BOUND,   /* the events are bound to the target */
	FILTER_PROCESS, /* the process map */
	FILTER_THREAD,  /* the thread map */
	FILTER_CGROUP,
};

/* Which user stacks are copied. */
enum wire_copies {
	COPY_NONE,
	COPY_UNTABLED, /* those that no table (yet) has a rule for */
	COPY_ALL,      /* and none is unwound in the kernel */
	COPY_BOTH,     /* all, and they are unwound in the kernel, too: to compare */
};

struct wire_config {
	uint32_t filter; /* enum wire_filter */
	uint32_t follow; /* children of a target are targets */
	uint32_t in_init_pid_ns;
	uint32_t pid_ns_inum;
	uint32_t user_only;
	uint32_t kernel_only;
	uint32_t cgroup_subsys; /* index of a v1 controller; UINT32_MAX: cgroup v2 */
	uint32_t cfi;        /* unwind by table */
	uint64_t cgroup_id;
	uint32_t user_stackmap_mask; /* entries - 1, entries a power of two */
	uint32_t kernel_stackmap_mask;
	uint32_t copies;     /* enum wire_copies */
	uint32_t copy_pages; /* of a stack, at most WIRE_MAX_COPY_PAGES */
	uint64_t copy_window_bytes; /* copied at most in each 2^27 ns, on all CPUs */
	uint64_t copy_wakeup; /* as ring_wakeup, of the copies' ring */
	uint64_t ring_wakeup; /* bytes waiting in the ring at which the reader is woken */
};

/* What the kernel side knows of a process that is a target. */
struct wire_process {
	uint64_t start_ticks; /* start since boot, in 10 ms as /proc tells; 0: whatever it is */
};

#endif
