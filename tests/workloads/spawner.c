/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs N times (500) in turn `sh -c :`, `/bin/true` and the program given, one
 * after the other, and prints how many of each ran: `spawner PROGRAM [N]`.
 * Each of them is one fork, one exec and one exit.
 */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

int main(int argc, char **argv)
{
	char *shell[] = {"/bin/sh", "-c", ":", NULL};
	char *nothing[] = {"/bin/true", NULL};
	char *program[] = {argc > 1 ? argv[1] : "short5ms", NULL};
	char **commands[3] = {shell, nothing, program};
	int n = argc > 2 ? atoi(argv[2]) : 500;
	int ran[3] = {0};

	for (int i = 0; i < n; i++) {
		char **command = commands[i % 3];
		int status;
		pid_t pid;

		if (posix_spawn(&pid, command[0], NULL, NULL, command, environ) != 0)
			return 1;
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
		ran[i % 3]++;
	}
	printf("sh=%d\ntrue=%d\nprogram=%d\n", ran[0], ran[1], ran[2]);
	return 0;
}
