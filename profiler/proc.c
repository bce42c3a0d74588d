// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads /proc/PID/stat, status, task and maps; proc(5) gives their formats. */
#include "profiler/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/hash.h"

int proc_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return errno == ENOENT ? -ESRCH : -errno;
}

static int proc_fopen(int proc_fd, const char *name, FILE **ret)
{
	int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	*ret = fdopen(fd, "r");
	if (*ret)
		return 0;
	close(fd);
	return -ENOMEM;
}

int proc_read_stat(int proc_fd, struct proc_stat *ret)
{
	char text[2048];
	const char *open, *close;
	unsigned long long utime, stime, start;
	long long cutime, cstime;
	guard_close int fd = openat(proc_fd, "stat", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -ESRCH;
	text[n] = '\0';
	/* The name may hold spaces and parentheses: it ends at the last one. */
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open)
		return -EBADMSG;
	snprintf(ret->comm, sizeof(ret->comm), "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d %*d %*d %llu",
		   &ret->state, &ret->parent, &utime, &stime, &cutime, &cstime, &start) != 7)
		return -EBADMSG;
	ret->cpu_ticks = utime + stime;
	ret->children_cpu_ticks = cutime + cstime;
	ret->start_ticks = start;
	return 0;
}

int proc_read_tgid(int proc_fd, pid_t *ret)
{
	guard_fclose FILE *f = NULL;
	int err = proc_fopen(proc_fd, "status", &f);
	char line[256];

	if (err)
		return err;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %d", ret) == 1)
			return 0;
	return -ESRCH;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

void pid_list_sort(struct pid_list *list)
{
	if (list->pids.n)
		qsort(list->pids.data, list->pids.n, sizeof(pid_t), compare_pids);
}

bool pid_list_equal(const struct pid_list *a, const struct pid_list *b)
{
	return a->pids.n == b->pids.n &&
	       (!a->pids.n || !memcmp(a->pids.data, b->pids.data, a->pids.n * sizeof(pid_t)));
}

static int list_numbers(int dir_fd, struct pid_list *ret)
{
	guard_closedir DIR *dir = fdopendir(dir_fd);
	struct dirent *entry;
	int err = 0;

	if (!dir) {
		close(dir_fd);
		return -ENOMEM;
	}
	ret->pids.n = 0;
	while (!err && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = vec_push(&ret->pids, atoi(entry->d_name));
	pid_list_sort(ret);
	return err;
}

int proc_list_threads(int proc_fd, struct pid_list *ret)
{
	int fd = openat(proc_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return list_numbers(fd, ret);
}

int proc_list_all(struct pid_list *ret)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return list_numbers(fd, ret);
}

static pid_t parent_of(pid_t pid)
{
	guard_close int fd = proc_open(pid);
	struct proc_stat stat;

	return fd >= 0 && !proc_read_stat(fd, &stat) ? stat.parent : 0;
}

/* Every process's parent is read once; then the set grows until nothing joins it. */
int proc_add_descendants(struct pid_list *list)
{
	struct pid_list all = {};
	struct idmap in = {};
	guard_free pid_t *parents = NULL;
	bool grew = true;
	uint32_t unused;
	int err = proc_list_all(&all);

	if (!err && all.pids.n)
		parents = calloc(all.pids.n, sizeof(*parents));
	if (!err && !parents)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < all.pids.n; i++)
		parents[i] = parent_of(all.pids.data[i]);
	for (size_t i = 0; !err && i < list->pids.n; i++)
		err = idmap_put(&in, list->pids.data[i], 1);
	while (!err && grew) {
		grew = false;
		for (size_t i = 0; !err && i < all.pids.n; i++) {
			if (idmap_find(&in, all.pids.data[i], &unused) ||
			    !idmap_find(&in, parents[i], &unused))
				continue;
			err = idmap_put(&in, all.pids.data[i], 1);
			if (!err)
				err = vec_push(&list->pids, all.pids.data[i]);
			grew = true;
		}
	}
	pid_list_sort(list);
	idmap_deinit(&in);
	vec_deinit(&all.pids);
	return err;
}

/* "start-end perms offset major:minor inode   path" */
static int parse_mapping(char *line, proc_mapping mapping, void *ctx)
{
	unsigned long long start, end, offset, inode;
	struct file_identity file = {};
	char permissions[8];
	int path = 0;
	size_t length;

	if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %n", &start, &end, permissions, &offset,
		   &file.major, &file.minor, &inode, &path) < 7 ||
	    permissions[2] != 'x')
		return 0;
	/* The kernel's half of the addresses: [vsyscall], which perf tells nobody of either. What
	 * searches the mappings in the kernel takes addresses below it for granted. */
	if (start > INT64_MAX)
		return 0;
	length = strlen(line + path);
	if (length && line[path + length - 1] == '\n')
		line[path + length - 1] = '\0';
	file.inode = inode;
	file.path = strdup(line[path] ? line + path : "//anon");
	if (!file.path)
		return -ENOMEM;
	return mapping(ctx, start, end, offset, &file);
}

int proc_read_mappings(int proc_fd, proc_mapping mapping, void *ctx)
{
	guard_fclose FILE *f = NULL;
	guard_free char *line = NULL;
	size_t cap = 0;
	int err = proc_fopen(proc_fd, "maps", &f);

	while (!err && getline(&line, &cap, f) > 0)
		err = parse_mapping(line, mapping, ctx);
	return err;
}

bool proc_cpu_ns(pid_t pid, uint64_t *ret)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts))
		return false;
	*ret = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	return true;
}
