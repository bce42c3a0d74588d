// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A comparison that qsort() calls, out of libc, which has no frame pointers. Two elements: one
 * call, from the first level of its merge sort. qsort() itself jumps to qsort_r().
 * Stack: MAIN;main;sort;qsort_r;LIBC;compare;burn
 */
#include "unwind.h"

static double seconds;

FRAME int compare(const void *a, const void *b);
FRAME int compare(const void *a, const void *b)
{
	burn(seconds);
	return *(const int *)a - *(const int *)b;
}

FRAME void sort(void);
FRAME void sort(void)
{
	int numbers[2] = { 2, 1 };

	qsort(numbers, 2, sizeof(*numbers), compare);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	seconds = seconds_argument(argc, argv);
	warm_up();
	sort();
	return 0;
}
