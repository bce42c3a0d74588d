// SPDX-License-Identifier: GPL-2.0-or-later
/* ab: the order of runs, the words of a command, numbers of operations, CPUs. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/ab_command.h"
#include "profiler/ab_operations.h"
#include "profiler/ab_order.h"
#include "profiler/ab_pin.h"

enum { MOST = 40 };

/* How many of n pairs from the first on begin with the base; each is of two sides. */
static size_t base_first(const enum gate_side *order, size_t first, size_t n)
{
	size_t found = 0;

	for (size_t i = first; i < first + n; i++) {
		assert_int_not_equal(order[2 * i], order[2 * i + 1]);
		found += order[2 * i] == GATE_BASE;
	}
	return found;
}

static void test_order_is_balanced(void **state)
{
	enum gate_side order[2 * MOST];

	(void)state;
	for (uint64_t seed = 0; seed < 500; seed++)
		for (size_t n = 1; n <= 9; n += 1) {
			size_t rest = seed % 7 + 1;

			ab_order_fill(seed, n, n + rest, order);
			assert_in_range(base_first(order, 0, n), n / 2, (n + 1) / 2);
			assert_in_range(base_first(order, n, rest), rest / 2, (rest + 1) / 2);
		}
}

static void test_order_is_the_seeds(void **state)
{
	enum gate_side a[32], b[32];
	size_t n_same = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		ab_order_fill(seed, 8, 16, a);
		ab_order_fill(seed, 8, 16, b);
		assert_memory_equal(a, b, sizeof(a));
		ab_order_fill(seed + 1, 8, 16, b);
		n_same += !memcmp(a, b, sizeof(a));
	}
	/* One in 4900. */
	assert_in_range(n_same, 0, 2);
}

/* Of 8 pairs each of the 70 balanced orders is as likely: 10,000 draws, 143 +- 12 of each. */
static void test_order_is_random(void **state)
{
	static size_t n_of[256];
	enum gate_side order[16];
	size_t n_orders = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 10000; seed++) {
		unsigned int bits = 0;

		ab_order_fill(seed, 8, 8, order);
		for (size_t i = 0; i < 8; i++)
			bits |= (unsigned int)(order[2 * i] == GATE_HEAD) << i;
		n_of[bits]++;
	}
	for (unsigned int bits = 0; bits < 256; bits++) {
		n_orders += n_of[bits] > 0;
		if (n_of[bits])
			assert_in_range(n_of[bits], 80, 210);
	}
	assert_int_equal(n_orders, 70);
}

static void check_words(const char *text, const char *const *words)
{
	struct ab_command command;
	size_t n = 0;

	assert_int_equal(ab_command_init(&command, text), 0);
	assert_false(command.shell);
	for (; words[n]; n++)
		assert_string_equal(command.argv[n], words[n]);
	assert_null(command.argv[n]);
	ab_command_deinit(&command);
}

static void check_shell(const char *text)
{
	struct ab_command command;

	assert_int_equal(ab_command_init(&command, text), 0);
	assert_true(command.shell);
	assert_string_equal(command.argv[0], "/bin/sh");
	assert_string_equal(command.argv[1], "-c");
	assert_string_equal(command.argv[2], text);
	assert_null(command.argv[3]);
	ab_command_deinit(&command);
}

static void test_words(void **state)
{
	(void)state;
	check_words("true", (const char *const[]){"true", NULL});
	check_words("  ./bench -n\t5  a/b,c ",
		    (const char *const[]){"./bench", "-n", "5", "a/b,c", NULL});
	check_words("ls --color=never", (const char *const[]){"ls", "--color=never", NULL});
	check_shell("A=1 true");
	check_shell("true && false");
	check_shell("true 'a b'");
	check_shell("echo $HOME");
	check_shell("ls *.c");
	check_shell("exec true"); /* a word of the shell's own */
	check_shell("ulimit -c 0");
	check_shell("A=1-b true");
}

static void check_number(const char *text, double expected)
{
	double number = 0;

	assert_true(ab_operations_parse(text, strlen(text), &number));
	assert_true(number == expected);
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = {
		"",	 " ",	  "0",	 "0.0k", "-1",	  "inf", "nan",	  "0x10",
		"1,000", "12 34", "12q", "k",	 "1e999", "1e",	 "1.2.3", "+5",
	};
	double number;

	(void)state;
	check_number("1200", 1200);
	check_number(" 12.5\n", 12.5);
	check_number("1.5e6", 1.5e6);
	check_number("12k", 12e3);
	check_number("12K", 12e3);
	check_number("3.5M", 3.5e6);
	check_number("2G", 2e9);
	check_number("1T", 1e12);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(ab_operations_parse(wrong[i], strlen(wrong[i]), &number));
}

