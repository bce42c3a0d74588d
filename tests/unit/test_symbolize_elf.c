/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and function starts in ELF files of every kind. What is right comes
 * from readelf and from how tests/unit/symbolize_fixtures/ is written.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize_oracle.h"

static int bind_rank(const struct oracle_symbol *symbol)
{
	return !strcmp(symbol->bind, "GLOBAL") ? 0 : !strcmp(symbol->bind, "WEAK") ? 1 : 2;
}

static bool is_sized_code(const struct oracle_symbol *symbol)
{
	if (!symbol->size || !strcmp(symbol->section, "UND") || !strcmp(symbol->section, "ABS"))
		return false;
	return !strcmp(symbol->type, "FUNC") || !strcmp(symbol->type, "IFUNC");
}

static size_t plain_length(const char *name)
{
	return strcspn(name, "@");
}

/* True if x should be shown rather than y, both covering an address. */
static bool is_better(const struct oracle_symbol *x, const struct oracle_symbol *y)
{
	if (x->value != y->value)
		return x->value > y->value;
	if (bind_rank(x) != bind_rank(y))
		return bind_rank(x) < bind_rank(y);
	if (plain_length(x->name) != plain_length(y->name))
		return plain_length(x->name) < plain_length(y->name);
	return strcmp(x->name, y->name) < 0;
}

static const struct oracle_symbol *expected_symbol(const struct oracle *oracle, uint64_t vaddr)
{
	const struct oracle_symbol *best = NULL;

	vec_each(&oracle->symbols, symbol)
		if (is_sized_code(symbol) && symbol->value <= vaddr &&
		    vaddr - symbol->value < symbol->size && (!best || is_better(symbol, best)))
			best = symbol;
	return best;
}

/* The first, a middle and the last byte of every sized function. */
static void check_all_sized(struct symbolizer *symbolizer, const char *name, size_t at_least)
{
	guard_close int fd = fixture_open(name);
	guard(oracle_deinit) struct oracle oracle;
	size_t n = 0;

	oracle_init(&oracle, name);
	vec_each(&oracle.symbols, symbol) {
		uint64_t at[3] = { symbol->value, symbol->value + symbol->size / 2,
				   symbol->value + symbol->size - 1 };

		/* test_labels has these. */
		if (!is_sized_code(symbol) || strstr(symbol->name, "many_names_"))
			continue;
		for (size_t i = 0; i < 3; i++) {
			const struct oracle_symbol *right = expected_symbol(&oracle, at[i]);
			struct symbol_frame frame =
				resolve_one(symbolizer, fd, fixture_offset(name, at[i]));

			assert_non_null(frame.system_name);
			assert_string_equal(frame.system_name, right->name);
			assert_int_equal(frame.start, fixture_offset(name, right->value));
			n++;
		}
	}
	assert_true(n >= 3 * at_least);
}

static void test_pie(void **state)
{
	check_all_sized(*state, "pie", 15);
}

static void test_fixed(void **state)
{
	check_all_sized(*state, "fixed", 15);
}

static void test_odd_layout(void **state)
{
	check_all_sized(*state, "odd", 15);
}

static void test_library(void **state)
{
	check_all_sized(*state, "library.so", 15);
}

static void test_stripped_library(void **state)
{
	check_all_sized(*state, "library-stripped.so", 9);
}

static void test_cpp(void **state)
{
	check_all_sized(*state, "shapes", 5);
}

/* Some two thousand functions of libc, with hundreds of aliases. All in one call. */
struct batch {
	const struct oracle *oracle;
	const uint64_t *vaddrs;
	size_t n;
};

static int check_batch(void *ctx, size_t index, const struct symbol_frame *frames, size_t n)
{
	struct batch *batch = ctx;
	const struct oracle_symbol *right = expected_symbol(batch->oracle, batch->vaddrs[index]);

	assert_int_equal(n, 1);
	assert_int_equal(index, batch->n++);
	assert_non_null(frames[0].system_name);
	assert_string_equal(frames[0].system_name, right->name);
	return 0;
}

