// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The BPF unwinder, compiled natively, walks this program's own stacks with
 * the tables of the modules that are mapped here; libunwind walks the same
 * registers. Both have to find the same callers, frame by frame.
 */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/bpf_native.h"
#include "tests/unit/own_process.h"

static struct own_process own;

static int load_own_tables(void **state)
{
	(void)state;
	return own_process_init(&own);
}

static int unload(void **state)
{
	(void)state;
	own_process_deinit(&own);
	return 0;
}

static void walk_with_tables(const ucontext_t *context, struct native_walk *ret)
{
	static const int dwarf_to_greg[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
					     REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
					     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP };
	struct native_registers registers;

	for (size_t i = 0; i < sizeof(dwarf_to_greg) / sizeof(*dwarf_to_greg); i++)
		registers.dwarf[i] = context->uc_mcontext.gregs[dwarf_to_greg[i]];
	native_walk(getpid(), &registers, NULL, NULL, ret);
}

static void walk_with_libunwind(ucontext_t *context, struct native_walk *ret)
{
	unw_cursor_t cursor;
	unw_word_t ip;

	ret->n = 0;
	if (unw_init_local(&cursor, context))
		return;
	do {
		if (unw_get_reg(&cursor, UNW_REG_IP, &ip) || !ip)
			return;
		ret->addresses[ret->n++] = ip;
	} while (ret->n < WIRE_MAX_USER_FRAMES && unw_step(&cursor) > 0);
}

/* Results of the last walk, for the test to look at: the walks happen in callbacks. */
static struct native_walk by_tables, by_libunwind;

static __attribute__((noinline)) void walk_here(void)
{
	ucontext_t context;

	getcontext(&context);
	walk_with_tables(&context, &by_tables);
	walk_with_libunwind(&context, &by_libunwind);
}

static void assert_same(uint32_t at_least)
{
	assert_int_equal(by_tables.result, WIRE_WHOLE);
	assert_true(by_tables.n >= at_least);
	assert_true(by_libunwind.n >= at_least);
	for (uint32_t i = 0; i < by_tables.n && i < by_libunwind.n; i++)
		assert_int_equal(by_tables.addresses[i] & ~WIRE_EXACT, by_libunwind.addresses[i]);
	/* libunwind may go one step past the end, or stop at it. */
	assert_in_range(by_libunwind.n, by_tables.n - 1, by_tables.n + 1);
}

static void a_plain_chain(void **state)
{
	(void)state;
	walk_here();
	assert_same(5);
}

static int compare_and_walk(const void *a, const void *b)
{
	walk_here();
	return *(const int *)a - *(const int *)b;
}

static void through_qsort_of_the_c_library(void **state)
{
	int numbers[] = { 3, 1, 2 };

	(void)state;
	qsort(numbers, 3, sizeof(int), compare_and_walk);
	assert_same(7);
}

static __attribute__((noinline)) int recurse(int depth)
{
	volatile char frame[64];

	frame[0] = depth;
	if (!depth)
		walk_here();
	else
		recurse(depth - 1);
	return frame[0];
}

static void four_hundred_deep(void **state)
{
	(void)state;
	recurse(400);
	assert_same(400);
}

static void deeper_than_the_bound(void **state)
{
	(void)state;
	recurse(2000);
	assert_int_equal(by_tables.result, WIRE_DEPTH);
	assert_int_equal(by_tables.n, WIRE_MAX_USER_FRAMES);
	for (uint32_t i = 0; i < by_tables.n; i++)
		assert_int_equal(by_tables.addresses[i], by_libunwind.addresses[i]);
}

/* A frame whose size only the frame pointer knows. */
static __attribute__((noinline)) void with_alloca(size_t n)
{
	volatile char *memory = __builtin_alloca(n);

	memory[n - 1] = 1;
	walk_here();
	memory[0] = 1;
}

static void alloca_frames(void **state)
{
	(void)state;
	with_alloca(12345);
	assert_same(6);
}

/* gcc realigns the stack with r10 and finds its CFA through a stored pointer. */
static __attribute__((noinline, target("avx"))) void realigned(int n)
{
	volatile _Alignas(64) char block[128];
	volatile char *more = __builtin_alloca(n);

	block[0] = more[n - 1] = 1;
	walk_here();
	more[0] = block[0];
}