static int read_output(const char *pattern, const char *output, double *ret, char *error)
{
	struct ab_operations *operations;
	FILE *file = fmemopen((char *)output, strlen(output), "r");
	int err;

	assert_int_equal(ab_operations_create(pattern, &operations, error), 0);
	assert_true(ab_operations_from_output(operations));
	ab_operations_begin(operations);
	err = ab_operations_read(operations, file, ret, error);
	ab_operations_destroy(operations);
	fclose(file);
	return err;
}

static void test_pattern(void **state)
{
	char error[AB_OPERATIONS_ERROR];
	double number;

	(void)state;
	/* The last match of all, also of several in a line. */
	assert_int_equal(read_output("n=([0-9]+)", "n=1 n=2\nx\nn=3 n=4\nend\n", &number, error),
			 0);
	assert_true(number == 4);
	assert_int_equal(read_output("(?:served|did) ([0-9.]+k?)", "did 1.5k", &number, error), 0);
	assert_true(number == 1500);
	assert_int_equal(read_output("x*([0-9]*)", "xx12", &number, error), 0);
	assert_int_not_equal(read_output("n=([0-9]+)", "nothing\n", &number, error), 0);
	assert_non_null(strstr(error, "nowhere"));
	assert_int_not_equal(read_output("n=([a-z]+)", "n=many\n", &number, error), 0);
	assert_non_null(strstr(error, "\"many\""));
	/* A group that had no part in the match. */
	assert_int_not_equal(read_output("a(b)?", "a\n", &number, error), 0);
}

static void test_pattern_that_is_none(void **state)
{
	struct ab_operations *operations;
	char error[AB_OPERATIONS_ERROR];

	(void)state;
	assert_int_not_equal(ab_operations_create("n=([0-9", &operations, error), 0);
	assert_int_not_equal(ab_operations_create("(?:n)", &operations, error), 0);
	assert_non_null(strstr(error, "no group"));
	assert_int_not_equal(ab_operations_create("", &operations, error), 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_file(void **state)
{
	char path[] = "/tmp/test_profiler_ab.XXXXXX", error[AB_OPERATIONS_ERROR];
	struct ab_operations *operations;
	double number;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(ab_operations_create(path, &operations, error), 0);
	assert_false(ab_operations_from_output(operations));
	write_file(path, "5\n");
	ab_operations_begin(operations);
	/* That is what was there before. */
	assert_int_not_equal(ab_operations_read(operations, NULL, &number, error), 0);
	assert_non_null(strstr(error, "as it was"));
	unlink(path);
	ab_operations_begin(operations);
	assert_int_not_equal(ab_operations_read(operations, NULL, &number, error), 0);
	assert_non_null(strstr(error, "No such file"));
	write_file(path, "7k\n");
	assert_int_equal(ab_operations_read(operations, NULL, &number, error), 0);
	assert_true(number == 7000);
	write_file(path, "some 7\n");
	assert_int_not_equal(ab_operations_read(operations, NULL, &number, error), 0);
	unlink(path);
	ab_operations_destroy(operations);
}

static void test_pin(void **state)
{
	static const char *const wrong[] = {"",	  ",",	"a",   "1-",	  "3-1",
					    "0,", "-1", "0 1", "99999999"};
	cpu_set_t allowed;
	struct ab_pin pin;
	const char *why;
	char text[32];
	int cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	snprintf(text, sizeof(text), "%d-%d", cpu, cpu);
	assert_int_equal(ab_pin_init(&pin, text, &why), 0);
	assert_int_equal(CPU_COUNT_S(pin.size, pin.cpus), 1);
	assert_true(CPU_ISSET_S(cpu, pin.size, pin.cpus));
	ab_pin_deinit(&pin);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_not_equal(ab_pin_init(&pin, wrong[i], &why), 0);
		assert_non_null(strstr(why, "not a list"));
		ab_pin_deinit(&pin);
	}
	assert_int_not_equal(ab_pin_init(&pin, "65000", &why), 0);
	assert_non_null(strstr(why, "not there"));
	ab_pin_deinit(&pin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_is_balanced),
		cmocka_unit_test(test_order_is_the_seeds),
		cmocka_unit_test(test_order_is_random),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_pattern_that_is_none),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
