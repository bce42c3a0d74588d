/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kinds of waiting share. A kind is a process of its own that waits so many rounds in one
 * function and measures each of its waits there, by the clock, by its CPU time and by the kernel's
 * count of its voluntary switches. What it has found goes to memory that it shares with the
 * program's first process, which adds the kernel's accounts of its whole life.
 */
#ifndef WAITS_H
#define WAITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

#include "../workload.h"

enum { MAX_THREADS = 8, MS = 1000000 };

/* What the kernel says of one thread's life, and how long it was by the clock. */
struct account {
	pid_t pid, tid;
	char comm[16];
	bool leads; /* a process's first thread, read when it was dead: the last switch is in it */
	bool gate;  /* only since it waited for all to begin; that wait's end comes first */
	uint64_t on_ns, runqueue_ns, voluntary, involuntary;
	uint64_t lived_ns; /* 0: not known */
};

/* A kind's waits. */
struct tally {
	pid_t pid, tid;
	uint64_t n, sum_ns, longest_ns;
	uint64_t off_ns; /* of the sum, what was not the thread's own CPU time */
	uint64_t voluntary, involuntary, major_faults; /* within these waits */
	uint64_t n_moved;   /* rounds that ended on another CPU than they began on */
	uint32_t n_threads; /* accounts: of partners, and in the end of the kind itself */
	struct account threads[MAX_THREADS];
	char skipped[128]; /* why there is nothing to see */
};

struct kind {
	const char *name;     /* the process's comm, too */
	const char *function; /* in which it waits */
	const char *waker,
		*waker_function; /* comm and function of who ends a wait; NULL: nobody's */
	void (*run)(struct tally *tally, int rounds);
};

extern const struct kind kinds_time[], kinds_talk[], kinds_disk[], kinds_child[], kinds_cpu[],
	kinds_life[];

/* For kinds that take an argument, after the `=`; NULL if there is none. */
extern const char *kind_argument;
/* The memory of all tallies, and which of them is this kind's: to go on with it after an exec. */
extern int tallies_fd, tally_number;

/* One wait, from its begin. */
struct mark {
	uint64_t wall_ns, cpu_ns;
	struct rusage usage;
};

static inline __attribute__((always_inline)) uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline __attribute__((always_inline)) struct mark wait_begin(void)
{
	struct mark mark;

	/* All that follows, too, is inside: a thread may be throttled where a system call returns. */
	mark.wall_ns = now_ns(CLOCK_MONOTONIC);
	getrusage(RUSAGE_THREAD, &mark.usage);
	mark.cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
	return mark;
}

/* To be called in the function that began, so that all of the wait is in it. */
static inline __attribute__((always_inline)) void wait_end(struct tally *tally,
							   const struct mark *mark)
{
	uint64_t cpu = now_ns(CLOCK_THREAD_CPUTIME_ID) - mark->cpu_ns, wall;
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	wall = now_ns(CLOCK_MONOTONIC) - mark->wall_ns;
	tally->n++;
	tally->sum_ns += wall;
	tally->off_ns += wall > cpu ? wall - cpu : 0;
	if (wall > tally->longest_ns)
		tally->longest_ns = wall;
	tally->voluntary += (uint64_t)(usage.ru_nvcsw - mark->usage.ru_nvcsw);
	tally->involuntary += (uint64_t)(usage.ru_nivcsw - mark->usage.ru_nivcsw);
	tally->major_faults += (uint64_t)(usage.ru_majflt - mark->usage.ru_majflt);
}

/* A partner's: the process forked for it, which ends in run(). Its comm is name. */
pid_t partner_start(const char *name, void (*run)(void *), void *argument);
/* Waits for its end, and keeps the kernel's account of it. */
void partner_finish(struct tally *tally, pid_t pid);
/* The calling thread's account, to be kept right before it ends. */
void thread_finish(struct tally *tally, uint64_t started_ns);
/* Ends a kind that cannot be shown here. */
__attribute__((noreturn, format(printf, 2, 3))) void kind_skip(struct tally *tally,
							       const char *format, ...);

/* Sleeps in this function, which is nobody's subject. */
void rest(uint64_t ns);
/* Exits with a message if a call has failed. */
long check(long result, const char *what);

#endif
