// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A path comes in; a nameless temporary in the right directory goes out, and
 * is later linked under its name. All of it happens with the rights of the
 * person who typed the command (the caller sees to that).
 */
#include "profiler/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"

enum { TEMPORARY_SIZE = 32, TRIES = 100 };

/* ".flametap-0123456789abcdef" */
static int temporary_name(char *ret)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(ret, TEMPORARY_SIZE, ".flametap-%016" PRIx64, number);
	return 0;
}

/* A new file beside the output, under a name of its own. */
static int create_named(int dir_fd, char *ret_name, int *ret_fd)
{
	for (int i = 0; i < TRIES; i++) {
		int err = temporary_name(ret_name);

		if (err)
			return err;
		*ret_fd = openat(dir_fd, ret_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (*ret_fd >= 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* O_TMPFILE, so that nothing is left behind however flametap ends; where the file system does
 * not have it, a file that loses its name at once, and is copied at the end. */
static int create_nameless(int dir_fd, int *ret_fd)
{
	char name[TEMPORARY_SIZE];
	int err;

	*ret_fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	if (*ret_fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
		return -errno;
	err = create_named(dir_fd, name, ret_fd);
	if (err)
		return err;
	if (unlinkat(dir_fd, name, 0)) {
		err = -errno;
		close(*ret_fd);
		*ret_fd = -1;
	}
	return err;
}

/* Splits path into its directory, opened, and its last part. */
static int open_directory(struct output *output, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory guard_free = NULL;

	output->name = strdup(slash ? slash + 1 : path);
	if (!slash)
		directory = strdup(".");
	else
		directory = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	if (!output->name || !directory)
		return -ENOMEM;
	if (!*output->name || !strcmp(output->name, ".") || !strcmp(output->name, ".."))
		return -EISDIR;
	output->dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (output->dir_fd >= 0)
		return 0;
	return errno == ENOENT || errno == ENOTDIR ? -OUTPUT_NO_DIRECTORY : -errno;
}

/* Written to as it is. A terminal must not become flametap's own. */
static int open_direct(struct output *output, const struct stat *st)
{
	if (!S_ISCHR(st->st_mode) && !S_ISFIFO(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -OUTPUT_NOT_A_FILE;
	output->direct = true;
	output->fd = open(output->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return output->fd < 0 ? -errno : 0;
}

/* "-o /dev/stdout > file": that file is not replaced behind the back of the shell. */
static bool is_standard_output(const struct stat *st)
{
	struct stat own;

	return !fstat(STDOUT_FILENO, &own) && own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}

/*
 * The name of an existing regular file, symbolic links resolved. The kernel followed the links
 * to get at the descriptor, and so its protection of links in /tmp holds (protected_symlinks).
 */
static int open_existing(struct output *output, int path_fd, const struct stat *st)
{
	char link[32], resolved[PATH_MAX];
	guard_close int writable = -1;
	struct stat found;
	ssize_t n;
	int err;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	/* Replacing a file takes a right on its directory only; on the file it is asked for too. */
	writable = open(link, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (writable < 0)
		return -errno;
	n = readlink(link, resolved, sizeof(resolved));
	if (n < 0)
		return -errno;
	if ((size_t)n >= sizeof(resolved))
		return -ENAMETOOLONG;
	resolved[n] = '\0';
	err = open_directory(output, resolved);
	if (err)
		return err;
	if (fstatat(output->dir_fd, output->name, &found, AT_SYMLINK_NOFOLLOW) ||
	    found.st_dev != st->st_dev || found.st_ino != st->st_ino)
		return -OUTPUT_CHANGED;
	return 0;
}

/* The old file moves away, a link to one too: only its directory matters. */
static bool is_moved_away(const struct output *output, const struct stat *st)
{
	return output->keep_old && (S_ISREG(st->st_mode) || S_ISLNK(st->st_mode));
}

static int find_place(struct output *output, struct stat *ret_replaced)
{
	guard_close int path_fd = -1;
	struct stat st;

	*ret_replaced = (struct stat){0};
	if (lstat(output->path, &st))
		return errno == ENOENT || errno == ENOTDIR ? open_directory(output, output->path)
							   : -errno;
	if (is_moved_away(output, &st))
		return open_directory(output, output->path);
	path_fd = open(output->path, O_PATH | O_CLOEXEC);
	if (path_fd < 0)
		return errno == ENOENT && S_ISLNK(st.st_mode) ? -OUTPUT_DANGLING : -errno;
	if (fstat(path_fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return open_direct(output, &st);
	if (is_standard_output(&st)) {
		output->direct = true;
		output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return output->fd < 0 ? -errno : 0;
	}
	*ret_replaced = st;
	return open_existing(output, path_fd, &st);
}

int output_file_open(struct output *output)
{
	struct stat replaced, own;
	int err = find_place(output, &replaced);

	if (err || output->direct)
		return err;
	err = create_nameless(output->dir_fd, &output->fd);
	if (err)
		return err;
	if (fstat(output->fd, &own))
		return -errno;
	if (S_ISREG(replaced.st_mode) && own.st_uid == replaced.st_uid)
		output->mode = replaced.st_mode & 0777;
	return 0;
}

static int link_nameless(const struct output *output, const char *name)
{
	char link[32];

	/* AT_EMPTY_PATH would take a capability; this way takes only /proc. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", output->fd);
	return linkat(AT_FDCWD, link, output->dir_fd, name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

static int copy_bytes(int from, int to)
{
	char buf[65536];
	ssize_t n;

	if (lseek(from, 0, SEEK_SET))
		return -errno;
	while ((n = read(from, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (ssize_t done = 0; done < n;) {
			ssize_t written = write(to, buf + done, (size_t)(n - done));

			if (written < 0 && errno != EINTR)
				return -errno;
			if (written > 0)
				done += written;
		}
	}
	return 0;
}

/* For file systems where the temporary cannot be linked. */
static int copy_named(const struct output *output, char *ret_name)
{
	guard_close int fd = -1;
	int err = create_named(output->dir_fd, ret_name, &fd);

	if (err)
		return err;
	err = copy_bytes(output->fd, fd);
	if (!err && output->mode && fchmod(fd, output->mode))
		err = -errno;
	/* Network file systems tell of a full disk only here. */
	if (close(take_fd(fd)) && !err)
		err = -errno;
	if (err)
		unlinkat(output->dir_fd, ret_name, 0);
	return err;
}

/* Only a file, or what is no more there, is replaced; it may have changed since the start. */
static int check_replaceable(const struct output *output)
{
	struct stat st;

	if (fstatat(output->dir_fd, output->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 0 : -OUTPUT_CHANGED;
}

/* linkat does not replace: a link beside it, renamed onto it. */
static int place_over(const struct output *output)
{
	char name[TEMPORARY_SIZE];
	int err = check_replaceable(output);

	if (err)
		return err;
	err = temporary_name(name);
	if (!err)
		err = link_nameless(output, name);
	if (err)
		err = copy_named(output, name);
	if (err)
		return err;
	if (!renameat(output->dir_fd, name, output->dir_fd, output->name))
		return 0;
	err = -errno;
	unlinkat(output->dir_fd, name, 0);
	return err;
}

static int place(const struct output *output)
{
	if (output->mode && fchmod(output->fd, output->mode))
		return -errno;
	if (!link_nameless(output, output->name))
		return 0;
	return place_over(output);
}

static int place_keeping_old(const struct output *output)
{
	char *old guard_free = NULL;
	bool moved;
	int err;

	if (asprintf(&old, "%s.old", output->name) < 0) {
		old = NULL;
		return -ENOMEM;
	}
	moved = !renameat(output->dir_fd, output->name, output->dir_fd, old);
	if (!moved && errno != ENOENT)
		return -errno;
	err = place(output);
	if (err && moved)
		renameat(output->dir_fd, old, output->dir_fd, output->name);
	return err;
}

int output_file_place(struct output *output)
{
	sigset_t all, before;
	int err;

	/* A second Ctrl-C ends at once, but not between a link and its rename. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	err = output->keep_old ? place_keeping_old(output) : place(output);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}
