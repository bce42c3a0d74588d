/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel symbols, from texts as /proc/kallsyms has them. The addresses in the
 * texts are what is expected.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/guard.h"
#include "symbolize/symbolizer.h"

static const char first_text[] =
	"0000000000000000 A fixed_percpu_data\n"
	"0000000000001000 D irq_stack\n"
	"ffffffff81000000 T _stext\n"
	"ffffffff81000000 T _text\n"
	"ffffffff81000000 T secondary_startup_64\n"
	"ffffffff81000100 t local_first\n"
	"ffffffff81000100 W weak_one\n"
	"ffffffff81000200 T zz_same\n"
	"ffffffff81000200 T ab_same\n"
	"ffffffff81000200 T longer_same\n"
	"ffffffff81000200 t x\n"
	"ffffffff81000300 T __irqentry_text_start\n"
	"ffffffff81000300 T asm_exc_divide_error_which_is_long\n"
	"ffffffff81000400 T _RNvCs1234_7mycrate3foo\n"
	"ffffffff81000500 T last_function\n"
	"ffffffff81000600 T _etext\n"
	"ffffffff82000000 R __start_rodata\n"
	"ffffffff83000000 t early_setup\n"
	"ffffffff83000100 B __bss_start\n"
	"ffffffffc0100200 t second_of_a\t[mod_a]\n"
	"ffffffffc0100000 t first_of_a\t[mod_a]\n"
	"ffffffffc0103000 d data_of_a\t[mod_a]\n"
	"ffffffffc0100300 T third_of_a\t[mod_a]\n"
	"ffffffffc0200000 t bpf_prog_6deef7357e7b4530\t[bpf]\n"
	"ffffffffc0200080 t bpf_prog_0123456789abcdef_sampler\t[bpf]\n";

/* A symbolizer, and the file that it takes for kallsyms. */
struct world {
	struct symbolizer *symbolizer;
	char path[64];
};

static void write_text(struct world *world, const char *text, size_t size)
{
	guard_fclose FILE *f = fopen(world->path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
}

static int load_text(struct world *world, const char *text)
{
	write_text(world, text, strlen(text));
	return symbolizer_load_kernel(world->symbolizer);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct symbolizer_options options = { .kallsyms_path = world->path };
	int fd;

	strcpy(world->path, "/tmp/test_kallsyms.XXXXXX");
	fd = mkstemp(world->path);
	if (fd < 0)
		return -1;
	close(fd);
	*state = world;
	return symbolizer_create(&options, &world->symbolizer);
}

static int teardown(void **state)
{
	struct world *world = *state;

	symbolizer_destroy(world->symbolizer);
	unlink(world->path);
	free(world);
	return 0;
}

struct expected {
	uint64_t address;
	const char *name, *module; /* name NULL: nothing */
	uint64_t start, module_start;
};

static void check(struct world *world, const struct expected *expected, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kernel_symbol symbol;
		bool found = symbolizer_kernel(world->symbolizer, expected[i].address, &symbol);

		if (found != !!expected[i].name)
			fail_msg("%" PRIx64 ": %s", expected[i].address,
				 found ? symbol.name : "nothing");
		if (!found)
			continue;
		assert_string_equal(symbol.name, expected[i].name);
		if (expected[i].module)
			assert_string_equal(symbol.module, expected[i].module);
		else
			assert_null(symbol.module);
		assert_int_equal(symbol.start, expected[i].start);
		assert_int_equal(symbol.module_start, expected[i].module_start);
	}
}

#define N_OF(array) (sizeof(array) / sizeof(*(array)))
#define SYMBOL(address, name, start) { address, name, NULL, start, 0xffffffff81000000 }
#define MODULE(address, name, module, start, module_start) \
	{ address, name, module, start, module_start }
#define NOTHING(address) { address, NULL, NULL, 0, 0 }

