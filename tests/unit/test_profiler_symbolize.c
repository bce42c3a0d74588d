// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `flametap symbolize` is asked: its command line, and addresses as text,
 * of which whatever bytes there are make one answer a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/address_input.h"
#include "profiler/address_output.h"
#include "profiler/options.h"

enum { MAX_ARGS = 16, LONG_PATIENCE_NS = 2000000000 };

static void options_clean(struct symbolize_options *options)
{
	symbolize_options_deinit(options);
}

/* What is said goes to standard error, which nobody reads here. */
static int parse(struct symbolize_options *options, const char *const *words)
{
	char *argv[MAX_ARGS + 2] = {(char *)"symbolize"};
	int argc = 1;

	for (; words[argc - 1]; argc++) {
		assert_true(argc <= MAX_ARGS);
		argv[argc] = (char *)words[argc - 1];
	}
	return symbolize_options_parse(options, argc, argv);
}

static void test_options(void **state)
{
	const char *const words[] = {"-fi", "1234", "-e",     "prog", "-Cps",  "-a",
				     "-j",  ".text", "0xAB", "--",   "-12",   NULL};
	struct symbolize_options options guard(options_clean);

	(void)state;
	assert_int_equal(parse(&options, words), 0);
	assert_string_equal(options.path, "prog");
	assert_string_equal(options.section, ".text");
	assert_true(options.functions && options.inlines && options.demangle);
	assert_true(options.pretty && options.basenames && options.with_addresses);
	assert_int_equal(options.addresses.n, 3);
	assert_string_equal(options.addresses.data[0], "1234");
	assert_string_equal(options.addresses.data[1], "0xAB");
	assert_string_equal(options.addresses.data[2], "-12");
}

static void test_long_options(void **state)
{
	const char *const words[] = {"--exe=prog",     "--functions", "--inlines",
				     "--demangle",     "--addresses", "--pretty-print",
				     "--basenames",    "--section=x", "--debug-dir=/",
				     "--no-cache",     NULL};
	struct symbolize_options options guard(options_clean);

	(void)state;
	assert_int_equal(parse(&options, words), 0);
	assert_true(options.functions && options.inlines && options.demangle);
	assert_true(options.pretty && options.basenames && options.with_addresses);
	assert_string_equal(options.section, "x");
	assert_int_equal(options.debug_dirs.n, 1);
	assert_true(options.no_cache);
	assert_int_equal(options.addresses.n, 0);
}

