// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library that is opened only when the tables of all others are made.
 * Stack: MAIN;main;in_library;called_back;burn
 */
#include <dlfcn.h>

#include "unwind.h"

FRAME void called_back(double seconds);
FRAME void called_back(double seconds)
{
	burn(seconds);
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	void (*function)(void (*function)(double), double);
	void *library;

	warm_up();
	library = argc > 2 ? dlopen(argv[2], RTLD_NOW) : NULL;
	if (!library)
		return 1;
	*(void **)&function = dlsym(library, "in_library");
	if (!function)
		return 1;
	warm_up();
	function(called_back, seconds_argument(argc, argv));
	return 0;
}
