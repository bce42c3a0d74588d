/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chain of forks: each process works in `link_1` .. `link_5` (takes page faults: see work_for),
 * forks the next one in the middle of that and does not wait for its end, so that each parent is
 * gone before its child is. Prints nothing but the first one's pid.
 */
#include <unistd.h>

#include "workload.h"

#define LINK(number, next)                   \
	FRAME void link_##number(void)       \
	{                                    \
		work_for(0);                 \
		if (fork() == 0)             \
			next();              \
		else                         \
			work_for(0);         \
		NO_TAIL_CALL();              \
	}

FRAME void link_end(void)
{
	NO_TAIL_CALL();
}

LINK(5, link_end)
LINK(4, link_5)
LINK(3, link_4)
LINK(2, link_3)
LINK(1, link_2)

int main(void)
{
	printf("pid=%d\n", getpid());
	fflush(stdout);
	link_1();
	return 0;
}
