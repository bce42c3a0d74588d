/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four threads, named t40, t30, t20 and t10, that spend 40, 30, 20 and 10 % of
 * the CPU seconds given (4) in `forty`, `thirty`, `twenty` and `ten`, each
 * called from the thread's own start function `run`. A thread stops when its
 * own CPU clock has reached its part, so the shares hold by construction. Their
 * thread ids are printed before they start to burn.
 */
#include <pthread.h>
#include <unistd.h>

#include "workload.h"

static pthread_barrier_t all_named;
static double total_seconds;

#define BURNER(name, share)                            \
	FRAME void name(void)                          \
	{                                              \
		spin_for(total_seconds * (share) / 100.0); \
	}

BURNER(forty, 40)
BURNER(thirty, 30)
BURNER(twenty, 20)
BURNER(ten, 10)

struct part {
	const char *name;
	void (*burn)(void);
};

FRAME void *run(void *argument)
{
	const struct part *part = argument;

	pthread_setname_np(pthread_self(), part->name);
	printf("%s=%d\n", part->name, gettid());
	fflush(stdout);
	pthread_barrier_wait(&all_named);
	part->burn();
	NO_TAIL_CALL();
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct part parts[4] = {
		{"t40", forty},
		{"t30", thirty},
		{"t20", twenty},
		{"t10", ten},
	};
	pthread_t threads[4];

	block_go();
	total_seconds = seconds_argument(argc, argv, 1, 4);
	printf("pid=%d\n", getpid());
	pthread_barrier_init(&all_named, NULL, 5);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, run, (void *)&parts[i]);
	wait_for_go();
	pthread_barrier_wait(&all_named);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	print_cpu_seconds();
	return 0;
}
