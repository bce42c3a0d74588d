// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dpkg keeps a file of paths for each package; the one with the path names the
 * package. Systems with a merged /usr run /usr/lib/x.so where the list says
 * /lib/x.so, so both are looked for.
 */
#include "profiler/debug_package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"
#include "symbolize/open_file.h"
#include "symbolize/symbolizer.h"

enum { MOST_OF_LIST = 64 << 20 };

struct text {
	VEC(char) bytes;
};

static void text_deinit(struct text *text)
{
	vec_deinit(&text->bytes);
}

static int read_list(int dir_fd, const char *name, struct text *text)
{
	guard_close int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat stat;
	ssize_t got;

	text->bytes.n = 0;
	if (fd < 0 || fstat(fd, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode) || stat.st_size > MOST_OF_LIST)
		return -EINVAL;
	if (vec_reserve(&text->bytes, (size_t)stat.st_size + 1))
		return -ENOMEM;
	got = read(fd, text->bytes.data, stat.st_size);
	text->bytes.n = got > 0 ? got : 0;
	return 0;
}

static bool has_line(const struct text *text, const char *line)
{
	const char *at = text->bytes.data, *end = at + text->bytes.n;
	size_t n = strlen(line);

	while (text->bytes.n && (at = memmem(at, end - at, line, n))) {
		if ((at == text->bytes.data || at[-1] == '\n') && (at + n == end || at[n] == '\n'))
			return true;
		at += n;
	}
	return false;
}

int debug_package_owner(const char *lists, const char *path, char ret[DEBUG_PACKAGE_SIZE])
{
	const char *short_path = strncmp(path, "/usr/", 5) ? path : path + 4;
	guard_closedir DIR *dir = opendir(lists);
	guard(text_deinit) struct text text = {};
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);
		int err;

		if (n < 6 || strcmp(entry->d_name + n - 5, ".list"))
			continue;
		err = read_list(dirfd(dir), entry->d_name, &text);
		if (err == -ENOMEM)
			return err;
		if (err || (!has_line(&text, path) && !has_line(&text, short_path)))
			continue;
		n = strcspn(entry->d_name, ":");
		if (n == strlen(entry->d_name))
			n -= 5;
		snprintf(ret, DEBUG_PACKAGE_SIZE, "%.*s", (int)n, entry->d_name);
		return 0;
	}
	return -ENOENT;
}

/* Whether the file that is at the path is the one that was run. */
static bool is_here(const char *path, const char *build_id)
{
	guard_close int fd = open_file_regular(-1, path);
	char hex[2 * 64 + 1] = "";
	struct elf_info info;

	if (fd < 0 || elf_info_read(fd, &info))
		return false;
	for (size_t i = 0; i < info.build_id_size; i++)
		snprintf(hex + 2 * i, 3, "%02x", info.build_id[i]);
	return *hex && !strcmp(hex, build_id);
}

void debug_package_remedy(const char *lists, const char *path, const char *build_id, char *ret,
			  size_t n)
{
	char package[DEBUG_PACKAGE_SIZE];

	if (!is_here(path, build_id) || debug_package_owner(lists, path, package))
		snprintf(ret, n, "run a build that is not, or name a place of its debug file with "
				 "--debug-dir");
	/* The others' debug packages are made by themselves, and have an archive of their own. */
	else if (!strcmp(package, "libc6"))
		snprintf(ret, n, "apt install libc6-dbg");
	else
		snprintf(ret, n, "apt install %s-dbgsym (of the archive debian-debug)", package);
}
