// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A symbolizer gives the same answers with a cache of names as without,
 * whatever is done to the cache and to the files in between.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/elf_file.h"
#include "symbolize/name_cache_module.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/own_cache.h"

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
static struct answers answers_of(struct own_cache *world, const char *name, const char *debug_dir,
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
	struct own_cache *world = *state;

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
	struct own_cache *world = *state;
	struct answers right = answers_of(world, place("whole"), NULL, 1), other;
	guard_free unsigned char *bytes = NULL;
	struct name_cache_header *header;
	struct stat st;
	FILE *file guard_fclose = fopen(own_cache_file(world), "r+");

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
	own_cache_change_byte(own_cache_file(world), 1000);
	assert_same(answers_of(world, place("whole"), NULL, 1), &right);
	assert_int_equal(unlink(own_cache_file(world)), 0);
	assert_same(answers_of(world, place("whole"), NULL, 1), &right);
	free(right.text);
}

/* Of a program with long functions and line tables few addresses are known, and then more. */
static void test_outlined_units(void **state)
{
	struct own_cache *world = *state;
	struct answers right = answers_of(NULL, "/proc/self/exe", NULL, 211);
	struct answers few = answers_of(NULL, "/proc/self/exe", NULL, 1999);

	assert_same(answers_of(world, "/proc/self/exe", NULL, 1999), &few);
	assert_same(answers_of(world, "/proc/self/exe", NULL, 211), &right);
	free(right.text);
	free(few.text);
}

static int count_answer(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	(void)index;
	*(size_t *)ctx += n && (!frames->name || *frames->name);
	return 0;
}

/* Whoever goes on asking does not fill the memory, and has all answers. */
static void test_very_many(void **state)
{
	enum { BATCH = 1 << 17, N_BATCHES = NAME_CACHE_FRESH_MAX / BATCH + 2 };
	struct own_cache *world = *state;
	const struct symbolizer_options options = {.cache = world->cache};
	guard_close int fd = open(place("whole"), O_RDONLY | O_CLOEXEC);
	const struct symbolizer_module module = {.fd = fd, .root_fd = -1};
	guard_free uint64_t *offsets = calloc(BATCH, sizeof(*offsets));
	struct name_cache_header header;
	FILE *file guard_fclose = NULL;
	struct symbolizer_opened *opened;
	struct symbolizer *symbolizer;
	size_t n = 0;

	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_open_module(symbolizer, &module, &opened), 0);
	for (uint64_t i = 0; i < N_BATCHES; i++) {
		for (uint64_t k = 0; k < BATCH; k++)
			offsets[k] = i * BATCH + k;
		assert_int_equal(symbolizer_resolve_opened(opened, offsets, BATCH, count_answer, &n,
							   NULL), 0);
	}
	symbolizer_close_module(opened);
	symbolizer_destroy(symbolizer);
	assert_int_equal(n, (size_t)BATCH * N_BATCHES);
	file = fopen(own_cache_file(world), "r");
	assert_non_null(file);
	assert_int_equal(fread(&header, 1, sizeof(header), file), sizeof(header));
	assert_int_equal(header.n_answers, NAME_CACHE_FRESH_MAX);
}

/* Names that find no room are left out and counted, and that is not what is kept. */
static void test_too_many_names(void **state)
{
	struct own_cache *world = *state;
	const struct symbolizer_options options = {.cache = world->cache, .max_names = 700};
	guard_close int fd = open(place("whole"), O_RDONLY | O_CLOEXEC);
	const struct symbolizer_module module = {.fd = fd, .root_fd = -1};
	struct symbolizer_debug debug;
	struct symbolizer *symbolizer;
	uint64_t offsets[1 << 14];
	char names[4][256];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++)
		offsets[i] = i;
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	assert_int_equal(symbolizer_resolve_module(symbolizer, &module, offsets,
						   sizeof(offsets) / sizeof(*offsets), count_answer,
						   &n, &debug),
			 0);
	symbolizer_destroy(symbolizer);
	assert_int_equal(n, sizeof(offsets) / sizeof(*offsets));
	assert_true(debug.n_names_refused > 0);
	assert_int_equal(own_cache_list(world, names, 4), 0);
}

/* Where the next addresses of a unit are looked for is really kept, and used. */
static void test_outlines_are_used(void **state)
{
	enum { FAR = 1000000 };
	struct own_cache *world = *state;
	struct answers right = answers_of(NULL, place("whole"), NULL, 1);
	guard_free unsigned char *bytes = NULL;
	struct dwarf_outline_row *rows;
	struct name_cache_header *header;
	struct stat st;
	FILE *file;

	free(answers_of(world, place("whole"), NULL, 7).text);
	file = fopen(own_cache_file(world), "r+");
	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	bytes = malloc(st.st_size);
	assert_int_equal(fread(bytes, 1, st.st_size, file), st.st_size);
	header = (struct name_cache_header *)bytes;
	assert_true(header->n_units && header->n_functions && header->n_rows);
	rows = (void *)(bytes + sizeof(*header) + header->n_answers * sizeof(uint64_t) +
			header->n_units * sizeof(struct dwarf_outline_unit) +
			header->n_functions * sizeof(struct dwarf_outline_function));
	for (uint32_t i = 0; i < header->n_rows; i++)
		rows[i].line += FAR;
	header->checksum = name_cache_checksum(header);
	rewind(file);
	assert_int_equal(fwrite(bytes, 1, st.st_size, file), st.st_size);
	fclose(file);
	assert_null(strstr(right.text, ":10000"));
	free(right.text);
	right = answers_of(world, place("whole"), NULL, 1);
	assert_non_null(strstr(right.text, ":10000"));
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
	struct own_cache *world = *state;
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
	struct own_cache *world = *state;
	struct answers right = answers_of(NULL, place("anonymous"), NULL, 1);
	char names[4][256];

	assert_same(answers_of(world, place("anonymous"), NULL, 1), &right);
	assert_int_equal(own_cache_list(world, names, 4), 0);
	free(right.text);
	/* Nor what has its debug file by nothing but a CRC. */
	right = answers_of(NULL, place("crc/program"), NULL, 1);
	assert_int_equal(right.debug.how, DEBUG_FILE_LINK);
	assert_same(answers_of(world, place("crc/program"), NULL, 1), &right);
	assert_int_equal(own_cache_list(world, names, 4), 0);
	free(right.text);
}

#define cached(test) cmocka_unit_test_setup_teardown(test, own_cache_setup, own_cache_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cached(test_same_answers),
		cached(test_answers_are_used),
		cached(test_outlined_units),
		cached(test_very_many),
		cached(test_too_many_names),
		cached(test_outlines_are_used),
		cached(test_debug_file_comes),
		cached(test_nothing_to_know_it_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
