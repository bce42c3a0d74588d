/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library with one function, SPIN, built twice with two names and otherwise
 * the same bytes, so that both can stand at the same address (dlopen_swap).
 */
#include "workload.h"

#pragma GCC visibility push(default)
void SPIN(double seconds);

FRAME void SPIN(double seconds)
{
	work_for(seconds);
}
#pragma GCC visibility pop
