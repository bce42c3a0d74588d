/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of names: what goes in comes out; what is damaged, another's,
 * outdated or too much counts as not there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/elf_file.h"
#include "symbolize/name_cache.h"
#include "symbolize/name_cache_table.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/own_cache.h"

static struct name_cache_key make_key(const struct own_cache *world, uint8_t which)
{
	struct name_cache_key key;

	name_cache_begin_key(world->cache, &key);
	key.module.build_id[0] = which;
	key.module.build_id_size = 20;
	return key;
}

/* n answers, in no order; offset i has i % 3 + 1 frames. */
static void fill(struct name_cache_table *table, uint64_t n)
{
	static const char *const names[] = {"main", "inner(int)", "innermost", NULL};
	static const char *const files[] = {"a.c", NULL, "/usr/include/b.h"};

	for (uint64_t i = n; i--;) {
		struct symbol_frame frames[3] = {};
		size_t n_frames = i % 3 + 1;

		for (size_t k = 0; k < n_frames; k++)
			frames[k] = (struct symbol_frame){
				.name = names[(i + k) % 4],
				.system_name = names[(i + k) % 4],
				.file = files[k],
				.line = i * 10 + k,
				.start_line = k,
				.start = k ? i / 10 * 1000 : UINT64_MAX,
			};
		assert_int_equal(name_cache_table_add(table, i * 7, frames, n_frames), 0);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is_filled(const struct name_cache_entry *entry, uint64_t n)
{
	guard(name_cache_table_deinit) struct name_cache_table table = {};
	uint32_t answer, other;

	fill(&table, n);
	if (entry->header->n_answers != n)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct name_cache_walk walk, right;
		struct symbol_frame a, b;

		assert_false(name_cache_entry_find(entry, i * 7 + 1, &answer));
		if (!name_cache_entry_find(entry, i * 7, &answer) ||
		    !name_cache_table_find(&table, i * 7, &other))
			return false;
		walk = name_cache_entry_walk(entry, answer);
		right = name_cache_table_walk(&table, other);
		while (name_cache_table_next(&table, &right, &b))
			if (!name_cache_entry_next(entry, &walk, &a) ||
			    !same_text(a.name, b.name) || !same_text(a.file, b.file) ||
			    !same_text(a.system_name, b.system_name) || a.line != b.line ||
			    a.start_line != b.start_line || a.start != b.start)
				return false;
		if (name_cache_entry_next(entry, &walk, &a))
			return false;
	}
	return true;
}

static int store(struct own_cache *world, const struct name_cache_key *key, uint64_t n)
{
	guard(name_cache_table_deinit) struct name_cache_table table = {};

	fill(&table, n);
	return name_cache_store(world->cache, key, &table, NAME_CACHE_STRIPPED);
}

/* How many answers are there; -1: no entry. They must be the right ones. */
static int load(struct own_cache *world, const struct name_cache_key *key)
{
	guard(name_cache_entry_deinit) struct name_cache_entry entry = {};
	int err = name_cache_load(world->cache, key, &entry);

	if (err) {
		assert_int_equal(err, -ENOENT);
		return -1;
	}
	assert_int_equal(entry.header->flags, NAME_CACHE_STRIPPED);
	assert_true(is_filled(&entry, entry.header->n_answers));
	return entry.header->n_answers;
}

static void test_there_and_back(void **state)
{
	struct own_cache *world = *state;
	struct name_cache_key a = make_key(world, 1), b = make_key(world, 2);
	struct stat st;

	assert_int_equal(load(world, &a), -1);
	assert_int_equal(store(world, &a, 1000), 0);
	assert_int_equal(load(world, &a), 1000);
	assert_int_equal(load(world, &b), -1);
	assert_int_equal(stat(own_cache_file(world), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store(world, &a, 10), 0);
	assert_int_equal(load(world, &a), 10);
	assert_int_equal(store(world, &b, 0), 0);
	assert_int_equal(load(world, &b), 0);
	assert_int_equal(name_cache_error(world->cache), 0);
}

/* Whatever a key is made of tells it from others. */
static void test_keys(void **state)
{
	struct own_cache *world = *state;
	struct name_cache_key key = make_key(world, 1);

	assert_int_equal(store(world, &key, 3), 0);
	for (size_t i = 0; i < sizeof(key); i++) {
		struct name_cache_key other = key;

		((unsigned char *)&other)[i] ^= 1;
		assert_int_equal(load(world, &other), -1);
	}
	assert_int_equal(load(world, &key), 3);
}

static void make_bytes(const struct name_cache_key *key, uint64_t n, unsigned char **ret,
		       size_t *ret_size)
{
	guard(name_cache_table_deinit) struct name_cache_table table = {};

	fill(&table, n);
	assert_int_equal(name_cache_table_bytes(&table, key, NAME_CACHE_STRIPPED, ret, ret_size), 0);
}

static int init_copy(struct name_cache_entry *entry, const unsigned char *bytes, size_t size,
		     const struct name_cache_key *key)
{
	/* Exactly as much, so that a sanitizer sees each byte too many that is read. */
	unsigned char *copy = malloc(size ? size : 1);

	memcpy(copy, bytes, size);
	return name_cache_entry_init(entry, copy, size, key);
}

static void test_damaged(void **state)
{
	struct name_cache_key key = make_key(*state, 1);
	guard_free unsigned char *bytes = NULL;
	struct name_cache_entry entry;
	size_t size;

	make_bytes(&key, 5, &bytes, &size);
	assert_int_equal(init_copy(&entry, bytes, size, &key), 0);
	name_cache_entry_deinit(&entry);
	for (size_t i = 0; i < size; i++)
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] ^= 1 << bit;
			assert_int_equal(init_copy(&entry, bytes, size, &key), -EBADMSG);
			bytes[i] ^= 1 << bit;
		}
	for (size_t i = 0; i < size; i++)
		assert_int_equal(init_copy(&entry, bytes, i, &key), -EBADMSG);
	bytes = realloc(bytes, size + 8);
	memset(bytes + size, 0, 8);
	assert_int_equal(init_copy(&entry, bytes, size + 8, &key), -EBADMSG);
}

