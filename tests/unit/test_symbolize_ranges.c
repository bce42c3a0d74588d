/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flattening of symbols into ranges, against a search through all of them
 * that follows the rules word by word.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/symbol_ranges.h"
#include "tests/unit/cpu_time.h"

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (random_state >> 33) % n;
}

static bool is_covered(const struct symbol *symbols, size_t n, uint64_t address)
{
	for (size_t i = 0; i < n; i++)
		if (!symbols[i].sizeless && !symbols[i].is_data && symbols[i].start <= address &&
		    address < symbols[i].end)
			return true;
	return false;
}

/* Whether symbol i names the address at all, others aside that begin later. */
static bool names(const struct symbol *symbols, size_t n, size_t i, uint64_t address)
{
	if (symbols[i].is_data || symbols[i].start > address || symbols[i].end <= address)
		return false;
	if (!symbols[i].sizeless)
		return true;
	if (is_covered(symbols, n, symbols[i].start) || is_covered(symbols, n, address))
		return false;
	for (size_t k = 0; k < n; k++)
		if (symbols[k].start > symbols[i].start && symbols[k].start <= address)
			return false;
	return true;
}

/* The numbers (names) of the symbols that name an address, as bits. */
static uint64_t expected_names(const struct symbol *symbols, size_t n, uint64_t address)
{
	uint64_t best = 0, bits = 0;

	for (size_t i = 0; i < n; i++)
		if (names(symbols, n, i, address) && symbols[i].start >= best)
			best = symbols[i].start;
	for (size_t i = 0; i < n; i++)
		if (names(symbols, n, i, address) && symbols[i].start == best)
			bits |= (uint64_t)1 << symbols[i].name;
	return bits;
}

static uint64_t found_names(const struct symbol_ranges *table, uint64_t address)
{
	const struct symbol_range *range = symbol_ranges_find(table, address);
	uint64_t bits = 0;

	for (size_t i = 0; range && i < range->n; i++)
		bits |= (uint64_t)1 << table->symbols.data[range->first + i].name;
	return bits;
}

static void check_random(uint32_t n, uint32_t span, uint64_t base)
{
	struct symbol_ranges table = {};
	struct symbol symbols[64];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t kind = random_below(10);
		uint64_t start = base + random_below(span);

		symbols[i] = (struct symbol){
			.start = start,
			.end = start + 1 + random_below(kind == 9 ? span : span / 4 + 1),
			.name = i,
			.rank = random_below(3),
			.sizeless = kind < 3,
			.is_data = kind == 3,
		};
		assert_int_equal(vec_push(&table.symbols, symbols[i]), 0);
	}
	assert_int_equal(symbol_ranges_build(&table), 0);
	assert_true(table.ranges.n <= 2 * n);
	for (uint64_t address = base ? base - 1 : 0; address <= base + 2 * span; address++)
		assert_int_equal(found_names(&table, address),
				 expected_names(symbols, n, address));
	symbol_ranges_deinit(&table);
}

static void test_random(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++)
		check_random(random_below(40), 1 + random_below(60), i % 2 ? 0 : 0x7f0000001000);
	check_random(20, 5000, (uint64_t)-100000);
}

static void test_empty(void **state)
{
	struct symbol_ranges table = {};

	(void)state;
	assert_int_equal(symbol_ranges_build(&table), 0);
	assert_null(symbol_ranges_find(&table, 0));
	symbol_ranges_deinit(&table);
}

/* The worst that a file can do takes no more than a moment: all nested, all at one address,
 * one giant over many small ones. */
static void check_hostile(uint64_t (*start)(uint64_t), uint64_t (*end)(uint64_t))
{
	enum { N = 300000 };
	struct symbol_ranges table = {};
	double begin;

	for (uint32_t i = 0; i < N; i++) {
		struct symbol symbol = { .start = start(i), .end = end(i), .name = i };

		assert_int_equal(vec_push(&table.symbols, symbol), 0);
	}
	begin = cpu_seconds();
	assert_int_equal(symbol_ranges_build(&table), 0);
	for (uint64_t i = 0; i < N; i++)
		symbol_ranges_find(&table, i * 7);
	assert_true(table.ranges.n <= 2 * N);
	assert_cpu_seconds_since(begin, 3);
	symbol_ranges_deinit(&table);
}

static uint64_t zero(uint64_t i)
{
	(void)i;
	return 0;
}

static uint64_t same(uint64_t i)
{
	return i + 1;
}

static uint64_t mirrored(uint64_t i)
{
	return 10000000 - i;
}

static uint64_t spread(uint64_t i)
{
	return i * 10;
}

static uint64_t giant_first(uint64_t i)
{
	return i ? i * 10 + 5 : 10000000;
}

static uint64_t far(uint64_t i)
{
	return i * 0x9e3779b97f4a7c15 >> 1;
}

static uint64_t far_end(uint64_t i)
{
	return far(i) + ((uint64_t)1 << 62);
}

static void test_hostile(void **state)
{
	(void)state;
	check_hostile(zero, same);
	check_hostile(same, mirrored);
	check_hostile(spread, giant_first);
	check_hostile(far, far_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests_name("symbolize_ranges", tests, NULL, NULL);
}
