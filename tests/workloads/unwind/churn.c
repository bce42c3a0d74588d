// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that map code, run it for some ten microseconds and unmap it, all the time, so that
 * mappings change while stacks are walked; one thread does nothing of that and runs in a page that
 * stays. Prints how many mappings came and went.
 * Stack: THREAD;come_and_go;run_once;ANON;called_back
 * Stack: THREAD;stay;ANON;called_back
 */
#include <pthread.h>
#include <stdatomic.h>

#include "code.h"
#include "unwind.h"

enum { N_THREADS = 2 };

static _Atomic unsigned long n_mapped;
static double seconds;

FRAME void called_back(double n);
FRAME void called_back(double n)
{
	spin((uint64_t)n);
	NO_TAIL_CALL();
}

FRAME void run_once(void);
FRAME void run_once(void)
{
	char *page = code_map(NULL);

	code_at(page)(called_back, 10000);
	munmap(page, CODE_PAGE);
	n_mapped++;
}

FRAME void *come_and_go(void *arg);
FRAME void *come_and_go(void *arg)
{
	while (cpu_s() < seconds)
		run_once();
	NO_TAIL_CALL();
	return arg;
}

FRAME void *stay(void *arg);
FRAME void *stay(void *arg)
{
	char *page = code_map(NULL);

	while (cpu_s() < seconds)
		code_at(page)(called_back, 10000);
	NO_TAIL_CALL();
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[N_THREADS + 1];

	seconds = seconds_argument(argc, argv);
	warm_up();
	for (int i = 0; i <= N_THREADS; i++)
		if (pthread_create(&threads[i], NULL, i ? come_and_go : stay, NULL))
			return 1;
	for (int i = 0; i <= N_THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("mapped=%lu\n", n_mapped);
	return 0;
}
