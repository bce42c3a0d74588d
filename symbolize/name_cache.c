// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys come in, and with them answers to be kept; entries that were checked go
 * out. Files are written under another name and renamed.
 */
#include "symbolize/name_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/hash.h"
#include "symbolize/name_cache_table.h"

enum {
	NAME_SIZE = 64,
	BLOCK = 4096, /* what a file takes at least */
	/* What is read again is as good as new, but not written at each reading. */
	TOUCH_AFTER_S = 600,
};

struct name_cache {
	int dir_fd;
	uint64_t max_bytes;
	uint8_t program[NAME_CACHE_ID_SIZE];
	_Atomic int error;
	_Atomic bool written;
};

int name_cache_create(const struct name_cache_options *options, struct name_cache **ret)
{
	guard_close int dir_fd = options->dir_fd;
	struct name_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->max_bytes = options->max_bytes ? options->max_bytes : NAME_CACHE_MAX;
	memcpy(cache->program, options->program, options->program_size);
	cache->dir_fd = take_fd(dir_fd);
	*ret = cache;
	return 0;
}

int name_cache_error(const struct name_cache *cache)
{
	return atomic_load(&cache->error);
}

void name_cache_begin_key(const struct name_cache *cache, struct name_cache_key *key)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->program, cache->program, sizeof(key->program));
}

/* "0123456789abcdef.names": the key itself is in the file. */
static void file_name(const struct name_cache_key *key, char ret[NAME_SIZE])
{
	snprintf(ret, NAME_SIZE, "%016" PRIx64 ".names", hash_bytes(key, sizeof(*key)));
}

/* A regular file of this user's own that nobody else may write to. */
static bool is_own(int fd, struct stat *st)
{
	return !fstat(fd, st) && S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	       !(st->st_mode & 022);
}

static void touch(int fd, const struct stat *st)
{
	struct timespec now;

	if (!clock_gettime(CLOCK_REALTIME, &now) &&
	    now.tv_sec - st->st_mtim.tv_sec > TOUCH_AFTER_S)
		(void)!futimens(fd, NULL);
}

static int read_all(int fd, unsigned char *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(fd, to + done, size - done, done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return 0;
}

int name_cache_load(struct name_cache *cache, const struct name_cache_key *key,
		    struct name_cache_entry *ret)
{
	guard_free unsigned char *bytes = NULL;
	guard_close int fd = -1;
	char name[NAME_SIZE];
	struct stat st;
	int err;

	file_name(key, name);
	fd = openat(cache->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || !is_own(fd, &st))
		return -ENOENT;
	if (st.st_size > NAME_CACHE_ENTRY_MAX) {
		unlinkat(cache->dir_fd, name, 0);
		return -ENOENT;
	}
	bytes = malloc(st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	if (read_all(fd, bytes, st.st_size))
		return -ENOENT;
	err = name_cache_entry_init(ret, take_ptr(bytes), st.st_size, key);
	if (!err)
		touch(fd, &st);
	if (err == -EBADMSG)
		unlinkat(cache->dir_fd, name, 0);
	return err ? -ENOENT : 0;
}

static int write_all(int fd, const unsigned char *from, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, from + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

static int write_file(struct name_cache *cache, const char *name, const unsigned char *bytes,
		      size_t size)
{
	guard_close int fd = -1;
	char temporary[NAME_SIZE];
	uint64_t number;
	int err;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(temporary, sizeof(temporary), "%016" PRIx64 ".new", number);
	fd = openat(cache->dir_fd, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, bytes, size);
	/* Network file systems tell of a full disk only here. Nothing is synced: what a crash has
	 * left half written shows by its checksum. */
	if (close(take_fd(fd)) && !err)
		err = -errno;
	if (!err && renameat(cache->dir_fd, temporary, cache->dir_fd, name))
		err = -errno;
	if (err)
		unlinkat(cache->dir_fd, temporary, 0);
	return err;
}

int name_cache_store(struct name_cache *cache, const struct name_cache_key *key,
		     struct name_cache_table *table, uint32_t flags)
{
	guard_free unsigned char *bytes = NULL;
	char name[NAME_SIZE];
	size_t size;
	int err = name_cache_table_bytes(table, key, flags, &bytes, &size);

	file_name(key, name);
	if (!err)
		err = write_file(cache, name, bytes, size);
	if (err)
		atomic_store(&cache->error, err);
	else
		atomic_store(&cache->written, true);
	return err;
}

struct found {
	char name[NAME_SIZE];
	uint64_t bytes;
	struct timespec mtime;
};

struct found_list {
	VEC(struct found) files;
	uint64_t bytes;
};

static int compare_age(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->mtime.tv_sec != y->mtime.tv_sec)
		return x->mtime.tv_sec < y->mtime.tv_sec ? -1 : 1;
	if (x->mtime.tv_nsec != y->mtime.tv_nsec)
		return x->mtime.tv_nsec < y->mtime.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Only what flametap has put there: 16 digits and ".names", or ".new" where it was killed. */
static bool is_ours(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");

	return digits == 16 && (!strcmp(name + digits, ".names") || !strcmp(name + digits, ".new"));
}

static int list_files(DIR *dir, struct found_list *ret)
{
	const struct dirent *item;

	while ((item = readdir(dir))) {
		struct found found;
		struct stat st;

		if (!is_ours(item->d_name) ||
		    fstatat(dirfd(dir), item->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		memcpy(found.name, item->d_name, strlen(item->d_name) + 1);
		found.bytes = ((uint64_t)st.st_size + BLOCK - 1) / BLOCK * BLOCK;
		found.mtime = st.st_mtim;
		if (vec_push(&ret->files, found))
			return -ENOMEM;
		ret->bytes += found.bytes;
	}
	return 0;
}

static void trim(struct name_cache *cache)
{
	int fd = openat(cache->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir guard_closedir = fd >= 0 ? fdopendir(fd) : NULL;
	struct found_list list = {};

	if (!dir && fd >= 0)
		close(fd);
	if (dir && !list_files(dir, &list) && list.bytes > cache->max_bytes) {
		qsort(list.files.data, list.files.n, sizeof(struct found), compare_age);
		for (size_t i = 0; i < list.files.n && list.bytes > cache->max_bytes; i++)
			if (!unlinkat(cache->dir_fd, list.files.data[i].name, 0))
				list.bytes -= list.files.data[i].bytes;
	}
	vec_deinit(&list.files);
}

void name_cache_destroy(struct name_cache *cache)
{
	if (!cache)
		return;
	if (atomic_load(&cache->written))
		trim(cache);
	close(cache->dir_fd);
	free(cache);
}
