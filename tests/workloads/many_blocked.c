/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * N threads (30,000) that wait in `wait_for_turn` for a condition; `many_blocked [N [TIMES]]` wakes
 * all of them TIMES (0: never) times, 0.2 s apart, and stays until SIGTERM, which ends it. Prints
 * ready=1 when all are blocked, and woken=1 when each has been woken so often.
 */
#include <pthread.h>
#include <stdbool.h>

#include "workload.h"

enum { STACK = 32768 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_comes = PTHREAD_COND_INITIALIZER, all_there = PTHREAD_COND_INITIALIZER;
static int turn, n_there;

FRAME void wait_for_turn(int next, int n)
{
	pthread_mutex_lock(&mutex);
	if (++n_there == n)
		pthread_cond_signal(&all_there);
	while (turn < next)
		pthread_cond_wait(&turn_comes, &mutex);
	pthread_mutex_unlock(&mutex);
	NO_TAIL_CALL();
}

FRAME void *run(void *argument)
{
	for (int next = 1;; next++)
		wait_for_turn(next, *(int *)argument);
}

static void wait_for_all(int n)
{
	pthread_mutex_lock(&mutex);
	while (n_there < n)
		pthread_cond_wait(&all_there, &mutex);
	pthread_mutex_unlock(&mutex);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 30000, times = argc > 2 ? atoi(argv[2]) : 0;
	char *stacks = mmap(NULL, (size_t)n * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_attr_t attributes;

	if (stacks == MAP_FAILED)
		return 1;
	pthread_attr_init(&attributes);
	for (int i = 0; i < n; i++) {
		pthread_t thread;

		pthread_attr_setstack(&attributes, stacks + (size_t)i * STACK, STACK);
		if (pthread_create(&thread, &attributes, run, &n) != 0)
			return 1;
	}
	wait_for_all(n);
	printf("pid=%d\nready=1\n", getpid());
	fflush(stdout);
	wait_for_go();
	for (int i = 0; i < times; i++) {
		usleep(200000);
		pthread_mutex_lock(&mutex);
		n_there = 0;
		turn++;
		pthread_cond_broadcast(&turn_comes);
		pthread_mutex_unlock(&mutex);
		wait_for_all(n);
	}
	printf("woken=1\n");
	fflush(stdout);
	for (;;)
		pause();
}
