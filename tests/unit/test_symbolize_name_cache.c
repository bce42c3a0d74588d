/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of names: what goes in comes out; what is damaged, another's,
 * outdated or too much counts as not there; and a symbolizer gives the same
 * answers with it as without, whatever is done to it in between.
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

static const uint8_t program[] = {1, 2, 3};

/* A directory for one test. */
struct world {
	char path[64];
	struct name_cache *cache;
};

static void open_cache(struct world *world, uint64_t max_bytes)
{
	struct name_cache_options options = {
		.dir_fd = open(world->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.program = program,
		.program_size = sizeof(program),
		.max_bytes = max_bytes,
	};

	name_cache_destroy(world->cache);
	world->cache = NULL;
	assert_true(options.dir_fd >= 0);
	assert_int_equal(name_cache_create(&options, &world->cache), 0);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->path, "/tmp/flametap-test-XXXXXX");
	if (!mkdtemp(world->path))
		return -1;
	open_cache(world, 0);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;
	char command[128];

	name_cache_destroy(world->cache);
	snprintf(command, sizeof(command), "rm -rf %s", world->path);
	free(world);
	return system(command);
}

/* Names of the files there, in no order; gives how many. */
static int list(const struct world *world, char names[][256], int max)
{
	DIR *dir guard_closedir = opendir(world->path);
	const struct dirent *item;
	int n = 0;

	assert_non_null(dir);
	while ((item = readdir(dir)))
		if (item->d_name[0] != '.' && n < max)
			snprintf(names[n++], 256, "%s", item->d_name);
	return n;
}

/* The one file there is. */
static const char *the_file(const struct world *world)
{
	static char path[512];
	char names[4][256];

	assert_int_equal(list(world, names, 4), 1);
	snprintf(path, sizeof(path), "%s/%s", world->path, names[0]);
	return path;
}

static struct name_cache_key make_key(const struct world *world, uint8_t which)
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

static int store(struct world *world, const struct name_cache_key *key, uint64_t n)
{
	guard(name_cache_table_deinit) struct name_cache_table table = {};

	fill(&table, n);
	return name_cache_store(world->cache, key, &table, NAME_CACHE_STRIPPED);
}

/* How many answers are there; -1: no entry. They must be the right ones. */
static int load(struct world *world, const struct name_cache_key *key)
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
	struct world *world = *state;
	struct name_cache_key a = make_key(world, 1), b = make_key(world, 2);
	struct stat st;

	assert_int_equal(load(world, &a), -1);
	assert_int_equal(store(world, &a, 1000), 0);
	assert_int_equal(load(world, &a), 1000);
	assert_int_equal(load(world, &b), -1);
	assert_int_equal(stat(the_file(world), &st), 0);
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
	struct world *world = *state;
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

