// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The environment and the user database come in; a directory that is this
 * user's own and nobody else's to write to goes out, or a word on why not.
 *
 * Root does not believe what the environment says of its home, and goes
 * through no symbolic link to get where XDG_CACHE_HOME leads: sudo -E and su
 * leave both as an ordinary user has set them.
 */
#include "profiler/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/guard.h"
#include "profiler/message.h"
#include "symbolize/name_cache.h"
#include "symbolize/symbolizer.h"

struct place {
	char path[PATH_MAX];
	bool doubtful; /* root got it from the environment */
};

static int open_directory(int at_fd, const char *path, bool doubtful)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = doubtful ? RESOLVE_NO_SYMLINKS : 0,
	};
	int fd = doubtful ? (int)syscall(SYS_openat2, at_fd, path, &how, sizeof(how)) :
			    openat(at_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* -EACCES if it is another's, or if strictly others may write to it. */
static int check_own(int fd, bool strictly)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return st.st_uid == geteuid() && !(strictly && st.st_mode & 022) ? 0 : -EACCES;
}

/* Makes the last directory of a path, in one of this user's own. */
static int make_last(const struct place *place)
{
	char parent[PATH_MAX];
	guard_close int fd = -1;
	char *slash;
	int err;

	strcpy(parent, place->path);
	slash = strrchr(parent, '/');
	*slash = '\0';
	fd = open_directory(AT_FDCWD, slash == parent ? "/" : parent, place->doubtful);
	if (fd < 0)
		return fd;
	err = check_own(fd, place->doubtful);
	if (!err && mkdirat(fd, slash + 1, 0700) && errno != EEXIST)
		err = -errno;
	return err;
}

/* A descriptor of "flametap" in a place, made if need be, or a negative errno. */
static int open_in(const struct place *place)
{
	guard_close int parent = open_directory(AT_FDCWD, place->path, place->doubtful);
	guard_close int fd = -1;
	int err;

	if (parent == -ENOENT) {
		err = make_last(place);
		if (err)
			return err;
		parent = open_directory(AT_FDCWD, place->path, place->doubtful);
	}
	if (parent < 0)
		return parent;
	err = check_own(parent, geteuid() == 0);
	if (err)
		return err;
	if (mkdirat(parent, "flametap", 0700) && errno != EEXIST)
		return -errno;
	fd = openat(parent, "flametap", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = check_own(fd, true);
	return err ? err : take_fd(fd);
}

static bool set_place(struct place *place, const char *directory, const char *rest, bool doubtful)
{
	size_t n = directory ? strlen(directory) : 0;

	place->doubtful = doubtful;
	while (n > 1 && directory[n - 1] == '/')
		n--;
	return n && directory[0] == '/' &&
	       snprintf(place->path, sizeof(place->path), "%.*s%s", (int)n, directory, rest) <
		       (int)sizeof(place->path);
}

/* A descriptor or a negative errno. The place it is about is filled in any case. */
static int open_place(struct place *place)
{
	bool root = geteuid() == 0;
	const char *home = getenv("HOME");
	int err = -ENOENT;

	if (set_place(place, getenv("XDG_CACHE_HOME"), "", root)) {
		err = open_in(place);
		if (err >= 0 || !root)
			return err;
	}
	if (root) {
		const struct passwd *entry = getpwuid(0);

		home = entry ? entry->pw_dir : NULL;
	}
	if (set_place(place, home, "/.cache", false))
		return open_in(place);
	strcpy(place->path, "~/.cache");
	return err;
}

/* What this program knows another version of it may not: its build-id, or what stands for it. */
static int identify_program(uint8_t ret[NAME_CACHE_ID_SIZE], size_t *ret_size)
{
	guard_close int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf_info info;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!elf_info_read(fd, &info) && info.build_id_size &&
	    info.build_id_size <= NAME_CACHE_ID_SIZE) {
		memcpy(ret, info.build_id, info.build_id_size);
		*ret_size = info.build_id_size;
		return 0;
	}
	*ret_size = (size_t)snprintf((char *)ret, NAME_CACHE_ID_SIZE, "%s %llx %llx %lx",
				     FLAMETAP_VERSION, (unsigned long long)st.st_size,
				     (unsigned long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return *ret_size < NAME_CACHE_ID_SIZE ? 0 : -EOVERFLOW;
}

int cache_open(bool verbose, struct name_cache **ret)
{
	uint8_t program[NAME_CACHE_ID_SIZE];
	struct name_cache_options options = {.program = program};
	struct place place = {.path = "/proc/self/exe"};
	int err = identify_program(program, &options.program_size);

	*ret = NULL;
	if (!err) {
		options.dir_fd = open_place(&place);
		err = options.dir_fd < 0 ? options.dir_fd : name_cache_create(&options, ret);
	}
	if (err == -ENOMEM)
		return err;
	if (err && verbose)
		message("%s/flametap: %s; names are not kept for the next time, give a directory "
			"of your own in XDG_CACHE_HOME", place.path, strerror(-err));
	return 0;
}

void cache_close(struct name_cache *cache, bool verbose)
{
	int err = cache ? name_cache_error(cache) : 0;

	name_cache_destroy(cache);
	if (err && verbose)
		message("the cache of names cannot be written: %s; what is in it is used all the "
			"same, make room there, or give --no-cache", strerror(-err));
}
