/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second unit of the program: functions of the same names as the first one's. */
#include "inlines.h"

int other_file(int x);

static int leaf(int x)
{
	return twice(x) + 1;
}

int other_file(int x)
{
	int sum = 0;

	while (x-- > 0)
		sum ^= leaf(x) + twice(sum);
	return sum;
}