/* Numbers that lead out of the file, under a checksum that is right. */
static void test_forged(void **state)
{
	static const uint32_t values[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	struct name_cache_key key = make_key(*state, 1);
	guard_free unsigned char *bytes = NULL;
	struct name_cache_header *header;
	size_t size, n_taken = 0;

	make_bytes(&key, 20, &bytes, &size);
	header = (struct name_cache_header *)bytes;
	for (size_t i = offsetof(struct name_cache_header, flags); i < size; i += sizeof(uint32_t)) {
		uint32_t before;

		if (i == offsetof(struct name_cache_header, key))
			i = sizeof(*header);
		memcpy(&before, bytes + i, sizeof(before));
		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
			struct name_cache_entry entry;
			struct name_cache_walk walk;
			struct symbol_frame frame;

			memcpy(bytes + i, &values[k], sizeof(*values));
			header->checksum = name_cache_checksum(header);
			if (init_copy(&entry, bytes, size, &key))
				continue;
			n_taken++;
			for (uint32_t answer = 0; answer < entry.header->n_answers; answer++)
				for (walk = name_cache_entry_walk(&entry, answer);
				     name_cache_entry_next(&entry, &walk, &frame);)
					n_taken += frame.name && strlen(frame.name) > size;
			name_cache_entry_deinit(&entry);
		}
		memcpy(bytes + i, &before, sizeof(before));
	}
	assert_true(n_taken > 0);
}

static void test_other_version(void **state)
{
	struct name_cache_key key = make_key(*state, 1);
	guard_free unsigned char *bytes = NULL;
	struct name_cache_header *header;
	struct name_cache_entry entry;
	size_t size;

	make_bytes(&key, 5, &bytes, &size);
	header = (struct name_cache_header *)bytes;
	header->version++;
	header->checksum = name_cache_checksum(header);
	assert_int_equal(init_copy(&entry, bytes, size, &key), -ENOENT);
}

static void test_damaged_file(void **state)
{
	struct own_cache *world = *state;
	struct name_cache_key key = make_key(world, 1);
	char names[4][256];

	assert_int_equal(store(world, &key, 100), 0);
	own_cache_change_byte(own_cache_file(world), 700);
	assert_int_equal(load(world, &key), -1);
	assert_int_equal(own_cache_list(world, names, 4), 0);
	assert_int_equal(store(world, &key, 100), 0);
	assert_int_equal(load(world, &key), 100);
	assert_int_equal(truncate(own_cache_file(world), 0), 0);
	assert_int_equal(load(world, &key), -1);
}

