// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sudo tells who called it but keeps that person's PATH to itself. It is still
 * there in the environment that sudo was itself started with, or else in that
 * of the nearest ancestor that runs as that person.
 */
#include "profiler/command_env.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/invoker.h"
#include "profiler/proc.h"

enum { MAX_ANCESTORS = 64, MAX_ENVIRON = 1 << 20 };

/* The value of PATH in a process's environment, or NULL. The caller frees it. */
static char *read_path(int proc_fd)
{
	guard_close int fd = openat(proc_fd, "environ", O_RDONLY | O_CLOEXEC);
	guard_fclose FILE *f = fd >= 0 ? fdopen(dup(fd), "r") : NULL;
	guard_free char *entry = NULL;
	size_t cap = 0, total = 0;
	ssize_t n;

	while (f && total < MAX_ENVIRON && (n = getdelim(&entry, &cap, '\0', f)) > 0) {
		total += n;
		if (!strncmp(entry, "PATH=", 5))
			return strdup(entry + 5);
	}
	return NULL;
}

static char *person_path(const struct invoker *invoker)
{
	pid_t pid = getppid();

	for (int i = 0; i < MAX_ANCESTORS && pid > 1; i++) {
		guard_close int fd = proc_open(pid);
		struct proc_stat stat;
		struct stat owner;

		if (fd < 0 || proc_read_stat(fd, &stat) || fstat(fd, &owner))
			return NULL;
		if (!strcmp(stat.comm, "sudo") || owner.st_uid == invoker->uid)
			return read_path(fd);
		pid = stat.parent;
	}
	return NULL;
}

int command_become(const struct invoker *invoker)
{
	guard_free char *path = person_path(invoker);

	if (setgroups(invoker->n_groups, invoker->groups) ||
	    setresgid(invoker->gid, invoker->gid, invoker->gid) ||
	    setresuid(invoker->uid, invoker->uid, invoker->uid))
		return -errno;
	if (path)
		setenv("PATH", path, 1);
	setenv("HOME", invoker->home, 1);
	setenv("USER", invoker->name, 1);
	setenv("LOGNAME", invoker->name, 1);
	if (invoker->shell[0])
		setenv("SHELL", invoker->shell, 1);
	return 0;
}