static void test_names(void **state)
{
	static const struct expected expected[] = {
		NOTHING(0),
		NOTHING(0x1000),
		NOTHING(0xffffffff80ffffff),
		SYMBOL(0xffffffff81000000, "secondary_startup_64", 0xffffffff81000000),
		SYMBOL(0xffffffff810000ff, "secondary_startup_64", 0xffffffff81000000),
		SYMBOL(0xffffffff81000100, "weak_one", 0xffffffff81000100),
		SYMBOL(0xffffffff81000210, "ab_same", 0xffffffff81000200),
		SYMBOL(0xffffffff81000310, "asm_exc_divide_error_which_is_long",
		       0xffffffff81000300),
		SYMBOL(0xffffffff81000410, "mycrate::foo", 0xffffffff81000400),
		SYMBOL(0xffffffff810005ff, "last_function", 0xffffffff81000500),
		NOTHING(0xffffffff81000600),
		NOTHING(0xffffffff82000000),
		NOTHING(0xffffffff82ffffff),
		SYMBOL(0xffffffff83000010, "early_setup", 0xffffffff83000000),
		NOTHING(0xffffffff83000100),
		MODULE(0xffffffffc0100000, "first_of_a", "mod_a", 0xffffffffc0100000,
		       0xffffffffc0100000),
		MODULE(0xffffffffc01002ff, "second_of_a", "mod_a", 0xffffffffc0100200,
		       0xffffffffc0100000),
		MODULE(0xffffffffc0102fff, "third_of_a", "mod_a", 0xffffffffc0100300,
		       0xffffffffc0100000),
		NOTHING(0xffffffffc0103000),
		MODULE(0xffffffffc0200040, "bpf_prog_6deef7357e7b4530", "bpf", 0xffffffffc0200000,
		       0xffffffffc0200000),
		MODULE(0xffffffffc0201080, "bpf_prog_0123456789abcdef_sampler", "bpf",
		       0xffffffffc0200080, 0xffffffffc0200000),
		NOTHING(0xffffffffc0210080), /* 64 KiB on */
		NOTHING(UINT64_MAX),
	};

	assert_int_equal(load_text(*state, first_text), 0);
	check(*state, expected, N_OF(expected));
}

static void test_system_name(void **state)
{
	struct world *world = *state;
	struct kernel_symbol symbol;

	assert_int_equal(load_text(world, first_text), 0);
	assert_true(symbolizer_kernel(world->symbolizer, 0xffffffff81000400, &symbol));
	assert_string_equal(symbol.system_name, "_RNvCs1234_7mycrate3foo");
}

/* mod_a moved and mod_b took the place that it had; the first BPF program is gone. */
static void test_what_was_there(void **state)
{
	static const char second_text[] =
		"ffffffff81000000 T _stext\n"
		"ffffffff81000100 t local_first\n"
		"ffffffffc0100080 t first_of_b\t[mod_b]\n"
		"ffffffffc0100280 t second_of_b\t[mod_b]\n"
		"ffffffffc0180000 t first_of_a\t[mod_a]\n"
		"ffffffffc0200080 t bpf_prog_0123456789abcdef_sampler\t[bpf]\n"
		"ffffffffc0200100 t bpf_prog_fedcba9876543210\t[bpf]\n";
	static const struct expected expected[] = {
		SYMBOL(0xffffffff81000110, "local_first", 0xffffffff81000100),
		/* Still known before what is new; replaced inside it. */
		MODULE(0xffffffffc0100010, "first_of_a", "mod_a", 0xffffffffc0100000,
		       0xffffffffc0100000),
		MODULE(0xffffffffc0100210, "first_of_b", "mod_b", 0xffffffffc0100080,
		       0xffffffffc0100080),
		MODULE(0xffffffffc0100290, "second_of_b", "mod_b", 0xffffffffc0100280,
		       0xffffffffc0100080),
		MODULE(0xffffffffc0180010, "first_of_a", "mod_a", 0xffffffffc0180000,
		       0xffffffffc0180000),
		MODULE(0xffffffffc0200010, "bpf_prog_6deef7357e7b4530", "bpf", 0xffffffffc0200000,
		       0xffffffffc0200000),
		MODULE(0xffffffffc0200100, "bpf_prog_fedcba9876543210", "bpf", 0xffffffffc0200100,
		       0xffffffffc0200080),
	};

	assert_int_equal(load_text(*state, first_text), 0);
	assert_int_equal(load_text(*state, second_text), 0);
	check(*state, expected, N_OF(expected));
}

/* What was known stays when a later load gives nothing. */
static void test_hidden(void **state)
{
	static const struct expected known[] = {
		SYMBOL(0xffffffff81000100, "weak_one", 0xffffffff81000100),
	};
	static const struct expected unknown[] = { NOTHING(0xffffffff81000100), NOTHING(0) };
	static const char hidden[] = "0000000000000000 T _stext\n"
				     "0000000000000000 t local_first\n"
				     "0000000000000000 t first_of_a\t[mod_a]\n";
	struct world *world = *state;

	assert_int_equal(load_text(world, hidden), -EACCES);
	check(world, unknown, N_OF(unknown));
	assert_int_equal(load_text(world, first_text), 0);
	assert_int_equal(load_text(world, hidden), -EACCES);
	check(world, known, N_OF(known));
	assert_int_equal(load_text(world, ""), -ENODATA);
	unlink(world->path);
	assert_int_equal(symbolizer_load_kernel(world->symbolizer), -ENOENT);
	check(world, known, N_OF(known));
}