static void check_static(struct symbolizer *symbolizer, const char *name)
{
	guard_close int fd = fixture_open(name);
	guard(oracle_deinit) struct oracle oracle;
	struct batch batch = { .oracle = &oracle };
	VEC(uint64_t) vaddrs = {}, offsets = {};
	uint64_t bias;

	oracle_init(&oracle, name);
	bias = oracle_symbol(&oracle, "alpha")->value;
	bias -= fixture_offset(name, bias);
	vec_each(&oracle.symbols, symbol) {
		if (!is_sized_code(symbol))
			continue;
		assert_int_equal(vec_push(&vaddrs, symbol->value + symbol->size - 1), 0);
		assert_int_equal(vec_push(&offsets, symbol->value + symbol->size - 1 - bias), 0);
	}
	assert_true(vaddrs.n > 1000);
	batch.vaddrs = vaddrs.data;
	assert_int_equal(symbolizer_resolve_file(symbolizer, fd, offsets.data, offsets.n,
						 check_batch, &batch), 0);
	assert_int_equal(batch.n, offsets.n);
	vec_deinit(&vaddrs);
	vec_deinit(&offsets);
}

static void test_static(void **state)
{
	check_static(*state, "static");
}

static void test_static_pie(void **state)
{
	check_static(*state, "static-pie");
}

static struct symbol_frame resolve_symbol(struct symbolizer *symbolizer, const char *fixture,
					  const char *name)
{
	guard_close int fd = fixture_open(fixture);
	guard(oracle_deinit) struct oracle oracle;

	oracle_init(&oracle, fixture);
	return resolve_one(symbolizer, fd,
			   fixture_offset(fixture, oracle_symbol(&oracle, name)->value));
}

