/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens library A, works in its `spin_a` for the seconds given (0.5; see work_for), closes
 * it, opens library B, whose `spin_b` lands on the same address, and works there
 * as long: `dlopen_swap A.so B.so [SECONDS]`. Prints same_address=1 when the
 * addresses were the same.
 */
#include <dlfcn.h>
#include <unistd.h>

#include "workload.h"

static void *burn_in(const char *library, const char *function, double seconds)
{
	void *handle = dlopen(library, RTLD_NOW);
	void (*burn)(double);

	if (!handle) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	*(void **)&burn = dlsym(handle, function);
	if (!burn)
		exit(1);
	burn(seconds);
	dlclose(handle);
	return *(void **)&burn;
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 3, 0.5);
	void *a, *b;

	if (argc < 3)
		return 1;
	printf("pid=%d\n", getpid());
	fflush(stdout);
	wait_for_go();
	a = burn_in(argv[1], "spin_a", seconds);
	b = burn_in(argv[2], "spin_b", seconds);
	printf("same_address=%d\n", a == b);
	print_cpu_seconds();
	return 0;
}