static void change_byte(const char *path, off_t at)
{
	guard_close int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void test_damaged_file(void **state)
{
	struct world *world = *state;
	struct name_cache_key key = make_key(world, 1);
	char names[4][256];

	assert_int_equal(store(world, &key, 100), 0);
	change_byte(the_file(world), 700);
	assert_int_equal(load(world, &key), -1);
	assert_int_equal(list(world, names, 4), 0);
	assert_int_equal(store(world, &key, 100), 0);
	assert_int_equal(load(world, &key), 100);
	assert_int_equal(truncate(the_file(world), 0), 0);
	assert_int_equal(load(world, &key), -1);
}

/* What is not this user's own regular file is not even read. */
static void test_not_own(void **state)
{
	struct world *world = *state;
	struct name_cache_key key = make_key(world, 1);
	char path[512], aside[600];

	assert_int_equal(store(world, &key, 10), 0);
	strcpy(path, the_file(world));
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
	struct world *world = *state;
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
	assert_int_equal(list(world, names, 4), 1);
}

/* A disk that is full halfway; a directory that has gone. */
static void test_no_room(void **state)
{
	const struct rlimit little = {4096, RLIM_INFINITY};
	struct world *world = *state;
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
	the_file(world); /* and no temporary one */
	found = load(world, &key);
	assert_int_equal(found, 3);
	assert_int_equal(unlink(the_file(world)), 0);
	assert_int_equal(rmdir(world->path), 0);
	assert_int_equal(store(world, &key, 3), -ENOENT);
	assert_int_equal(load(world, &key), -1);
	assert_int_equal(mkdir(world->path, 0700), 0);
}

/* The oldest goes; what is not the cache's stays. */
static void test_bound(void **state)
{
	struct world *world = *state;
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
	open_cache(world, 5 * bytes + bytes / 2);
	key = make_key(world, 50);
	assert_int_equal(store(world, &key, 1000), 0);
	open_cache(world, 0);
	assert_int_equal(list(world, names, 40), 6);
	assert_int_equal(load(world, &key), 1000);
	for (int i = 0; i < 20; i++) {
		key = make_key(world, i);
		assert_int_equal(load(world, &key), !i || i > 16 ? 1000 : -1);
	}
	assert_int_equal(access(path, F_OK), 0);
}

/* All answers as text. */
struct answers {
	char *text;
	size_t size;
	FILE *stream;
	struct symbolizer_debug debug;
};

static int write_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct answers *answers = ctx;

	for (size_t i = 0; i < n; i++)
		fprintf(answers->stream, "%zu %s %s %s:%u %u %llx\n", index,
			frames[i].name ? frames[i].name : "?",
			frames[i].system_name ? frames[i].system_name : "?",
			frames[i].file ? frames[i].file : "?", frames[i].line, frames[i].start_line,
			(unsigned long long)frames[i].start);
	return 0;
}

static const char *place(const char *name)
{
	static char paths[4][4096];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", DEBUG_FIXTURES, name);
	return path;
}

/* Each step-th byte of a program's code, from a first one on, backwards. */
static struct answers answers_of(struct world *world, const char *name, const char *debug_dir,
				 unsigned int step)
{
	const struct symbolizer_options options = {
		.cache = world ? world->cache : NULL,
		.debug_dirs = &debug_dir,
		.n_debug_dirs = debug_dir != NULL,
	};
	guard_close int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct symbolizer_module module = {.fd = fd, .root_fd = -1};
	guard(elf_file_deinit) struct elf_file file = {};
	struct symbolizer *symbolizer;
	struct answers answers = {};
	VEC(uint64_t) offsets = {};

	assert_int_equal(elf_file_init(&file, fd), 0);
	vec_each(&file.by_offset, segment)
		for (uint64_t i = segment->size; i--;)
			if (i % step == 0)
				assert_int_equal(vec_push(&offsets, segment->offset + i), 0);
	assert_true(offsets.n > 50);
	answers.stream = open_memstream(&answers.text, &answers.size);
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_resolve_module(symbolizer, &module, offsets.data, offsets.n,
						   write_answer, &answers, &answers.debug),
			 0);
	symbolizer_destroy(symbolizer);
	fclose(answers.stream);
	vec_deinit(&offsets);
	return answers;
}

static void assert_same(struct answers a, const struct answers *b)
{
	assert_string_equal(a.text, b->text);
	assert_int_equal(a.debug.stripped, b->debug.stripped);
	assert_int_equal(a.debug.how, b->debug.how);
	assert_int_equal(a.debug.refused, b->debug.refused);
	free(a.text);
}

static void test_same_answers(void **state)
{
	static const char *const names[] = {"whole", "mini/program", "link/program", "other",
					    "dwz/a"};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct answers right = answers_of(NULL, place(names[i]), NULL, 1);
		struct answers half = answers_of(NULL, place(names[i]), NULL, 2);

		assert_same(answers_of(world, place(names[i]), NULL, 2), &half);
		/* Half of it is known. */
		assert_same(answers_of(world, place(names[i]), NULL, 1), &right);
		assert_same(answers_of(world, place(names[i]), NULL, 1), &right);
		assert_same(answers_of(world, place(names[i]), NULL, 2), &half);
		free(right.text);
		free(half.text);
	}
}