static void test_aliases(void **state)
{
	static const struct {
		const char *at, *shown;
	} cases[] = {
		{ "policy_global_long", "policy_beta" }, /* not policy_zeta, weak, loc */
		{ "lo2", "weaker" },                     /* weak before local */
		{ "chosen", "chosen" },                  /* IFUNC, not its resolver's local name */
		{ "chosen_implementation", "chosen_implementation" },
		{ "with_cold_part.cold", "with_cold_part.cold" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct symbol_frame frame = resolve_symbol(*state, "pie", cases[i].at);

		assert_non_null(frame.name);
		assert_string_equal(frame.name, cases[i].shown);
		assert_string_equal(frame.system_name, cases[i].shown);
	}
}

/* labels.S, block by block: name, and the block in which the function starts (-1: unknown). */
static const struct {
	const char *name;
	int start;
} label_blocks[] = {
	{ "labels_begin", 0 },
	{ NULL, -1 },
	{ "sizeless_first", 2 },
	{ "sizeless_first", 2 },
	{ "sizeless_function", 4 },
	{ NULL, -1 },
	{ "sizeless_before_fde", 6 },
	{ NULL, 7 }, /* the FDE tells the start */
	{ "outer", 8 },
	{ "outer", 8 },
	{ "inner", 10 },
	{ "outer", 8 },
	{ NULL, -1 },
	{ "label_caller", 13 },
	{ "sizeless_before_data", 14 },
	{ NULL, -1 },
	{ "many", 16 },
	{ "sizeless_last", 17 },
	{ NULL, -1 }, /* behind the section */
};

static void check_labels(struct symbolizer *symbolizer, const char *fixture)
{
	guard_close int fd = fixture_open(fixture);
	guard(oracle_deinit) struct oracle oracle;
	uint64_t begin;

	oracle_init(&oracle, fixture);
	begin = fixture_offset(fixture, oracle_symbol(&oracle, "labels_begin")->value);
	for (size_t i = 0; i < sizeof(label_blocks) / sizeof(*label_blocks) - 1; i++) {
		for (uint64_t byte = 0; byte < 16; byte += 5) {
			struct symbol_frame frame =
				resolve_one(symbolizer, fd, begin + 16 * i + byte);

			if (label_blocks[i].name) {
				assert_non_null(frame.name);
				assert_string_equal(frame.name, label_blocks[i].name);
			} else {
				assert_null(frame.name);
			}
			assert_int_equal(frame.start, label_blocks[i].start < 0 ?
							      UINT64_MAX :
							      begin + 16 * label_blocks[i].start);
		}
	}
}

static void test_labels(void **state)
{
	check_labels(*state, "pie");
	check_labels(*state, "fixed");
	check_labels(*state, "library.so");
}

/* Where the symbols are gone, the start of the function is what the unstripped twin says. */
static void check_starts(struct symbolizer *symbolizer, const char *stripped, const char *twin,
			 size_t at_least)
{
	guard_close int fd = fixture_open(stripped);
	guard(oracle_deinit) struct oracle oracle, own;
	size_t n = 0;

	oracle_init(&oracle, twin);
	oracle_init(&own, stripped);
	vec_each(&oracle.symbols, symbol) {
		const struct oracle_range *fde = oracle_fde(&oracle, symbol->value);
		struct symbol_frame frame;

		if (!is_sized_code(symbol) || !fde || fde->start != symbol->value ||
		    fde->end - fde->start != symbol->size ||
		    expected_symbol(&own, symbol->value + symbol->size - 1))
			continue;
		frame = resolve_one(symbolizer, fd,
				    fixture_offset(stripped, symbol->value + symbol->size - 1));
		assert_null(frame.name);
		assert_null(frame.system_name);
		assert_int_equal(frame.start, fixture_offset(stripped, symbol->value));
		if (++n == 500)
			break;
	}
	assert_true(n >= at_least);
}

static void test_stripped_starts(void **state)
{
	check_starts(*state, "pie-stripped", "pie", 12);
	check_starts(*state, "library-stripped.so", "library.so", 4);
	check_starts(*state, "static-stripped", "static", 500);
}

static void test_demangled(void **state)
{
	static const struct {
		const char *system_name, *name;
	} cases[] = {
		{ "_ZN6shapes4areaEiPKc", "shapes::area(int, char const*)" },
		{ "_ZN6shapes3BoxIiEC2Ei", "shapes::Box<int>::Box(int)" },
		{ "_ZNK6shapes3BoxIiEltERKS1_",
		  "shapes::Box<int>::operator<(shapes::Box<int> const&) const" },
		{ "_ZN6shapes12_GLOBAL__N_16hiddenEm",
		  "shapes::(anonymous namespace)::hidden(unsigned long)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct symbol_frame frame =
			resolve_symbol(*state, "shapes", cases[i].system_name);

		assert_non_null(frame.name);
		assert_string_equal(frame.name, cases[i].name);
	}
}

static void test_no_demangle(void **state)
{
	struct symbolizer_options options = { .no_demangle = true };
	struct symbolizer *symbolizer;
	struct symbol_frame frame;

	(void)state;
	assert_int_equal(symbolizer_create(&options, &symbolizer), 0);
	frame = resolve_symbol(symbolizer, "shapes", "_ZN6shapes4areaEiPKc");
	assert_string_equal(frame.name, "_ZN6shapes4areaEiPKc");
	symbolizer_destroy(symbolizer);
}

#define with_symbolizer(test) \
	cmocka_unit_test_setup_teardown(test, symbolizer_setup, symbolizer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_symbolizer(test_pie),
		with_symbolizer(test_fixed),
		with_symbolizer(test_odd_layout),
		with_symbolizer(test_library),
		with_symbolizer(test_stripped_library),
		with_symbolizer(test_cpp),
		with_symbolizer(test_static),
		with_symbolizer(test_static_pie),
		with_symbolizer(test_aliases),
		with_symbolizer(test_labels),
		with_symbolizer(test_stripped_starts),
		with_symbolizer(test_demangled),
		with_symbolizer(test_no_demangle),
	};

	return cmocka_run_group_tests_name("symbolize_elf", tests, NULL, NULL);
}
