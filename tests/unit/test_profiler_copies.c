// SPDX-License-Identifier: GPL-2.0-or-later
/* Copied stacks while they wait for their samples: put together from pages, taken once, bounded,
 * forgotten. And how two ways to the same stack are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/agreement.h"
#include "profiler/copies.h"

static const uint64_t registers[WIRE_REGISTERS] = { [6] = 66, [7] = 77 };

static void begin(struct copies *copies, uint64_t id, uint64_t time_ns, uint32_t n_pages)
{
	struct checked_copy copy = { id, time_ns, registers, 0x1234, n_pages, true, true };

	assert_int_equal(copies_begin(copies, &copy), 0);
}

static void add(struct copies *copies, uint64_t id, uint64_t address)
{
	static uint8_t bytes[WIRE_PAGE_BYTES];
	struct checked_page page = { id, address, bytes };

	memset(bytes, (int)(address >> 12), sizeof(bytes));
	copies_add_page(copies, &page);
}

static void a_copy_is_put_together(void **state)
{
	struct copies copies = {};
	struct copied_stack *stack;

	(void)state;
	begin(&copies, 5, 100, 2);
	begin(&copies, 6, 100, 1);
	add(&copies, 5, 0x1000);
	assert_null(copies_take(&copies, 5)); /* a page is still to come */
	add(&copies, 6, 0x7000);
	add(&copies, 5, 0x1000); /* not twice, and not backwards */
	add(&copies, 5, 0x0000);
	assert_null(copies_take(&copies, 5));
	add(&copies, 5, 0x2000);
	add(&copies, 5, 0x3000); /* more than was said */
	add(&copies, 99, 0x1000); /* of nobody */
	stack = copies_take(&copies, 5);
	assert_non_null(stack);
	assert_int_equal(stack->copy.id, 5);
	assert_int_equal(stack->copy.n_pages, 2);
	assert_int_equal(stack->copy.registers[7], 77);
	assert_int_equal(stack->copy.registers[DWARF_RA], 0x1234);
	assert_true(stack->copy.cut && stack->copy.lost);
	assert_int_equal(stack->copy.pages[1].address, 0x2000);
	assert_int_equal(stack->copy.pages[0].bytes[4095], 1);
	assert_int_equal(stack->copy.pages[1].bytes[0], 2);
	copied_stack_free(stack);
	assert_null(copies_take(&copies, 5));
	stack = copies_take(&copies, 6);
	assert_non_null(stack);
	copied_stack_free(stack);
	assert_int_equal(copies.bytes, 0);
	assert_int_equal(copies.n_received, 2);
	copies_deinit(&copies);
}

static void a_copy_without_memory(void **state)
{
	struct copies copies = {};
	struct copied_stack *stack;

	(void)state;
	begin(&copies, 5, 100, 0);
	stack = copies_take(&copies, 5);
	assert_non_null(stack);
	assert_int_equal(stack->copy.n_pages, 0);
	copied_stack_free(stack);
	copies_deinit(&copies);
}

static void those_of_lost_samples_are_forgotten(void **state)
{
	struct copies copies = {};
	struct copied_stack *stack;

	(void)state;
	for (uint64_t id = 1; id <= 10000; id++)
		begin(&copies, id, id, 0);
	begin(&copies, 77, 20000, 0); /* again: the later one counts */
	copies_forget(&copies, 5001);
	assert_int_equal(copies.n_forgotten, 4999);
	assert_null(copies_take(&copies, 5000));
	stack = copies_take(&copies, 5001);
	assert_non_null(stack);
	copied_stack_free(stack);
	stack = copies_take(&copies, 77);
	assert_non_null(stack);
	copied_stack_free(stack);
	copies_deinit(&copies);
	assert_int_equal(copies.bytes, 0);
}

