/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outlines of units: what was noted in any order is found by address; what
 * overlaps is not told as if it were clear.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/guard.h"
#include "symbolize/dwarf_outline.h"

struct world {
	struct dwarf_outline outline;
	struct dwarf_outline_draft draft;
};

static void world_deinit(struct world *world)
{
	dwarf_outline_deinit(&world->outline);
	dwarf_outline_draft_deinit(&world->draft);
}

static void add(struct world *world, uint64_t unit)
{
	assert_int_equal(dwarf_outline_add(&world->outline, unit, &world->draft), 0);
	dwarf_outline_draft_clear(&world->draft);
}

static void function(struct world *world, uint64_t start, uint64_t end, uint64_t entry)
{
	assert_int_equal(dwarf_outline_draft_function(&world->draft, start, end, entry), 0);
}

static void row(struct world *world, uint64_t address, uint32_t size, uint32_t line)
{
	assert_int_equal(vec_push(&world->draft.rows, (struct dwarf_outline_row){
							      .address = address, .size = size,
							      .line = line }),
			 0);
}

/* The entry at an address; -1: there is no function. */
static int64_t entry_at(struct world *world, uint64_t unit, uint64_t vaddr)
{
	const struct dwarf_outline_unit *outlined = dwarf_outline_find(&world->outline, unit);
	const struct dwarf_outline_function *found;

	assert_non_null(outlined);
	found = dwarf_outline_function(&world->outline, outlined, vaddr);
	return found ? (int64_t)found->entry : -1;
}

static int64_t line_at(struct world *world, uint64_t unit, uint64_t vaddr)
{
	const struct dwarf_outline_row *found = dwarf_outline_row(
		&world->outline, dwarf_outline_find(&world->outline, unit), vaddr);

	return found ? (int64_t)found->line : -1;
}

static void test_by_address(void **state)
{
	guard(world_deinit) struct world world = {};

	(void)state;
	function(&world, 300, 320, 7);
	function(&world, 100, 200, 5);
	row(&world, 250, 50, 9);
	row(&world, 100, 100, 8);
	add(&world, 40);
	function(&world, 100, 101, 6);
	add(&world, 4);
	assert_null(dwarf_outline_find(&world.outline, 5));
	assert_int_equal(entry_at(&world, 40, 99), -1);
	assert_int_equal(entry_at(&world, 40, 100), 5);
	assert_int_equal(entry_at(&world, 40, 199), 5);
	assert_int_equal(entry_at(&world, 40, 200), -1);
	assert_int_equal(entry_at(&world, 40, 319), 7);
	assert_int_equal(entry_at(&world, 40, UINT64_MAX), -1);
	assert_int_equal(entry_at(&world, 4, 100), 6);
	assert_int_equal(line_at(&world, 40, 0), -1);
	assert_int_equal(line_at(&world, 40, 199), 8);
	assert_int_equal(line_at(&world, 40, 249), -1);
	assert_int_equal(line_at(&world, 40, 299), 9);
	assert_int_equal(line_at(&world, 40, 300), -1);
	assert_int_equal(line_at(&world, 4, 100), -1);
}

static void test_overlaps(void **state)
{
	guard(world_deinit) struct world world = {};

	(void)state;
	function(&world, 100, 200, 5); /* a function in another is of the outer one's entry */
	function(&world, 120, 130, 5);
	function(&world, 300, 400, 6); /* two have the same code */
	function(&world, 300, 350, 7);
	function(&world, 380, 450, 6);
	row(&world, 100, 50, 1); /* and so have these two */
	row(&world, 149, 50, 2);
	add(&world, 1);
	assert_int_equal(entry_at(&world, 1, 125), 5);
	assert_int_equal(entry_at(&world, 1, 180), 5);
	assert_int_equal(entry_at(&world, 1, 300), 0);
	assert_int_equal(entry_at(&world, 1, 360), 0);
	assert_int_equal(entry_at(&world, 1, 449), 0);
	assert_int_equal(entry_at(&world, 1, 450), -1);
	assert_int_equal(line_at(&world, 1, 100), -1);
}

/* What cannot be told, and what is too much, is not told in part. */
static void test_bounds(void **state)
{
	guard(world_deinit) struct world world = {};

	(void)state;
	function(&world, 0, UINT64_C(1) << 33, 5);
	add(&world, 1);
	assert_null(dwarf_outline_find(&world.outline, 1));
	function(&world, 0, 10, UINT64_C(1) << 33);
	add(&world, 2);
	assert_null(dwarf_outline_find(&world.outline, 2));
	for (uint64_t i = 0; i < DWARF_OUTLINE_MAX / 16 * 2 / 3; i++)
		function(&world, i * 10, i * 10 + 10, i + 1);
	add(&world, 3);
	assert_int_equal(entry_at(&world, 3, 25), 3);
	for (uint64_t i = 0; i < DWARF_OUTLINE_MAX / 16 * 2 / 3; i++)
		function(&world, i * 10, i * 10 + 10, i + 1);
	add(&world, 4);
	assert_null(dwarf_outline_find(&world.outline, 4));
	function(&world, 5, 6, 9);
	add(&world, 4);
	assert_int_equal(entry_at(&world, 4, 5), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_address),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
