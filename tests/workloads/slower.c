/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program before and after a change, `slower before|after [SECONDS]`: each
 * operation, `operate` called from `main`, spends 70 units of CPU time in
 * `steady` and some in `lex`, called from `parse`: 15 before and 198 after.
 * Before, it spends 15 more in `dropped`; after, 15 in `added`. So of all CPU
 * time, `parse` had 15 % and has 70 %, `steady` 70 % and 24.7 %. Ends after the
 * CPU seconds given (1), and prints the operations it has done.
 */
#include <stdbool.h>
#include <string.h>

#include "workload.h"

enum { UNIT = 2000 };

FRAME void steady(void)
{
	spin(70 * UNIT);
}

FRAME void lex(uint64_t units)
{
	spin(units * UNIT);
}

FRAME void parse(uint64_t units)
{
	lex(units);
	NO_TAIL_CALL();
}

FRAME void dropped(void)
{
	spin(15 * UNIT);
}

FRAME void added(void)
{
	spin(15 * UNIT);
}

FRAME void operate(bool after)
{
	steady();
	parse(after ? 198 : 15);
	if (after)
		added();
	else
		dropped();
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 2, 1);
	bool after = argc > 1 && !strcmp(argv[1], "after");
	uint64_t n = 0;

	for (; clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds; n++)
		operate(after);
	printf("operations=%llu\n", (unsigned long long)n);
	print_cpu_seconds();
	return 0;
}