static void realigned_frames(void **state)
{
	(void)state;
	realigned(777);
	assert_same(6);
}

static void on_signal(int number)
{
	(void)number;
	walk_here();
}

static void through_a_signal_on_another_stack(void **state)
{
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	uint32_t exact = 0;

	(void)state;
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	assert_same(8);
	for (uint32_t i = 1; i < by_tables.n; i++)
		exact += !!(by_tables.addresses[i] & WIRE_EXACT);
	/* The trampoline, and where the signal struck. */
	assert_int_equal(exact, 2);
}

/* Every address is answered, whatever the registers are: garbage in, a reason out. */
static void garbage_registers(void **state)
{
	ucontext_t context;
	uint64_t seed = 88172645463325252ULL;

	(void)state;
	getcontext(&context);
	for (int i = 0; i < 20000; i++) {
		ucontext_t wild = context;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		wild.uc_mcontext.gregs[seed % 2 ? REG_RSP : REG_RBP] += (int64_t)seed >> (seed % 60);
		if (seed % 3 == 0)
			wild.uc_mcontext.gregs[REG_RIP] += (int64_t)seed >> (40 + seed % 20);
		walk_with_tables(&wild, &by_tables);
		assert_in_range(by_tables.n, 1, WIRE_MAX_USER_FRAMES);
		assert_in_range(by_tables.result, 0, WIRE_RESULTS - 1);
	}
}

/* Whichever place a mapping has among the others. */
static void the_first_and_last_byte_of_every_mapping(void **state)
{
	const struct process *process = own.process;

	(void)state;
	assert_true(process->mappings.n >= 3);
	vec_each(&process->mappings, mapping) {
		for (int last = 0; last < 2; last++) {
			struct native_registers registers = {};

			registers.dwarf[DWARF_RA] = last ? mapping->end - 1 : mapping->start;
			native_walk(getpid(), &registers, NULL, NULL, &by_tables);
			assert_int_not_equal(by_tables.result, WIRE_UNMAPPED);
		}
	}
}

/* A range that was given to another process answers for that one only. */
static void entries_of_another_owner(void **state)
{
	ucontext_t context;

	(void)state;
	getcontext(&context);
	native_move_owner(1);
	walk_with_tables(&context, &by_tables);
	native_move_owner(-1);
	assert_true(by_tables.result == WIRE_NO_TABLE || by_tables.n > 1);
	walk_with_tables(&context, &by_tables);
	assert_int_equal(by_tables.result, WIRE_WHOLE);
}

/* A frame that has a frame pointer, from which a tick in qsort() seems to come. */
static __attribute__((noinline)) void tick_in_qsort(size_t n)
{
	volatile char *memory = __builtin_alloca(n);
	ucontext_t context;

	memory[n - 1] = 1;
	getcontext(&context);
	context.uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)qsort;
	context.uc_mcontext.gregs[REG_RBP] = (greg_t)(uintptr_t)__builtin_frame_address(0);
	walk_with_tables(&context, &by_tables);
	memory[0] = 1;
}

/* Frame pointers lead from code whose table is not there yet to the end, but who knows past what. */
static void an_end_beyond_a_table_that_is_to_come(void **state)
{
	(void)state;
	native_hide_table((uintptr_t)qsort, true);
	tick_in_qsort(77);
	native_hide_table((uintptr_t)qsort, false);
	assert_true(by_tables.n >= 5);
	assert_int_equal(by_tables.result, WIRE_NO_TABLE);
	/* And with it, the end is proved. */
	walk_here();
	assert_int_equal(by_tables.result, WIRE_WHOLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_chain),
		cmocka_unit_test(through_qsort_of_the_c_library),
		cmocka_unit_test(four_hundred_deep),
		cmocka_unit_test(deeper_than_the_bound),
		cmocka_unit_test(alloca_frames),
		cmocka_unit_test(realigned_frames),
		cmocka_unit_test(through_a_signal_on_another_stack),
		cmocka_unit_test(garbage_registers),
		cmocka_unit_test(the_first_and_last_byte_of_every_mapping),
		cmocka_unit_test(entries_of_another_owner),
		cmocka_unit_test(an_end_beyond_a_table_that_is_to_come),
	};

	return cmocka_run_group_tests(tests, load_own_tables, unload);
}