static void test_loaded_again(void **state)
{
	static const struct expected expected[] = {
		SYMBOL(0xffffffff81000110, "weak_one", 0xffffffff81000100),
		NOTHING(0xffffffff81000600),
		MODULE(0xffffffffc0100210, "second_of_a", "mod_a", 0xffffffffc0100200,
		       0xffffffffc0100000),
	};

	for (int i = 0; i < 3; i++) {
		assert_int_equal(load_text(*state, first_text), 0);
		check(*state, expected, N_OF(expected));
	}
}

static void test_rubbish(void **state)
{
	static const char text[] = "\n"
				   "not a line\n"
				   "ffffffff81000000\n"
				   "ffffffff81000000 T\n"
				   "ffffffff81000000 T \n"
				   "fffffffff81000000 T seventeen_digits\n"
				   "FFFFFFFF81000000 T upper_case\n"
				   "ffffffff81000040 TT two_letters\n"
				   "ffffffff81000080 T good\n"
				   "ffffffff81000090 T in_open_bracket\t[mod\n"
				   "ffffffff810000a0 t empty_bracket\t[]\n"
				   "ffffffff810000b0 t name with blanks\n"
				   "ffffffff810000c0 t no_newline";
	static const struct expected expected[] = {
		NOTHING(0xffffffff81000000),
		NOTHING(0xffffffff81000040),
		{ 0xffffffff81000080, "good", NULL, 0xffffffff81000080, 0xffffffff81000080 },
		{ 0xffffffff81000090, "in_open_bracket", NULL, 0xffffffff81000090,
		  0xffffffff81000080 },
		{ 0xffffffff810000a0, "empty_bracket", NULL, 0xffffffff810000a0,
		  0xffffffff81000080 },
		{ 0xffffffff810000b0, "name", NULL, 0xffffffff810000b0, 0xffffffff81000080 },
		{ 0xffffffff810000c0, "no_newline", NULL, 0xffffffff810000c0, 0xffffffff81000080 },
	};
	guard_free char *binary = malloc(1 << 20);
	struct world *world = *state;
	uint32_t random = 1;

	assert_int_equal(load_text(world, text), 0);
	check(world, expected, N_OF(expected));
	for (size_t i = 0; i < 1 << 20; i++)
		binary[i] = (random = random * 1664525 + 1013904223) >> 24;
	write_text(world, binary, 1 << 20);
	assert_int_equal(symbolizer_load_kernel(world->symbolizer), -ENODATA);
	memset(binary, 'f', 1 << 20);
	write_text(world, binary, 1 << 20);
	assert_int_equal(symbolizer_load_kernel(world->symbolizer), -ENODATA);
}

/* This machine's own, where it shows its addresses: each text line's address resolves to a
 * symbol that starts there. BPF programs and modules may have come and gone meanwhile. */
static void test_own_kernel(void **state)
{
	struct symbolizer_options options = {};
	struct symbolizer *symbolizer;
	guard_free char *line = NULL;
	guard_fclose FILE *f = NULL;
	size_t cap = 0, n = 0;
	int err;

	(void)state;
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	err = symbolizer_load_kernel(symbolizer);
	if (err) {
		symbolizer_destroy(symbolizer);
		skip();
	}
	f = fopen("/proc/kallsyms", "re");
	assert_non_null(f);
	while (getline(&line, &cap, f) > 0) {
		struct kernel_symbol symbol;
		uint64_t address;
		char type;

		if (sscanf(line, "%" SCNx64 " %c", &address, &type) != 2 || !strchr("tTwW", type))
			continue;
		if (strchr(line, '[') || strstr(line, "_end\n") || strstr(line, "etext"))
			continue;
		if (!symbolizer_kernel(symbolizer, address, &symbol))
			fail_msg("nothing at %s", line);
		assert_int_equal(symbol.start, address);
		n++;
	}
	assert_true(n > 1000);
	symbolizer_destroy(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_system_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_was_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loaded_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rubbish, setup, teardown),
		cmocka_unit_test(test_own_kernel),
	};

	return cmocka_run_group_tests_name("symbolize_kallsyms", tests, NULL, NULL);
}
