// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread, whose stack ends where clone3() began it.
 * Stack: THREAD;run;inner;burn
 */
#include <pthread.h>

#include "unwind.h"

FRAME void inner(double seconds);
FRAME void inner(double seconds)
{
	burn(seconds);
	NO_TAIL_CALL();
}

FRAME void *run(void *seconds);
FRAME void *run(void *seconds)
{
	inner(*(double *)seconds);
	NO_TAIL_CALL();
	return NULL;
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv);
	pthread_t thread;

	warm_up();
	if (pthread_create(&thread, NULL, run, &seconds))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}
