/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the workloads with known stacks share. Each program opens with the
 * stacks that it must show ("Stack:", outermost first), which test_unwind.py
 * reads and holds every sample against; MAIN and THREAD stand for what libc
 * puts before main and before a thread's function, LIBC for one function of
 * it, NAME*N for N calls, NAME? for one that may be there.
 */
#ifndef UNWIND_H
#define UNWIND_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Keeps a function a frame of its own: not inlined, not cloned, not renamed. */
#ifdef __cplusplus
#define FRAME extern "C" __attribute__((noinline, noclone, noipa))
#else
#define FRAME __attribute__((noinline, noclone, noipa))
#endif
/* At the end of a caller: the call before it cannot become a jump. */
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

/* A system call without a function of libc between, whose frame would be another one. */
static inline __attribute__((always_inline)) long system_call(long number, long a, long b)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
	return result;
}

static inline __attribute__((always_inline)) double cpu_s(void)
{
	struct timespec t;

	system_call(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, (long)&t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline __attribute__((always_inline)) void spin(uint64_t n)
{
	uint64_t x = n;

	for (uint64_t i = 0; i < n; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__ volatile("" : "+r"(x));
	}
}

/* A leaf that takes CPU time of its thread. */
FRAME void burn(double seconds);
FRAME void burn(double seconds)
{
	double end = cpu_s() + seconds;

	while (cpu_s() < end)
		spin(20000);
}

/* Samples tell flametap of a process and its libraries, whose tables are made meanwhile. */
FRAME void warm_up(void);
FRAME void warm_up(void)
{
	struct timespec pause = { 0, 20000000 };

	for (int i = 0; i < 25; i++) {
		double end = cpu_s() + 0.001;

		while (cpu_s() < end)
			spin(1000);
		system_call(SYS_nanosleep, (long)&pause, 0);
	}
}

static inline double seconds_argument(int argc, char **argv)
{
	return argc > 1 ? strtod(argv[1], NULL) : 0.5;
}

#endif
