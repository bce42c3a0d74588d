// SPDX-License-Identifier: GPL-2.0-or-later
/* A directory's name comes in; descriptors for a command's output, and names for its profile go
 * out. */
#include "profiler/ab_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/read.h"
#include "profiler/invoker.h"
#include "profiler/message.h"

enum {
	OUTPUT_KEPT = 1 << 20, /* bytes, of the end */
	ERROR_LOOKED_AT = 4096,
};

/* but: a name that does not count. */
static bool is_empty(int dir_fd, const char *name, const char *but)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	guard_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    strcmp(entry->d_name, but))
			return false;
	return dir;
}

/* Of a flametap that was killed before there was a manifest "runs" is there. */
static bool is_unused(int dir_fd)
{
	return is_empty(dir_fd, ".", "runs") &&
	       (faccessat(dir_fd, "runs", F_OK, AT_EACCESS) || is_empty(dir_fd, "runs", "."));
}

/* With the rights of who typed the command. */
static int open_directory(const char *path, int *ret_fd)
{
	guard_close int fd = -1;

	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (faccessat(fd, "manifest.json", F_OK, AT_EACCESS) && !is_unused(fd))
		return -ENOTEMPTY;
	if (mkdirat(fd, "runs", 0777) && errno != EEXIST)
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

int ab_files_open_directory(const char *path, const struct invoker *invoker, int *ret_fd)
{
	int err = invoker_begin(invoker);

	if (!err) {
		err = open_directory(path, ret_fd);
		invoker_end(invoker);
	}
	if (err == -ENOTEMPTY)
		message("%s: is not empty, and has no manifest.json; name a new directory", path);
	else if (err == -ENOTDIR)
		message("%s: is no directory; name a new one", path);
	else if (err == -ENOENT)
		message("%s: there is no directory to make it in; make that, or name another",
			path);
	else if (err)
		message("%s: %s; name another place", path, strerror(-err));
	if (!err && flock(*ret_fd, LOCK_EX | LOCK_NB)) {
		message("%s: another flametap is at work in it; wait for that, or name another",
			path);
		err = -EBUSY;
	}
	return err;
}

static int open_file(const struct ab_files *files, const char *name)
{
	int fd, err = invoker_begin(files->invoker);

	if (err)
		return err;
	fd = openat(files->dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	err = errno;
	invoker_end(files->invoker);
	if (fd >= 0)
		return fd;
	message("%s: %s", name, strerror(err));
	return -err;
}

static void name_files(struct ab_files *files, const struct gate_manifest_run *run)
{
	char stem[32];

	snprintf(stem, sizeof(stem), "runs/%03llu-%s", (unsigned long long)run->number,
		 gate_side_name(run->side));
	snprintf(files->profile_name, sizeof(files->profile_name), "%s.pb.gz", stem);
	snprintf(files->output_name, sizeof(files->output_name), "%s.stdout", stem);
	snprintf(files->error_name, sizeof(files->error_name), "%s.stderr", stem);
}

int ab_files_init(struct ab_files *files, const char *directory, int dir_fd,
		  const struct invoker *invoker, const struct gate_manifest_run *run, bool output)
{
	*files = (struct ab_files){
		.invoker = invoker,
		.dir_fd = dir_fd,
		.output_fd = -1,
		.error_fd = -1,
	};
	name_files(files, run);
	if (asprintf(&files->profile_path, "%s/%s", directory, files->profile_name) < 0) {
		files->profile_path = NULL;
		return -ENOMEM;
	}
	if (output)
		files->output_fd = open_file(files, files->output_name);
	files->error_fd = open_file(files, files->error_name);
	if (output && files->output_fd < 0)
		return files->output_fd;
	return files->error_fd < 0 ? files->error_fd : 0;
}

void ab_files_deinit(struct ab_files *files)
{
	if (files->output_fd >= 0)
		close(files->output_fd);
	if (files->error_fd >= 0)
		close(files->error_fd);
	free(files->profile_path);
}

FILE *ab_files_output(const struct ab_files *files)
{
	int fd = fcntl(files->output_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (file)
		rewind(file);
	else if (fd >= 0)
		close(fd);
	return file;
}

void ab_files_last_error(const struct ab_files *files, char *line, size_t n)
{
	off_t size = lseek(files->error_fd, 0, SEEK_END);
	off_t from = size > ERROR_LOOKED_AT ? size - ERROR_LOOKED_AT : 0;
	char text[ERROR_LOOKED_AT + 1];
	ssize_t length = read_full(files->error_fd, text, ERROR_LOOKED_AT, from);
	char *start;

	*line = '\0';
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (length <= 0)
		return;
	text[length] = '\0';
	start = strrchr(text, '\n');
	snprintf(line, n, "%s", start ? start + 1 : text);
}

/* Its end is what the operations were found in, as a rule. */
static void cut_output(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	guard_free char *text = size > OUTPUT_KEPT ? malloc(OUTPUT_KEPT) : NULL;

	if (!text || read_full(fd, text, OUTPUT_KEPT, size - OUTPUT_KEPT) != OUTPUT_KEPT)
		return;
	if (pwrite(fd, text, OUTPUT_KEPT, 0) == OUTPUT_KEPT)
		(void)!ftruncate(fd, OUTPUT_KEPT);
}

void ab_files_keep(struct ab_files *files, bool failed)
{
	if (files->output_fd >= 0)
		cut_output(files->output_fd);
	if (failed || invoker_begin(files->invoker))
		return;
	unlinkat(files->dir_fd, files->error_name, 0);
	invoker_end(files->invoker);
}

void ab_files_drop(const struct ab_files *files)
{
	if (invoker_begin(files->invoker))
		return;
	unlinkat(files->dir_fd, files->error_name, 0);
	unlinkat(files->dir_fd, files->output_name, 0);
	unlinkat(files->dir_fd, files->profile_name, 0);
	invoker_end(files->invoker);
}

void ab_files_drop_run(int dir_fd, const struct invoker *invoker,
		       const struct gate_manifest_run *run)
{
	struct ab_files files = { .invoker = invoker, .dir_fd = dir_fd };

	name_files(&files, run);
	ab_files_drop(&files);
}