static void what_waits_is_bounded(void **state)
{
	struct copies copies = {};
	uint64_t id = 0;

	(void)state;
	while (!copies_are_full(&copies))
		begin(&copies, ++id, 1, WIRE_MAX_COPY_PAGES);
	assert_in_range(id, COPIES_MAX_BYTES / (WIRE_MAX_COPY_PAGES * 4200),
			COPIES_MAX_BYTES / (WIRE_MAX_COPY_PAGES * 4096) + 1);
	copied_stack_free(NULL);
	copies_deinit(&copies);
	assert_false(copies_are_full(&copies));
}

static const uint64_t stack[] = { 10, 20, 30, 40 }, at_leaf[] = { 10, 21, 30, 40 },
		      further_out[] = { 10, 20, 30, 41 };

/* The one class that is counted. */
static enum agreement_class compare(const uint64_t *a, uint32_t n_a, enum unwind_result result_a,
				    const uint64_t *b, uint32_t n_b, enum unwind_result result_b)
{
	struct agreement agreement = {};
	int class = AGREE_N;

	agreement_add(&agreement, &(struct agreement_stack){ a, n_a, result_a },
		      &(struct agreement_stack){ b, n_b, result_b });
	for (int i = 0; i < AGREE_N; i++) {
		assert_in_range(agreement.stacks[i], 0, 1);
		if (agreement.stacks[i])
			class = i;
	}
	return class;
}

static void two_ways_are_compared(void **state)
{
	static const uint64_t exact[] = { 10, 20 | WIRE_EXACT, 30, 40 };

	(void)state;
	assert_int_equal(compare(stack, 4, UNWIND_WHOLE, stack, 4, UNWIND_WHOLE), AGREE_SAME);
	assert_int_equal(compare(stack, 4, UNWIND_WHOLE, exact, 4, UNWIND_WHOLE), AGREE_SAME);
	assert_int_equal(compare(stack, 4, UNWIND_WHOLE, stack, 3, UNWIND_WHOLE), AGREE_OTHER_END);
	assert_int_equal(compare(stack, 2, UNWIND_NO_TABLE, stack, 4, UNWIND_WHOLE),
			 AGREE_KERNEL_CUT);
	assert_int_equal(compare(stack, 4, UNWIND_WHOLE, stack, 3, UNWIND_COPY_SHORT),
			 AGREE_COPY_CUT);
	assert_int_equal(compare(stack, 4, UNWIND_DEPTH, stack, 3, UNWIND_COPY_SHORT),
			 AGREE_BOTH_CUT);
	assert_int_equal(compare(stack, 4, UNWIND_WHOLE, at_leaf, 4, UNWIND_WHOLE), AGREE_LEAF);
	assert_int_equal(compare(stack, 4, UNWIND_WHOLE, further_out, 4, UNWIND_WHOLE),
			 AGREE_FURTHER_OUT);
	/* What lies beyond the shorter one's end is not compared. */
	assert_int_equal(compare(stack, 3, UNWIND_NO_TABLE, further_out, 4, UNWIND_WHOLE),
			 AGREE_KERNEL_CUT);
}

static void agreement_is_written(void **state)
{
	struct agreement agreement = {};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	agreement_add(&agreement, &(struct agreement_stack){ stack, 2, UNWIND_NO_TABLE },
		      &(struct agreement_stack){ stack, 4, UNWIND_WHOLE });
	agreement_add(&agreement, &(struct agreement_stack){ stack, 4, UNWIND_WHOLE },
		      &(struct agreement_stack){ further_out, 4, UNWIND_WHOLE });
	assert_non_null(out);
	agreement_write_json(&agreement, out);
	fclose(out);
	assert_string_equal(text, "\"frames\": 6, \"frames_agreed\": 5, \"stacks\": {\"same\": 0, "
				  "\"both cut\": 0, \"kernel cut\": 1, \"copy cut\": 0, "
				  "\"other end\": 0, \"part at the leaf\": 0, "
				  "\"part further out\": 1}, \"kernel_cut\": {\"no table\": 1}, "
				  "\"copy_cut\": {}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_put_together),
		cmocka_unit_test(a_copy_without_memory),
		cmocka_unit_test(those_of_lost_samples_are_forgotten),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(two_ways_are_compared),
		cmocka_unit_test(agreement_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
