// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program whose code changes place and meaning while it is sampled: memory that is written and
 * then made executable, moved by mremap(); a library's text moved by mremap(), and another library's
 * put over it at the same addresses, again and again.
 * Stack: MAIN;main;on_written;ANON;called_back;burn
 * Stack: MAIN;main;on_moved;ANON;called_back;burn
 * Stack: MAIN;main;on_library;in_library;called_back;burn
 * Stack: MAIN;main;on_moved_library;in_library;called_back;burn
 * Stack: MAIN;main;on_other;in_other;called_back;burn
 */
#include "code.h"
#include "unwind.h"

FRAME void called_back(double seconds);
FRAME void called_back(double seconds)
{
	burn(seconds);
	NO_TAIL_CALL();
}

/* Each place that code is at is called from a function of its own, by which it is known. */
#define CALLER(name)                                          \
	FRAME void name(code_function *code, double seconds); \
	FRAME void name(code_function *code, double seconds)  \
	{                                                     \
		code(called_back, seconds);                   \
		NO_TAIL_CALL();                               \
	}
CALLER(on_written)
CALLER(on_moved)
CALLER(on_library)
CALLER(on_moved_library)
CALLER(on_other)

static void run_written(double seconds)
{
	char *memory = code_map(NULL);
	char *elsewhere = code_map(NULL);

	on_written(code_at(memory), seconds);
	if (mremap(memory, CODE_PAGE, CODE_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere) !=
	    elsewhere)
		exit(1);
	on_moved(code_at(elsewhere), seconds);
}

/* Maps a library's text over an address, as it lies in the file. */
static void put_text(void *at, const struct code_library *library)
{
	if (mmap(at, library->size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, library->fd,
		 (off_t)library->offset) != at)
		exit(1);
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv);
	int n_times = argc > 4 ? atoi(argv[4]) : 1;
	struct code_library first, other;
	char *at;

	if (argc < 4)
		return 1;
	code_open_library(argv[2], "in_library", &first);
	code_open_library(argv[3], "in_other", &other);
	warm_up();
	run_written(seconds);
	on_library(code_at(first.text + first.function), seconds);
	at = mmap(NULL, first.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mremap(first.text, first.size, first.size, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at)
		return 1;
	on_moved_library(code_at(at + first.function), seconds);
	for (int i = 0; i < n_times; i++) {
		put_text(at, &other);
		on_other(code_at(at + other.function), seconds / n_times);
		put_text(at, &first);
		on_moved_library(code_at(at + first.function), seconds / n_times);
	}
	/* What the first library would do at exit is not there any more. */
	_exit(0);
}
