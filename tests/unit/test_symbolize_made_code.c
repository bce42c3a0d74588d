/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of code made at run time: perf maps and jitdumps as runtimes write
 * them, and as nobody should. What is right is how the text is written.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/jitdump.h"
#include "symbolize/perf_map.h"
#include "tests/unit/cpu_time.h"

enum { N_WANTED = 16 };

/* 0x1000, 0x1010, ... 0x10f0 */
static int setup(void **state)
{
	struct code_names *names = malloc(sizeof(*names));

	if (!names || code_names_init(names))
		return -1;
	for (uint64_t i = 0; i < N_WANTED; i++)
		assert_int_equal(code_names_want(names, 0x10f0 - i * 0x10), 0);
	assert_int_equal(code_names_want(names, 0x1000), 0); /* twice */
	assert_int_equal(code_names_begin(names), 0);
	assert_int_equal(names->n_open, N_WANTED);
	*state = names;
	return 0;
}

static int teardown(void **state)
{
	code_names_deinit(*state);
	free(*state);
	return 0;
}

/* NULL: it has none. */
static const char *name_of(struct code_names *names, uint64_t address)
{
	struct demangled_name name;

	return code_names_find(names, address, &name) ? name.name : NULL;
}

static struct perf_map_counts parse(struct code_names *names, const char *text)
{
	struct perf_map_counts counts = {};
	size_t rest;

	assert_int_equal(perf_map_parse(text, strlen(text), true, names, &counts, &rest), 0);
	return counts;
}

static void test_forms_of_lines(void **state)
{
	struct code_names *names = *state;
	struct perf_map_counts counts =
		parse(names, "1000 10 plain\n"
			     "0x0000000000001010 0x00000010 with a prefix and blanks (of Java's)\n"
			     "1020 10 LazyCompile:~f /a b/c.js:1:2\r\n"
			     "\t1030 10 no number first\n"
			     "1040\t10\ttabs\n"
			     "1050 10 _ZN3foo3barEi\n"
			     "1060 10\n"
			     "1070 10 \n"
			     "1080 xyz bad\n"
			     "11111111111111111 10 too long a number\n"
			     "FFFFFFFFFFFFFFF0 ffffffffffffffff around the end\n"
			     "1090 0 nothing\n"
			     "\n"
			     "garbage\n"
			     "10a0 10 a;semicolon \xff and what is no UTF-8\n"
			     "10b0 10 half of a li");

	assert_string_equal(name_of(names, 0x1000), "plain");
	assert_string_equal(name_of(names, 0x1010), "with a prefix and blanks (of Java's)");
	assert_string_equal(name_of(names, 0x1020), "LazyCompile:~f /a b/c.js:1:2");
	assert_null(name_of(names, 0x1030));
	assert_string_equal(name_of(names, 0x1040), "tabs");
	assert_string_equal(name_of(names, 0x1050), "foo::bar(int)");
	assert_null(name_of(names, 0x1060));
	assert_null(name_of(names, 0x1070));
	assert_null(name_of(names, 0x1080));
	assert_null(name_of(names, 0x1090));
	assert_string_equal(name_of(names, 0x10a0), "a;semicolon \xff and what is no UTF-8");
	assert_null(name_of(names, 0x10b0));
	assert_null(name_of(names, 0x1005)); /* nobody asked */
	assert_int_equal(counts.n_lines, 15);
	assert_int_equal(counts.n_bad, 7);
}

static void test_last_line_holds(void **state)
{
	struct code_names *names = *state;

	parse(names, "1000 100 whole\n"
		     "1020 20 first of two\n"
		     "1030 20 overlaps its end\n"
		     "1080 10 gone\n"
		     "1080 10 came again\n"
		     "10f0 ffffffffffffffff to the end of all\n");
	assert_string_equal(name_of(names, 0x1000), "whole");
	assert_string_equal(name_of(names, 0x1020), "first of two");
	assert_string_equal(name_of(names, 0x1030), "overlaps its end");
	assert_string_equal(name_of(names, 0x1040), "overlaps its end");
	assert_string_equal(name_of(names, 0x1050), "whole");
	assert_string_equal(name_of(names, 0x1080), "came again");
	assert_string_equal(name_of(names, 0x10f0), "to the end of all");
	assert_int_equal(names->n_open, 0);
}

