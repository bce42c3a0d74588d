/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the workloads share: clocks, and a loop whose time does not depend on
 * how it is aligned or predicted. Programs here are subjects of tests: what
 * they do is stated in their first comment, and a test expects exactly that.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Keeps a function a frame of its own: not inlined, not cloned, not renamed. */
#define FRAME __attribute__((noinline, noclone, noipa))
/* At the end of a caller: the call before it cannot become a jump. */
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

/* gcc leaves the frame pointer out of a leaf that touches no stack, whatever the flags say. */
#define KEEP_FRAME() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))

/*
 * A system call from the very function that asks for it. In libc's wrapper, which has no frame
 * pointer, the function that called it would be missing from the stack.
 */
static inline __attribute__((always_inline)) long call_kernel(long number, long a, long b, long c)
{
#ifdef __x86_64__
	long result;

	KEEP_FRAME();
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
#else
	return syscall(number, a, b, c);
#endif
}

static inline __attribute__((always_inline)) double clock_s(clockid_t clock)
{
	struct timespec t;

	call_kernel(SYS_clock_gettime, clock, (long)&t, 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One multiplication waits for the one before: n times their latency, whatever surrounds them. */
static inline __attribute__((always_inline)) void spin(uint64_t n)
{
	uint64_t x = n;

	KEEP_FRAME();
	for (uint64_t i = 0; i < n; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__ volatile("" : "+r"(x));
	}
}

/* Burns CPU time of the calling thread, in the function it is inlined into. */
static inline __attribute__((always_inline)) void spin_for(double seconds)
{
	double end = clock_s(CLOCK_THREAD_CPUTIME_ID) + seconds;

	while (clock_s(CLOCK_THREAD_CPUTIME_ID) < end)
		spin(60000);
}

enum { FAULTS = 1000 };

/*
 * Burns CPU time; with 0 seconds it takes FAULTS page faults instead, in the function that it is
 * inlined into. How many ticks a CPU second has depends on the machine, and on its host: `-e
 * page-faults -c 1` sees each of these.
 */
static inline __attribute__((always_inline)) void work_for(double seconds)
{
	volatile char *page;

	if (seconds > 0) {
		spin_for(seconds);
		return;
	}
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		exit(1);
	for (int i = 0; i < FAULTS; i++) {
		madvise((void *)page, 4096, MADV_DONTNEED);
		*page = 1;
	}
	munmap((void *)page, 4096);
}

static inline void wait_for_signal(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigwait(&set, &number);
}

/* To be called before threads are made, where there are some when it waits. */
static inline void block_go(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * With WORKLOAD_WAIT in the environment: says waiting=1 and goes on at SIGUSR1, so that a test
 * can attach before anything happens. From then on one that comes early waits for
 * wait_for_signal().
 */
static inline void wait_for_go(void)
{
	if (!getenv("WORKLOAD_WAIT"))
		return;
	unsetenv("WORKLOAD_WAIT");
	block_go();
	printf("waiting=1\n");
	fflush(stdout);
	wait_for_signal();
}

/* The seconds given as an argument, or what the workload does by itself. */
static inline double seconds_argument(int argc, char **argv, int i, double otherwise)
{
	return argc > i ? strtod(argv[i], NULL) : otherwise;
}

/* Every workload ends with what it knows of itself, as "name=value" lines. */
static inline void print_cpu_seconds(void)
{
	printf("cpu_seconds=%.6f\n", clock_s(CLOCK_PROCESS_CPUTIME_ID));
	fflush(stdout);
}

#endif
