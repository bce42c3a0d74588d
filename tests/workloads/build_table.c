// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Builds the unwind table of a file as a recording does, and prints what that took and gave:
 * `build_table FILE`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "profiler/unwind_table.h"
#include "symbolize/elf_file.h"

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct unwind_table_stats stats;
	struct unwind_table table = {};
	struct unwind_rules rules;
	struct elf_file file;
	double start;

	if (argc < 2)
		return 2;
	start = cpu_s();
	if (elf_file_init(&file, open(argv[1], O_RDONLY | O_CLOEXEC)) ||
	    unwind_rules_init(&rules) || unwind_table_build(&file, &rules, &table, &stats)) {
		fprintf(stderr, "build_table: %s: no table\n", argv[1]);
		return 1;
	}
	printf("cpu_seconds=%.6f\n", cpu_s() - start);
	printf("text_bytes=%zu\n", (size_t)stats.text);
	printf("table_bytes=%zu\n", unwind_table_bytes(&table));
	printf("rows=%zu\nrules=%zu\n", table.rows.n, rules.rules.n);
	return 0;
}