static int file_of(const void *bytes, size_t size)
{
	int fd = memfd_create("test", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

/* Lines across the borders of blocks, one of which is larger than a block. */
static void test_files(void **state)
{
	struct code_names *names = *state;
	struct perf_map_counts counts = {};
	size_t size = 3 * PERF_MAP_BLOCK + 12345, at;
	guard_free char *text = malloc(size + 64);
	guard_close int fd = -1;

	at = sprintf(text, "1000 10 the first\n1010 10 overwritten later\n1020 10 ");
	memset(text + at, 'x', PERF_MAP_BLOCK + 10);
	at += PERF_MAP_BLOCK + 10;
	at += sprintf(text + at, "\n1030 10 behind the long one\n");
	for (int i = 0; at < size - 40; i++)
		at += sprintf(text + at, "%x 8 unasked %d\n", 0x100000 + 16 * i, i);
	at += sprintf(text + at, "1010 10 the last\n");
	fd = file_of(text, at);
	assert_int_equal(perf_map_read(fd, PERF_MAP_MAX, names, &counts), 0);
	assert_string_equal(name_of(names, 0x1000), "the first");
	assert_string_equal(name_of(names, 0x1010), "the last");
	assert_null(name_of(names, 0x1020));
	assert_string_equal(name_of(names, 0x1030), "behind the long one");
	assert_int_equal(counts.n_unread, 0);
	assert_int_equal(counts.n_bad, 0);
}

/* Only its end is read, and only until nothing is wanted any more. */
static void test_bound(void **state)
{
	struct code_names *names = *state;
	struct perf_map_counts counts = {};
	guard_close int fd = file_of("1000 10 at the beginning\n", 25);

	assert_int_equal(ftruncate(fd, 2ULL << 30), 0);
	assert_int_equal(pwrite(fd, "\n1010 10 end\n", 13, (2ULL << 30) - 13), 13);
	assert_int_equal(perf_map_read(fd, 8 << 20, names, &counts), 0);
	assert_null(name_of(names, 0x1000));
	assert_string_equal(name_of(names, 0x1010), "end");
	assert_int_equal(counts.n_unread, (2ULL << 30) - (8 << 20));
	/* A block is read again from where a line begins in it. */
	assert_in_range(counts.n_read, 8 << 20, 16 << 20);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(perf_map_read(fd, 8 << 20, names, &counts), 0);
}

/* A million lines that all cover everything: each name is given once. */
static void test_covers_all(void **state)
{
	struct code_names *names = *state;
	struct perf_map_counts counts = {};
	double start;
	const size_t n = 1000000, line = strlen("0 fffffffffffff a\n");
	guard_free char *text = malloc(n * line + 1);
	guard_close int fd = -1;

	code_names_clear(names);
	for (uint64_t i = 0; i < 100000; i++)
		assert_int_equal(code_names_want(names, i), 0);
	assert_int_equal(code_names_want(names, UINT64_MAX), 0); /* never found */
	assert_int_equal(code_names_begin(names), 0);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * line, "0 fffffffffffff a\n", line);
	fd = file_of(text, n * line);
	start = cpu_seconds();
	assert_int_equal(perf_map_read(fd, PERF_MAP_MAX, names, &counts), 0);
	assert_int_equal(counts.n_lines, n);
	assert_int_equal(names->n_open, 1);
	assert_cpu_seconds_since(start, 5);
}

struct dump {
	unsigned char bytes[4096];
	size_t n;
};

static void put(struct dump *dump, const void *bytes, size_t n)
{
	memcpy(dump->bytes + dump->n, bytes, n);
	dump->n += n;
}

static void put_u32(struct dump *dump, uint32_t value)
{
	put(dump, &value, sizeof(value));
}

static void put_u64(struct dump *dump, uint64_t value)
{
	put(dump, &value, sizeof(value));
}

static void put_head(struct dump *dump)
{
	put_u32(dump, 0x4a695444);
	put_u32(dump, 1);
	put_u32(dump, 40);
	put_u32(dump, 62);
	put_u32(dump, 0);
	put_u32(dump, 4711);
	put_u64(dump, 1);
	put_u64(dump, 0);
}

static void put_load(struct dump *dump, uint64_t address, uint64_t size, uint64_t index,
		     const char *name)
{
	put_u32(dump, 0);
	put_u32(dump, 16 + 40 + strlen(name) + 1 + 5);
	put_u64(dump, 2);
	put_u32(dump, 4711);
	put_u32(dump, 4711);
	put_u64(dump, address);
	put_u64(dump, address);
	put_u64(dump, size);
	put_u64(dump, index);
	put(dump, name, strlen(name) + 1);
	put(dump, "code!", 5);
}

static void put_move(struct dump *dump, uint64_t from, uint64_t to, uint64_t size, uint64_t index)
{
	put_u32(dump, 1);
	put_u32(dump, 16 + 48);
	put_u64(dump, 3);
	put_u32(dump, 4711);
	put_u32(dump, 4711);
	put_u64(dump, to);
	put_u64(dump, from);
	put_u64(dump, to);
	put_u64(dump, size);
	put_u64(dump, index);
}

static void make_dump(struct dump *dump)
{
	*dump = (struct dump){};
	put_head(dump);
	put_load(dump, 0x1000, 0x20, 0, "first");
	/* Lines, which are passed over. */
	put_u32(dump, 2);
	put_u32(dump, 16 + 8);
	put_u64(dump, 2);
	put_u64(dump, 99);
	put_load(dump, 0x1010, 0x10, 1, "in its place");
	put_load(dump, 0x1040, 0x10, 2, "moves");
	put_move(dump, 0x1040, 0x1060, 0x10, 2);
	put_move(dump, 0x1040, 0x1070, 0x10, 77); /* of nothing */
	put_load(dump, 0x1080, 0x10, 3, "_ZN3foo3barEi");
	put_load(dump, 0x1090, 0x10, 4, "");
	put_load(dump, 0x10a0, ~0ULL, 5, "to the end");
}

static void check_dump(struct code_names *names, const struct jitdump_counts *counts)
{
	assert_string_equal(name_of(names, 0x1000), "first");
	assert_string_equal(name_of(names, 0x1010), "in its place");
	assert_string_equal(name_of(names, 0x1040), "moves");
	assert_string_equal(name_of(names, 0x1060), "moves");
	assert_null(name_of(names, 0x1070));
	assert_string_equal(name_of(names, 0x1080), "foo::bar(int)");
	assert_null(name_of(names, 0x1090));
	assert_string_equal(name_of(names, 0x10f0), "to the end");
	assert_int_equal(counts->n_loads, 6);
	assert_int_equal(counts->n_moves, 2);
	assert_false(counts->cut);
}

static void test_jitdump(void **state)
{
	struct jitdump_counts counts = {};
	struct dump dump;

	make_dump(&dump);
	assert_int_equal(jitdump_parse(dump.bytes, dump.n, *state, &counts), 0);
	check_dump(*state, &counts);
}

static void test_jitdump_file(void **state)
{
	struct jitdump_counts counts = {};
	guard_close int fd = -1;
	struct dump dump;

	make_dump(&dump);
	fd = file_of(dump.bytes, dump.n);
	assert_int_equal(jitdump_read(fd, *state, &counts), 0);
	check_dump(*state, &counts);
}

/* Whatever is missing at its end, what comes before it counts. */
static void test_jitdump_cut(void **state)
{
	struct dump dump;

	make_dump(&dump);
	for (size_t n = 0; n < dump.n; n++) {
		struct jitdump_counts counts = {};
		guard_free unsigned char *copy = malloc(n + 1);
		int err;

		memcpy(copy, dump.bytes, n);
		err = jitdump_parse(copy, n, *state, &counts);
		assert_int_equal(err, n < 40 ? -ENOEXEC : 0);
		if (n > 200)
			assert_string_equal(name_of(*state, 0x1000), "first");
	}
}

static void test_jitdump_bad(void **state)
{
	static const uint32_t sizes[] = {0, 8, 15, 16, 40, UINT32_MAX};
	struct jitdump_counts counts = {};
	struct dump dump;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		make_dump(&dump);
		memcpy(dump.bytes + 44, &sizes[i], 4);
		assert_int_equal(jitdump_parse(dump.bytes, dump.n, *state, &counts), 0);
		assert_null(name_of(*state, 0x1000));
		assert_true(counts.cut);
	}
	/* The other byte order. */
	make_dump(&dump);
	memcpy(dump.bytes, "JiTD", 4);
	assert_int_equal(jitdump_parse(dump.bytes, dump.n, *state, &counts), -ENOEXEC);
	/* A name without an end is none. */
	dump = (struct dump){};
	put_head(&dump);
	put_load(&dump, 0x1000, 0x20, 0, "x");
	memset(dump.bytes + 40 + 16 + 40, 'x', 7);
	assert_int_equal(jitdump_parse(dump.bytes, dump.n, *state, &counts), 0);
	assert_null(name_of(*state, 0x1000));
}

#define WITH_NAMES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_NAMES(test_forms_of_lines), WITH_NAMES(test_last_line_holds),
		WITH_NAMES(test_files),		 WITH_NAMES(test_bound),
		WITH_NAMES(test_covers_all),	 WITH_NAMES(test_jitdump),
		WITH_NAMES(test_jitdump_file),	 WITH_NAMES(test_jitdump_cut),
		WITH_NAMES(test_jitdump_bad),
	};

	return cmocka_run_group_tests_name("symbolize_made_code", tests, NULL, NULL);
}
