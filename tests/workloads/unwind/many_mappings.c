// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten thousand executable mappings, every other one of a library's text, and the rest of memory
 * that was written: all are run in, one after the other.
 * Stack: MAIN;main;run_written;ANON;called_back
 * Stack: MAIN;main;run_library;in_library;called_back
 */
#include "code.h"
#include "unwind.h"

enum { N_MAPPINGS = 10000 };

FRAME void called_back(double n);
FRAME void called_back(double n)
{
	spin((uint64_t)n);
	NO_TAIL_CALL();
}

FRAME void run_written(code_function *code);
FRAME void run_written(code_function *code)
{
	code(called_back, 20000);
	NO_TAIL_CALL();
}

FRAME void run_library(code_function *code);
FRAME void run_library(code_function *code)
{
	code(called_back, 20000);
	NO_TAIL_CALL();
}

/* Neighbours differ in what they map, so that the kernel merges none. */
static char *map_all(const struct code_library *library)
{
	size_t stride = library->size + CODE_PAGE;
	char *all = mmap(NULL, N_MAPPINGS / 2 * stride, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);

	if (all == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < N_MAPPINGS / 2; i++) {
		char *at = all + i * stride;

		code_map(at);
		if (mmap(at + CODE_PAGE, library->size, PROT_READ | PROT_EXEC,
			 MAP_PRIVATE | MAP_FIXED, library->fd, (off_t)library->offset) ==
		    MAP_FAILED)
			exit(1);
	}
	return all;
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv), end;
	struct code_library library;
	size_t stride, i = 0;
	char *all;

	if (argc < 3)
		return 1;
	code_open_library(argv[2], "in_library", &library);
	all = map_all(&library);
	stride = library.size + CODE_PAGE;
	warm_up();
	for (end = cpu_s() + seconds; cpu_s() < end; i++) {
		char *at = all + i % (N_MAPPINGS / 2) * stride;

		run_written(code_at(at));
		run_library(code_at(at + CODE_PAGE + library.function));
	}
	printf("runs=%zu\n", i);
	return 0;
}
