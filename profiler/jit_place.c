// SPDX-License-Identifier: GPL-2.0-or-later
/* Goes from a process's /proc directory to its root, to the /tmp in it, and to the file there. */
#include "profiler/jit_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/guard.h"

/* Of "NSpid: 4711 12 1" the last is the process's own. */
static void read_line(struct jit_place *place, char *line)
{
	unsigned int real, effective;
	char *rest, *word;

	if (sscanf(line, "Uid: %u %u", &real, &effective) == 2) {
		place->uid = effective;
		return;
	}
	/* Before Linux 4.1 there is only the other. */
	if (strncmp(line, "NSpid:", 6) && strncmp(line, "Pid:", 4))
		return;
	rest = strchr(line, ':') + 1;
	while ((word = strtok_r(NULL, " \t\n", &rest)))
		place->pid = atoi(word);
}

static int read_status(struct jit_place *place, int proc_fd)
{
	guard_close int fd = openat(proc_fd, "status", O_RDONLY | O_CLOEXEC);
	guard_fclose FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[1024];

	if (!f)
		return -errno;
	fd = -1;
	while (fgets(line, sizeof(line), f))
		read_line(place, line);
	return place->pid > 0 ? 0 : -ESRCH;
}

int jit_place_init(struct jit_place *place, int proc_fd)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	guard_close int root_fd = openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*place = (struct jit_place){.dir_fd = -1, .uid = (uid_t)-1};
	if (root_fd < 0)
		return -errno;
	place->dir_fd = syscall(SYS_openat2, root_fd, "tmp", &how, sizeof(how));
	if (place->dir_fd < 0)
		return -errno;
	return read_status(place, proc_fd);
}

void jit_place_deinit(struct jit_place *place)
{
	if (place->dir_fd >= 0)
		close(place->dir_fd);
	place->dir_fd = -1;
}

int jit_place_check(const struct jit_place *place, int fd)
{
	struct stat stat;

	if (fstat(fd, &stat))
		return -errno;
	if (S_ISLNK(stat.st_mode))
		return -ELOOP;
	if (!S_ISREG(stat.st_mode))
		return -EINVAL;
	return stat.st_uid == place->uid || !stat.st_uid ? 0 : -EPERM;
}

int jit_place_open(const struct jit_place *place)
{
	guard_close int path_fd = -1;
	char name[64];
	int err, fd;

	if (place->dir_fd < 0)
		return -ENOENT;
	snprintf(name, sizeof(name), "perf-%d.map", place->pid);
	path_fd = openat(place->dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (path_fd < 0)
		return -errno;
	err = jit_place_check(place, path_fd);
	if (err)
		return err;
	/* It is that very file now, whatever the name stands for. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", path_fd);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

const char *jit_place_refusal(int err)
{
	switch (err) {
	case -ELOOP:
		return "is a symbolic link";
	case -EINVAL:
		return "is no regular file";
	case -EPERM:
		return "belongs to another user";
	case -ENOEXEC:
		return "is not in its format";
	default:
		return strerror(-err);
	}
}
