// SPDX-License-Identifier: GPL-2.0-or-later
/* The containers of base/: growth, collisions, interning, UTF-8; and reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/guard.h"
#include "base/hash.h"
#include "base/read.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "base/vec.h"

static void vec_grows_and_keeps(void **state)
{
	VEC(uint32_t) v = {};
	uint32_t more[] = { 7, 8, 9 };
	uint64_t sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(vec_push(&v, i), 0);
	assert_int_equal(vec_append(&v, more, 3), 0);
	assert_int_equal(v.n, 10003);
	vec_each(&v, it)
		sum += *it;
	assert_int_equal(sum, 9999ULL * 10000 / 2 + 24);
	vec_deinit(&v);
	assert_null(v.data);
}

static void vec_refuses_absurd_sizes(void **state)
{
	VEC(uint64_t) v = {};

	(void)state;
	assert_int_equal(vec_reserve(&v, SIZE_MAX / 4), -ENOMEM);
	assert_int_equal(v.n, 0);
	vec_deinit(&v);
}

static void idmap_finds_what_was_put(void **state)
{
	struct idmap map = {};
	uint32_t value;

	(void)state;
	assert_false(idmap_find(&map, 0, &value));
	/* 0 and all ones are keys like any other; neighbours and multiples of 2^32 collide in a
	 * careless table. */
	for (uint64_t i = 0; i < 50000; i++)
		assert_int_equal(idmap_put(&map, i << 32, i), 0);
	assert_int_equal(idmap_put(&map, UINT64_MAX, 1), 0);
	for (uint64_t i = 0; i < 50000; i++) {
		assert_true(idmap_find(&map, i << 32, &value));
		assert_int_equal(value, i);
	}
	assert_false(idmap_find(&map, 5, &value));
	assert_int_equal(idmap_put(&map, 0, 77), 0);
	assert_true(idmap_find(&map, 0, &value));
	assert_int_equal(value, 77);
	assert_int_equal(map.n, 50001);
	idmap_clear(&map);
	assert_false(idmap_find(&map, 0, &value));
	idmap_deinit(&map);
}

static void strings_get_one_number_each(void **state)
{
	struct strings strings;
	uint32_t a, b, empty, large, again;
	char long_one[100000];
	const char *held;

	(void)state;
	memset(long_one, 'x', sizeof(long_one));
	assert_int_equal(strings_init(&strings), 0);
	assert_int_equal(strings_intern_cstr(&strings, "main", &a), 0);
	held = strings_get(&strings, a);
	assert_int_equal(strings_intern(&strings, long_one, sizeof(long_one), &large), 0);
	for (int i = 0; i < 20000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "function_%d", i);
		assert_int_equal(strings_intern_cstr(&strings, name, &b), 0);
		assert_int_equal(b, 3 + i);
		assert_string_equal(strings_get(&strings, b), name);
	}
	assert_int_equal(strings_intern(&strings, "mainly", 4, &b), 0);
	assert_int_equal(a, b);
	assert_ptr_equal(held, strings_get(&strings, a));
	assert_int_equal(strings_intern_cstr(&strings, "", &empty), 0);
	assert_int_equal(empty, 0);
	assert_int_equal(strings_intern(&strings, long_one, sizeof(long_one), &again), 0);
	assert_int_equal(again, large);
	/* NUL bytes are bytes. */
	assert_int_equal(strings_intern(&strings, "a\0b", 3, &a), 0);
	assert_int_equal(strings_intern(&strings, "a\0c", 3, &b), 0);
	assert_int_not_equal(a, b);
	assert_int_equal(strings_length(&strings, a), 3);
	/* What is beyond a bound is counted; what is there stays. */
	assert_int_equal(strings.n_refused, 0);
	strings.limit = strings.bytes + strings.items.n * STRINGS_EACH + 10;
	assert_int_equal(strings_intern_cstr(&strings, "eleven char", &b), 0);
	assert_int_equal(b, 0);
	assert_int_equal(strings.n_refused, 1);
	assert_int_equal(strings_intern_cstr(&strings, "ten chars.", &b), 0);
	assert_int_not_equal(b, 0);
	assert_int_equal(strings_intern(&strings, long_one, sizeof(long_one), &again), 0);
	assert_int_equal(again, large);
	assert_int_equal(strings_intern_cstr(&strings, "z", &b), 0);
	assert_int_equal(b, 0);
	assert_int_equal(strings.n_refused, 2);
	strings_deinit(&strings);
}

