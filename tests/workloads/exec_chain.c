/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Works in BURN for the seconds given (see work_for), then turns into the next program of the
 * list by exec: `exec_first SECONDS exec_second SECONDS ...`. Built several times
 * with different names for BURN at the same fixed address, so that a stack
 * resolved with the image before or after gets a wrong name.
 */
#include <unistd.h>

#include "workload.h"

FRAME void BURN(double seconds);

FRAME void BURN(double seconds)
{
	work_for(seconds);
}

int main(int argc, char **argv)
{
	wait_for_go();
	BURN(seconds_argument(argc, argv, 1, 0.3));
	if (argc > 2) {
		execv(argv[2], argv + 2);
		return 1;
	}
	return 0;
}