static void test_wrong_options(void **state)
{
	static const char *const wrong[][5] = {
		{NULL},
		{"1234", NULL},
		{"-e", NULL},
		{"-e", "", NULL},
		{"-e", "a", "-e", "b", NULL},
		{"-e", "a", "-o", "x", NULL},
		{"-e", "a", "-z", NULL},
		{"-e", "a", "--functions=no", NULL},
		{"-e", "a", "--threads", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct symbolize_options options guard(options_clean);

		assert_int_equal(parse(&options, wrong[i]), -EINVAL);
	}
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		struct text_address address;
	} rows[] = {
		{"1234", {0x1234, true}},
		{"0x1234", {0x1234, true}},
		{"0XaBcD", {0xabcd, true}},
		{" \t7f main+0x3", {0x7f, true}},
		{"00x1", {0, true}},
		{"0", {0, true}},
		{"0x", {0, true}},
		{"12x34", {0x12, true}},
		{"ffffffffffffffff", {UINT64_MAX, true}},
		{"00000000000000000000001", {1, true}},
		{"10000000000000000", {UINT64_MAX, true}},
		{"fffffffffffffffff0", {UINT64_MAX, true}},
		{"", {0, false}},
		{"  ", {0, false}},
		{"x1", {0, false}},
		{"-1", {0, false}},
		{"main", {0, false}},
		{"\xff\xfe", {0, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text_address address = address_from_text(rows[i].text);

		if (address.value != rows[i].address.value ||
		    address.given != rows[i].address.given)
			fail_msg("%s: %llx %d", rows[i].text, (unsigned long long)address.value,
				 address.given);
	}
}

static void addresses_clean(struct text_addresses *addresses)
{
	vec_deinit(addresses);
}

static void test_lines(void **state)
{
	static const char text[] = "12\n\n0x3\0 4\nmain\n5";
	struct text_addresses addresses guard(addresses_clean) = {};
	struct address_input input = {};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
	close(ends[1]);
	input.fd = ends[0];
	assert_int_equal(address_input_read(&input, LONG_PATIENCE_NS, &addresses), 0);
	close(ends[0]);
	assert_int_equal(addresses.n, 5);
	assert_int_equal(addresses.data[0].value, 0x12);
	assert_false(addresses.data[1].given);
	assert_int_equal(addresses.data[2].value, 3);
	assert_false(addresses.data[3].given);
	assert_int_equal(addresses.data[4].value, 5);
}

/* Half a line is waited for; after a line, nobody who waits for its answer is kept waiting. */
static void test_who_waits(void **state)
{
	struct text_addresses addresses guard(addresses_clean) = {};
	struct address_input input = {};
	uint64_t began = clock_monotonic_ns();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	input.fd = ends[0];
	assert_int_equal(write(ends[1], "12\n3", 4), 4);
	assert_int_equal(address_input_read(&input, 1000000, &addresses), 1);
	assert_int_equal(addresses.n, 1);
	addresses.n = 0;
	assert_int_equal(write(ends[1], "4\n", 2), 2);
	assert_int_equal(address_input_read(&input, 1000000, &addresses), 1);
	assert_int_equal(addresses.n, 1);
	assert_int_equal(addresses.data[0].value, 0x34);
	addresses.n = 0;
	close(ends[1]);
	assert_int_equal(address_input_read(&input, 1000000, &addresses), 0);
	assert_int_equal(addresses.n, 0);
	close(ends[0]);
	assert_true(clock_monotonic_ns() - began < LONG_PATIENCE_NS);
	assert_int_equal(address_input_read(&input, 0, &addresses), -EBADF);
}

/* Each byte at each place of names of each length: one that could break a line is made safe, and
 * what is around it stays. Names are told apart by where they are. */
static void test_names_are_made_safe(void **state)
{
	static char names[20 * 21 / 2 * 255][32];
	size_t n_names = 0;
	const struct symbolize_options options = {.functions = true, .demangle = true};
	struct address_output output guard(address_output_deinit) = {.options = &options};

	(void)state;
	for (size_t n = 1; n <= 20; n++) {
		for (size_t at = 0; at < n; at++) {
			for (int byte = 1; byte < 256; byte++) {
				char *name = names[n_names++], line[64];
				const struct symbol_frame frame = {.name = name, .line = 7};
				bool plain = byte >= ' ' && byte <= '~';

				memcpy(name, "abcdefghijklmnopqrst", n);
				name[at] = (char)byte;
				snprintf(line, sizeof(line), "%.*s%c%s\n??:7\n", (int)at, name,
					 plain ? byte : '?', name + at + 1);
				output.text.n = 0;
				assert_int_equal(address_output_add(&output, 0, &frame, 1), 0);
				assert_int_equal(output.text.n, strlen(line));
				assert_memory_equal(output.text.data, line, output.text.n);
			}
		}
	}
}

static void test_layout(void **state)
{
	const struct symbolize_options options = {
		.functions = true, .with_addresses = true, .inlines = true, .basenames = true};
	const struct symbol_frame frames[] = {
		{.name = "inner()", .system_name = "inner", .file = "/a/b.c", .line = UINT32_MAX},
		{.file = "c.c"}};
	static const char text[] = "0xfedcba9876543210\ninner\nb.c:4294967295\n??\nc.c:?\n"
				   "0x000000000000000a\n??\n??:0\n";
	struct address_output output guard(address_output_deinit) = {.options = &options};
	const struct symbol_frame none = {};

	(void)state;
	assert_int_equal(address_output_add(&output, 0xfedcba9876543210, frames, 2), 0);
	assert_int_equal(address_output_add(&output, 10, &none, 1), 0);
	assert_int_equal(output.text.n, sizeof(text) - 1);
	assert_memory_equal(output.text.data, text, sizeof(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),	      cmocka_unit_test(test_long_options),
		cmocka_unit_test(test_wrong_options), cmocka_unit_test(test_text),
		cmocka_unit_test(test_lines),	      cmocka_unit_test(test_who_waits),
		cmocka_unit_test(test_names_are_made_safe),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
