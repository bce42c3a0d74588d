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
#include "profiler/downloads.h"
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

/*
 * Those that have a debug package under a name of its own, in the same archive. To add one, add a
 * row: a start of the package's name, what is cut off at its end, what is put there.
 */
static const struct named_package {
	const char *start, *cut, *end;
} named_packages[] = {
	{ "libc6", "", "-dbg" },
	{ "libpython3", "-minimal", "-dbg" },
	{ "libpython3", "-stdlib", "-dbg" },
	{ "libpython3", "", "-dbg" },
	{ "python3.", "-minimal", "-dbg" },
};

static bool has_named_package(const char *package, char *ret, size_t n)
{
	for (size_t i = 0; i < sizeof(named_packages) / sizeof(*named_packages); i++) {
		const struct named_package *row = &named_packages[i];
		size_t length = strlen(package), cut = strlen(row->cut);

		if (strncmp(package, row->start, strlen(row->start)) || length < cut ||
		    strcmp(package + length - cut, row->cut) ||
		    (!strcmp(row->start, "libc6") && strcmp(package, "libc6")))
			continue;
		snprintf(ret, n, "%.*s%s", (int)(length - cut), package, row->end);
		return true;
	}
	return false;
}

/* The value of "NAME=value" or "NAME="value"". */
static void read_value(const char *path, const char *name, char *ret, size_t n)
{
	guard_fclose FILE *file = fopen(path, "re");
	size_t length = strlen(name);
	char line[256];

	*ret = '\0';
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == '=')
			snprintf(ret, n, "%.*s", (int)strcspn(line + length + 1 + (line[length + 1] == '"'),
							     "\"\n"),
				 line + length + 1 + (line[length + 1] == '"'));
}

/* Debian's is named ".../debian-debug", Ubuntu's "ddebs". */
static bool is_debug_archive(int dir_fd, const char *name, struct text *text)
{
	return !read_list(dir_fd, name, text) && text->bytes.n &&
	       (memmem(text->bytes.data, text->bytes.n, "debian-debug", 12) ||
		memmem(text->bytes.data, text->bytes.n, "ddebs.", 6));
}

static bool has_debug_archive(const char *apt)
{
	guard_close int apt_fd = open(apt, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	guard(text_deinit) struct text text = {};
	guard_closedir DIR *dir = NULL;
	struct dirent *entry;
	char path[512];

	if (apt_fd >= 0 && is_debug_archive(apt_fd, "sources.list", &text))
		return true;
	snprintf(path, sizeof(path), "%s/sources.list.d", apt);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (is_debug_archive(dirfd(dir), entry->d_name, &text))
			return true;
	return false;
}

/* Where a distribution has what is no part of its usual archives. To add one, add a row. */
static const struct distribution {
	const char *id, *archive, *server, *kernel;
} distributions[] = {
	{ "debian", "deb http://deb.debian.org/debian-debug %s-debug main",
	  "https://debuginfod.debian.net", "linux-image-%s-dbg" },
	{ "ubuntu", "deb http://ddebs.ubuntu.com %s main universe",
	  "https://debuginfod.ubuntu.com", "linux-image-%s-dbgsym" },
};

/* NULL: this system's is not known. */
static const struct distribution *
distribution_of(const struct debug_package_system *system, char *ret_codename, size_t n)
{
	char id[32];

	read_value(system->release, "ID", id, sizeof(id));
	read_value(system->release, "VERSION_CODENAME", ret_codename, n);
	for (size_t i = 0; i < sizeof(distributions) / sizeof(*distributions); i++)
		if (!strcmp(distributions[i].id, id))
			return &distributions[i];
	return NULL;
}

void debug_package_here(struct debug_package_system *ret)
{
	*ret = (struct debug_package_system){
		.lists = "/var/lib/dpkg/info",
		.release = "/etc/os-release",
		.apt = "/etc/apt",
		.debuginfod = downloads_have_library(),
	};
}

/* Appends the other way: the servers of the distribution that a package is of, or those that the
 * environment names. */
static void add_server(const struct debug_package_system *system,
		       const struct distribution *distribution, char *ret, size_t n)
{
	size_t used = strlen(ret);

	if (!system->debuginfod)
		return;
	if (downloads_have_server())
		snprintf(ret + used, n - used, ", or take --debuginfod");
	else if (distribution)
		snprintf(ret + used, n - used,
			 ", or take --debuginfod with DEBUGINFOD_URLS=%s", distribution->server);
}

/* How to install a package that is in the archive of debug packages. */
static void archive_remedy(const struct debug_package_system *system,
			   const struct distribution *distribution, const char *codename,
			   const char *package, char *ret, size_t n)
{
	char line[192];
	int used = snprintf(ret, n, "apt install %s", package);

	if (!distribution || !*codename || has_debug_archive(system->apt) || (size_t)used >= n)
		return;
	snprintf(line, sizeof(line), distribution->archive, codename);
	snprintf(ret + used, n - used, ", with \"%s\" in /etc/apt/sources.list", line);
}

void debug_package_remedy(const struct debug_package_system *system, const char *path,
			  const char *build_id, char *ret, size_t n)
{
	char package[DEBUG_PACKAGE_SIZE], named[DEBUG_PACKAGE_SIZE + 8], codename[64];
	const struct distribution *distribution =
		distribution_of(system, codename, sizeof(codename));

	if (!is_here(path, build_id) || debug_package_owner(system->lists, path, package)) {
		snprintf(ret, n, "run a build that is not, or name a place of its debug file with "
				 "--debug-dir");
		distribution = NULL;
	} else if (has_named_package(package, named, sizeof(named))) {
		snprintf(ret, n, "apt install %s", named);
	} else {
		/* The others' debug packages are made by themselves, and have an archive of their
		 * own. */
		snprintf(named, sizeof(named), "%s-dbgsym", package);
		archive_remedy(system, distribution, codename, named, ret, n);
	}
	add_server(system, distribution, ret, n);
}

void debug_package_kernel_remedy(const struct debug_package_system *system, const char *release,
				 char *ret, size_t n)
{
	char codename[64], image[DEBUG_PACKAGE_SIZE + 16], package[DEBUG_PACKAGE_SIZE];
	const struct distribution *distribution =
		distribution_of(system, codename, sizeof(codename));

	snprintf(image, sizeof(image), "/boot/vmlinuz-%.*s", DEBUG_PACKAGE_SIZE - 1, release);
	if (!distribution || debug_package_owner(system->lists, image, package)) {
		snprintf(ret, n, "no package here has this kernel: name the place of its vmlinux with "
				 "--debug-dir");
		return;
	}
	snprintf(package, sizeof(package), distribution->kernel, release);
	/* Debian's is in the usual archive. */
	if (!strcmp(distribution->id, "debian"))
		snprintf(ret, n, "apt install %s", package);
	else
		archive_remedy(system, distribution, codename, package, ret, n);
}