static void utf8_decodes_strictly(void **state)
{
	/* Well-formed and ill-formed sequences of the Unicode standard, section 3.9. */
	static const struct {
		const char *bytes;
		uint32_t points[5];
	} cases[] = {
		{ "A", { 'A' } },
		{ "\xC3\xA9", { 0xE9 } },
		{ "\xE2\x82\xAC", { 0x20AC } },
		{ "\xF0\x9F\x94\xA5", { 0x1F525 } },
		{ "\xC0\xAF", { 0xFFFD, 0xFFFD } },
		{ "\xE0\x80\xAF", { 0xFFFD, 0xFFFD, 0xFFFD } },
		{ "\xED\xA0\x80", { 0xFFFD, 0xFFFD, 0xFFFD } },
		{ "\xF4\x90\x80\x80", { 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD } },
		{ "\xE2\x82", { 0xFFFD, 0xFFFD } },
		{ "\xFF", { 0xFFFD } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *p = cases[i].bytes, *end = p + strlen(p);

		for (size_t k = 0; cases[i].points[k]; k++) {
			assert_true(p < end);
			assert_int_equal(utf8_next(&p, end), cases[i].points[k]);
		}
		assert_ptr_equal(p, end);
	}
}

static void utf8_put_is_the_inverse(void **state)
{
	(void)state;
	for (uint32_t point = 1; point < 0x110000; point += 13) {
		char bytes[4];
		const char *p = bytes;
		size_t n;

		if (point >= 0xD800 && point < 0xE000)
			continue;
		n = utf8_put(point, bytes);
		assert_int_equal(utf8_next(&p, bytes + n), point);
		assert_int_equal(p - bytes, n);
	}
}

/* A pipe gives what there is, a piece at a time. */
static void read_full_reads_to_the_end(void **state)
{
	char bytes[16] = {};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	if (!fork()) {
		(void)!write(fds[1], "abc", 3);
		usleep(20000);
		(void)!write(fds[1], "defg", 4);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read_full(fds[0], bytes, 5, READ_ON), 5);
	assert_string_equal(bytes, "abcde");
	assert_int_equal(read_full(fds[0], bytes, sizeof(bytes), READ_ON), 2);
	assert_int_equal(read_full(fds[0], bytes, sizeof(bytes), 0), -ESPIPE);
	close(fds[0]);
	wait(NULL);
}

static void read_full_reads_from_an_offset(void **state)
{
	guard_close int fd = memfd_create("file", MFD_CLOEXEC);
	char bytes[16] = {};

	(void)state;
	assert_int_equal(write(fd, "0123456789", 10), 10);
	assert_int_equal(read_full(fd, bytes, 4, 3), 4);
	assert_string_equal(bytes, "3456");
	assert_int_equal(read_full(fd, bytes, sizeof(bytes), 8), 2);
	assert_int_equal(read_full(fd, bytes, sizeof(bytes), 11), 0);
	assert_int_equal(read_full(-1, bytes, sizeof(bytes), 0), -EBADF);
}

/* RFC 4648, section 10. */
static void base64_is_that_of_the_rfc(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\377\376\373\360", "//778A==" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *bytes = cases[i][0], *letters = cases[i][1];
		guard_free char *text = NULL;
		size_t size;
		struct base64_writer writer = { .out = open_memstream(&text, &size) };
		struct base64_reader reader = {};
		char back[16];

		base64_put(&writer, bytes, strlen(bytes));
		base64_finish(&writer);
		assert_int_equal(fclose(writer.out), 0);
		assert_string_equal(text, letters);
		assert_int_equal(base64_take(&reader, letters, strlen(letters), back),
				 strlen(bytes));
		assert_memory_equal(back, bytes, strlen(bytes));
		assert_true(base64_is_complete(&reader));
	}
}

static void base64_comes_back_from_any_pieces(void **state)
{
	unsigned char bytes[4099], back[BASE64_ROOM(8192)];
	guard_free char *text = NULL;
	size_t size;
	struct base64_writer writer = { .out = open_memstream(&text, &size) };

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * i >> 3;
	for (size_t i = 0; i < sizeof(bytes); i += 7)
		base64_put(&writer, bytes + i, sizeof(bytes) - i < 7 ? sizeof(bytes) - i : 7);
	base64_finish(&writer);
	assert_int_equal(fclose(writer.out), 0);
	for (size_t piece = 1; piece < 300; piece += 13) {
		struct base64_reader reader = {};
		size_t n = 0;

		for (size_t i = 0; i < size; i += piece)
			n += base64_take(&reader, text + i, size - i < piece ? size - i : piece,
					 back + n);
		assert_int_equal(n, sizeof(bytes));
		assert_memory_equal(back, bytes, n);
		assert_true(base64_is_complete(&reader));
	}
}

static void base64_refuses_what_is_none(void **state)
{
	static const char *const bad[] = { "Zg=a", "Z===", "=", "Zm9v=", "Zg==Zg==", "Zm9*", "Zm\x80v" };
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct base64_reader reader = {};
		ptrdiff_t n = base64_take(&reader, bad[i], strlen(bad[i]), out);

		assert_true(n == -EINVAL || !base64_is_complete(&reader));
	}
	for (size_t n = 1; n < 4; n++) {
		struct base64_reader reader = {};

		assert_true(base64_take(&reader, "Zm9v", n, out) >= 0);
		assert_false(base64_is_complete(&reader));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vec_grows_and_keeps),
		cmocka_unit_test(vec_refuses_absurd_sizes),
		cmocka_unit_test(idmap_finds_what_was_put),
		cmocka_unit_test(strings_get_one_number_each),
		cmocka_unit_test(utf8_decodes_strictly),
		cmocka_unit_test(utf8_put_is_the_inverse),
		cmocka_unit_test(read_full_reads_to_the_end),
		cmocka_unit_test(read_full_reads_from_an_offset),
		cmocka_unit_test(base64_is_that_of_the_rfc),
		cmocka_unit_test(base64_comes_back_from_any_pieces),
		cmocka_unit_test(base64_refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