/* What is not this user's own regular file is not even read. */
static void test_not_own(void **state)
{
	struct own_cache *world = *state;
	struct name_cache_key key = make_key(world, 1);
	char path[512], aside[600];

	assert_int_equal(store(world, &key, 10), 0);
	strcpy(path, own_cache_file(world));
	snprintf(aside, sizeof(aside), "%s/aside", world->path);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(load(world, &key), -1);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(load(world, &key), 10);
	if (!geteuid()) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(load(world, &key), -1);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink("aside", path), 0);
	assert_int_equal(load(world, &key), -1);
	/* The link goes; what it leads to stays as it is. */
	assert_int_equal(store(world, &key, 3), 0);
	assert_int_equal(load(world, &key), 3);
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(load(world, &key), 10);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load(world, &key), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(load(world, &key), -1);
	assert_true(store(world, &key, 3) < 0);
	assert_int_equal(rmdir(path), 0);
}

static void test_two_writers(void **state)
{
	struct own_cache *world = *state;
	struct name_cache_key key = make_key(world, 1);
	char names[4][256];
	pid_t children[2];
	int n = 0, status;

	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (!children[i]) {
			for (int k = 0; k < 200; k++)
				if (store(world, &key, i ? 2000 : 3))
					_exit(1);
			_exit(0);
		}
	}
	while (waitpid(children[0], &status, WNOHANG) != children[0]) {
		int found = load(world, &key);

		assert_true(found == -1 || found == 3 || found == 2000);
		assert_true(found != -1 || !n);
		n += found != -1;
	}
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(children[1], &status, 0), children[1]);
	assert_int_equal(status, 0);
	assert_true(load(world, &key) > 0);
	assert_int_equal(own_cache_list(world, names, 4), 1);
}

/* A disk that is full halfway; a directory that has gone. */
static void test_no_room(void **state)
{
	const struct rlimit little = {4096, RLIM_INFINITY};
	struct own_cache *world = *state;
	struct name_cache_key key = make_key(world, 1);
	struct rlimit before;
	int found, err;

	assert_int_equal(store(world, &key, 3), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	err = store(world, &key, 10000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(name_cache_error(world->cache), -EFBIG);
	own_cache_file(world); /* and no temporary one */
	found = load(world, &key);
	assert_int_equal(found, 3);
	assert_int_equal(unlink(own_cache_file(world)), 0);
	assert_int_equal(rmdir(world->path), 0);
	assert_int_equal(store(world, &key, 3), -ENOENT);
	assert_int_equal(load(world, &key), -1);
	assert_int_equal(mkdir(world->path, 0700), 0);
}

/* The oldest goes; what is not the cache's stays. */
static void test_bound(void **state)
{
	struct own_cache *world = *state;
	char names[40][256], path[512];
	struct name_cache_key key;
	uint64_t bytes = 0;
	struct stat st;

	snprintf(path, sizeof(path), "%s/mine", world->path);
	close(open(path, O_CREAT | O_CLOEXEC, 0600));
	for (int i = 0; i < 20; i++) {
		char made[512];
		const struct timespec times[2] = {{1000 + i, 0}, {1000 + i, 0}};

		key = make_key(world, i);
		assert_int_equal(store(world, &key, 1000), 0);
		snprintf(made, sizeof(made), "%s/%016llx.names", world->path,
			 (unsigned long long)hash_bytes(&key, sizeof(key)));
		assert_int_equal(stat(made, &st), 0);
		bytes = (st.st_size + 4095) / 4096 * 4096;
		assert_int_equal(utimensat(AT_FDCWD, made, times, 0), 0);
	}
	/* Asked for, and so no longer the oldest. */
	key = make_key(world, 0);
	assert_int_equal(load(world, &key), 1000);
	own_cache_open(world, 5 * bytes + bytes / 2);
	key = make_key(world, 50);
	assert_int_equal(store(world, &key, 1000), 0);
	own_cache_open(world, 0);
	assert_int_equal(own_cache_list(world, names, 40), 6);
	assert_int_equal(load(world, &key), 1000);
	for (int i = 0; i < 20; i++) {
		key = make_key(world, i);
		assert_int_equal(load(world, &key), !i || i > 16 ? 1000 : -1);
	}
	assert_int_equal(access(path, F_OK), 0);
}

#define cached(test) cmocka_unit_test_setup_teardown(test, own_cache_setup, own_cache_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cached(test_there_and_back),
		cached(test_keys),
		cached(test_damaged),
		cached(test_forged),
		cached(test_other_version),
		cached(test_damaged_file),
		cached(test_not_own),
		cached(test_two_writers),
		cached(test_no_room),
		cached(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
