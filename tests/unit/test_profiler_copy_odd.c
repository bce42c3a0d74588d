// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is odd about a copied stack or the tables that unwind it: garbage in
 * registers and memory, mappings that change, call-frame programs that libunwind
 * must not see, ends that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "profiler/copy_fde.h"
#include "tests/unit/own_copy.h"

static struct own_copy copy;

static int set_up(void **state)
{
	(void)state;
	return own_copy_init(&copy);
}

static int tear_down(void **state)
{
	(void)state;
	own_copy_deinit(&copy);
	return 0;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Whatever the registers and the memory are: a reason comes out, the BPF unwinder's. */
static void garbage(void **state)
{
	uint64_t seed = 88172645463325252ULL, start_ns = clock_monotonic_ns();
	uint32_t n_differ = 0;
	static struct stack_copy whole;

	(void)state;
	own_copy_recurse(&copy, 30);
	whole = copy.stack;
	for (int i = 0; i < 20000; i++) {
		uint64_t random = next_random(&seed);
		uint32_t number = random % 2 ? DWARF_RSP : DWARF_RBP;

		copy.stack = whole;
		copy.stack.registers[number] += (int64_t)random >> (random % 60);
		if (random % 3 == 0)
			copy.stack.registers[DWARF_RA] += (int64_t)random >> (40 + random % 20);
		copy.bytes[0][next_random(&seed) % COPY_PAGE] = seed >> 40;
		own_copy_unwind(&copy);
		assert_in_range(copy.walk.n, 1, WIRE_MAX_USER_FRAMES);
		assert_in_range(copy.walk.result, 0, WIRE_RESULTS - 1);
		if (i % 10)
			continue;
		own_copy_unwind_natively(&copy);
		n_differ += copy.walk.n != copy.native.n ||
			    memcmp(copy.walk.addresses, copy.native.addresses,
				   copy.walk.n * sizeof(uint64_t));
	}
	print_message("garbage: %u of 2000 differ; %.1f us each\n", n_differ,
		      (clock_monotonic_ns() - start_ns) / 20000 / 1e3);
}

/* What was remembered of mappings that are gone must not be used. */
static void mappings_change(void **state)
{
	size_t n = copy.own.process->mappings.n;

	(void)state;
	own_copy_chain(&copy);
	own_copy_assert_whole(&copy);
	copy.own.process->mappings.n = 0;
	copy.own.process->epoch++;
	own_copy_unwind(&copy);
	assert_true(copy.walk.result == WIRE_UNMAPPED);
	copy.own.process->mappings.n = n;
	copy.own.process->epoch++;
	own_copy_assert_whole(&copy);
}

static void room_for_a_few_frames(void **state)
{
	uint64_t addresses[3] = {};
	enum wire_result result;
	uint32_t n;

	(void)state;
	own_copy_chain(&copy);
	for (uint32_t max = 1; max < 3; max++) {
		assert_int_equal(copy_unwind(copy.unwinder, copy.own.process, &copy.stack,
					     addresses, max, &n, &result), 0);
		assert_int_equal(n, max);
		assert_int_equal(result, WIRE_DEPTH);
		assert_int_equal(addresses[max], 0);
	}
}

#define PROGRAM(...) { sizeof((const unsigned char[]){ __VA_ARGS__ }), { __VA_ARGS__ } }

static void programs_that_libunwind_must_not_see(void **state)
{
	static const unsigned char plain[] = { 0x0c, 7, 8, 0x90, 1 };
	static const struct {
		size_t size;
		unsigned char bytes[16];
	} good[] = {
		PROGRAM(0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 9, 0x0a, 0xc6, 0x0c, 7, 8, 0x0b),
		PROGRAM(0x0f, 3, 0x77, 8, 0x06),
		PROGRAM(0x07, 16),
	}, evil[] = {
		PROGRAM(0x09, 6, 200, 1),                   /* a register that there is not */
		PROGRAM(0x0b),                              /* nothing to restore */
		PROGRAM(0x91, 0x80),                        /* runs out */
		PROGRAM(0x91 + 1, 1),                       /* register 18 */
		PROGRAM(0x14, 7, 0),                        /* val_offset: libunwind skips it */
		PROGRAM(0x01, 0, 0, 0, 0),                  /* set_loc */
		PROGRAM(0x0f, 3, 0x30, 0x30, 0x1b),         /* a division */
		PROGRAM(0x0f, 3, 0x2f, 0xfd, 0xff),         /* a loop */
		PROGRAM(0x0f, 40, 0x30),                    /* longer than there is */
		PROGRAM(0x10, 6, 3, 0x92, 0xff, 0x01),      /* bregx of a far register */
	};
	struct dwarf_cursor cie = dwarf_cursor(plain, sizeof(plain), 0);
	struct dwarf_cursor none = dwarf_cursor(plain, 0, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(copy_programs_are_safe(cie, dwarf_cursor(good[i].bytes, good[i].size, 0)));
	for (size_t i = 0; i < sizeof(evil) / sizeof(*evil); i++)
		assert_false(copy_programs_are_safe(cie, dwarf_cursor(evil[i].bytes, evil[i].size, 0)));
	/* There is no CFA, or none yet. */
	assert_false(copy_programs_are_safe(none, none));
	assert_false(copy_programs_are_safe(none, dwarf_cursor(good[0].bytes, good[0].size, 0)));
	assert_true(copy_programs_are_safe(none, dwarf_cursor(good[1].bytes, good[1].size, 0)));
}

/* Where an FDE of the C library covers an address; of many addresses the first with what is sought:
 * the expression of a PLT in its program, or the program that comes next in the section. */
static bool find_place(struct copy_cfi *cfi, const struct mapping *text,
		       const struct unwind_piece *before, uint64_t *ret)
{
	static const unsigned char plt[] = { 0x0f, 0x0b, 0x77, 0x08, 0x80 };
	uint64_t nearest = UINT64_MAX;

	for (uint64_t pc = text->start; pc < text->end; pc += 16) {
		struct copy_place place;

		assert_int_equal(copy_cfi_find(cfi, copy.own.process, pc, &place), 0);
		if (place.where != COPY_FDE)
			continue;
		if (!before && memmem(place.section->section.bytes + place.piece->program,
				      place.piece->program_size, plt, sizeof(plt))) {
			*ret = pc + 16; /* behind the first entry, which has another rule */
			return true;
		}
		if (before && place.piece->kind == before->kind &&
		    place.piece->program > before->program && place.piece->program < nearest) {
			nearest = place.piece->program;
			*ret = pc;
		}
	}
	return nearest != UINT64_MAX;
}

/* The caller of what was interrupted here. */
static uint64_t unwind_at(uint64_t pc)
{
	copy.stack.registers[DWARF_RA] = pc;
	own_copy_unwind(&copy);
	return copy.walk.n > 1 ? copy.walk.addresses[1] : 0;
}

/* Headers are written for one FDE at a time, over what lies before its program: the end of another
 * one's, whose expression is to be read again. */
static void an_expression_before_another_program(void **state)
{
	const struct mapping *text = process_mapping(copy.own.process, (uint64_t)(uintptr_t)qsort);
	/* What a stub would find on the stack: not 0, which would be an end. */
	volatile uint64_t pushed[4] = { 0x1111, 0x2222, 0x3333, 0x4444 };
	struct copy_place place;
	struct copy_cfi cfi;
	uint64_t plt, next, first;

	(void)state;
	copy_cfi_init(&cfi, &copy.own.modules);
	assert_non_null(text);
	if (!find_place(&cfi, text, NULL, &plt))
		skip();
	assert_int_equal(copy_cfi_find(&cfi, copy.own.process, plt, &place), 0);
	assert_true(find_place(&cfi, text, place.piece, &next));
	copy_cfi_deinit(&cfi);
	own_copy_here(&copy);
	copy.stack.registers[DWARF_RSP] = (uint64_t)(uintptr_t)pushed;
	first = unwind_at(plt);
	assert_int_not_equal(first, 0);
	unwind_at(next);
	assert_int_equal(unwind_at(plt), first);
}

/* A 0 to return to is an end where a call has led to, and none where a tick has come, whose table
 * may be wrong. */
static void a_return_to_nothing(void **state)
{
	uint64_t *words = (uint64_t *)copy.bytes[0];

	(void)state;
	own_copy_here(&copy);
	copy.stack.registers[DWARF_RSP] = copy.pages[0].address;
	copy.stack.registers[DWARF_RA] = (uint64_t)(uintptr_t)own_copy_chain;
	words[0] = 0;
	own_copy_unwind(&copy);
	assert_int_equal(copy.walk.result, WIRE_BAD_CFA);
	assert_int_equal(copy.walk.n, 1);
	own_copy_assert_agreement(&copy);
	words[0] = (uint64_t)(uintptr_t)own_copy_recurse + 1;
	words[1] = 0;
	own_copy_unwind(&copy);
	assert_int_equal(copy.walk.result, WIRE_WHOLE);
	assert_int_equal(copy.walk.n, 2);
	own_copy_assert_agreement(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage),
		cmocka_unit_test(mappings_change),
		cmocka_unit_test(room_for_a_few_frames),
		cmocka_unit_test(programs_that_libunwind_must_not_see),
		cmocka_unit_test(an_expression_before_another_program),
		cmocka_unit_test(a_return_to_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