/* The cache is really asked: answers that were put there come out. */
static void test_answers_are_used(void **state)
{
	struct world *world = *state;
	struct answers right = answers_of(world, place("whole"), NULL, 1), other;
	guard_free unsigned char *bytes = NULL;
	struct name_cache_header *header;
	struct stat st;
	FILE *file guard_fclose = fopen(the_file(world), "r+");

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	bytes = malloc(st.st_size);
	assert_int_equal(fread(bytes, 1, st.st_size, file), st.st_size);
	header = (struct name_cache_header *)bytes;
	assert_true(header->strings_size > 100);
	for (size_t i = st.st_size - 50; i > (size_t)st.st_size - 60; i--)
		bytes[i] = bytes[i] ? '!' : 0;
	header->checksum = name_cache_checksum(header);
	rewind(file);
	assert_int_equal(fwrite(bytes, 1, st.st_size, file), st.st_size);
	fflush(file);
	other = answers_of(world, place("whole"), NULL, 1);
	assert_non_null(strstr(other.text, "!!"));
	free(other.text);
	change_byte(the_file(world), 1000);
	assert_same(answers_of(world, place("whole"), NULL, 1), &right);
	assert_int_equal(unlink(the_file(world)), 0);
	assert_same(answers_of(world, place("whole"), NULL, 1), &right);
	free(right.text);
}

static void copy(const char *from, const char *to)
{
	char command[8192];

	snprintf(command, sizeof(command), "cp --preserve=timestamps %s %s", from, to);
	assert_int_equal(system(command), 0);
}

/* No name known is an answer only as long as there is no debug file. */
static void test_debug_file_comes(void **state)
{
	struct world *world = *state;
	char dir[128], program_path[160], debug[160];
	struct answers none, right, whole;

	snprintf(dir, sizeof(dir), "%s/.d", world->path);
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(program_path, sizeof(program_path), "%s/program", dir);
	snprintf(debug, sizeof(debug), "%s/program.debug", dir);
	copy(place("ids/program"), program_path);
	none = answers_of(NULL, program_path, dir, 1);
	assert_true(none.debug.stripped);
	assert_same(answers_of(world, program_path, dir, 1), &none);
	assert_same(answers_of(world, program_path, dir, 1), &none);
	copy(place("whole.debug"), debug);
	right = answers_of(NULL, program_path, dir, 1);
	assert_false(right.debug.stripped);
	assert_string_not_equal(right.text, none.text);
	assert_same(answers_of(world, program_path, dir, 1), &right);
	assert_same(answers_of(world, program_path, dir, 1), &right);
	assert_int_equal(unlink(debug), 0);
	assert_same(answers_of(world, program_path, dir, 1), &none);
	/* The same build-id, and symbols of its own. */
	copy(place("whole"), program_path);
	whole = answers_of(NULL, program_path, dir, 1);
	assert_same(answers_of(world, program_path, dir, 1), &whole);
	free(none.text);
	free(right.text);
	free(whole.text);
}

/* What has no build-id leaves nothing behind. */
static void test_nothing_to_know_it_by(void **state)
{
	struct world *world = *state;
	struct answers right = answers_of(NULL, place("anonymous"), NULL, 1);
	char names[4][256];

	assert_same(answers_of(world, place("anonymous"), NULL, 1), &right);
	assert_int_equal(list(world, names, 4), 0);
	free(right.text);
	/* Nor what has its debug file by nothing but a CRC. */
	right = answers_of(NULL, place("crc/program"), NULL, 1);
	assert_int_equal(right.debug.how, DEBUG_FILE_LINK);
	assert_same(answers_of(world, place("crc/program"), NULL, 1), &right);
	assert_int_equal(list(world, names, 4), 0);
	free(right.text);
}

#define cached(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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
		cached(test_same_answers),
		cached(test_answers_are_used),
		cached(test_debug_file_comes),
		cached(test_nothing_to_know_it_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
