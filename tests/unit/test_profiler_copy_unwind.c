// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of this program's own stacks (own_copy.h), unwound after the functions
 * have long returned: chains, callbacks, signals, threads, frames of every kind,
 * and copies that were cut. Each has to be whole, or to say why it is not.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "base/clock.h"
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

static void a_fixed_chain(void **state)
{
	(void)state;
	own_copy_chain(&copy);
	assert_int_equal(copy.n_expected, 5);
	own_copy_assert_whole(&copy);
	/* Once more, from what libunwind remembers. */
	own_copy_assert_whole(&copy);
}

static int compare_and_copy(const void *a, const void *b)
{
	own_copy_here(&copy);
	return *(const int *)a - *(const int *)b;
}

static __attribute__((noinline)) void sort(void)
{
	int numbers[] = { 3, 1, 2 };

	qsort(numbers, 3, sizeof(int), compare_and_copy);
	own_copy_note(&copy, __builtin_return_address(0));
}

static void through_qsort_of_the_c_library(void **state)
{
	bool found = false;

	(void)state;
	sort();
	own_copy_unwind(&copy);
	assert_int_equal(copy.walk.result, WIRE_WHOLE);
	assert_int_equal(copy.walk.addresses[1], copy.expected[0]);
	/* How many frames qsort() takes is its own business. */
	for (uint32_t i = 2; i < copy.walk.n; i++)
		found |= copy.walk.addresses[i] == copy.expected[1];
	assert_true(found);
	own_copy_assert_agreement(&copy);
}

static void four_hundred_deep(void **state)
{
	(void)state;
	own_copy_recurse(&copy, 400);
	own_copy_assert_whole(&copy);
	assert_true(copy.walk.n > 400);
}

static void deeper_than_the_bound(void **state)
{
	(void)state;
	own_copy_recurse(&copy, 2000);
	own_copy_unwind(&copy);
	assert_int_equal(copy.walk.result, WIRE_DEPTH);
	assert_int_equal(copy.walk.n, WIRE_MAX_USER_FRAMES);
	own_copy_assert_agreement(&copy);
}

static void a_copy_that_was_cut(void **state)
{
	static struct native_walk whole;

	(void)state;
	own_copy_recurse(&copy, 400);
	own_copy_unwind(&copy);
	whole = copy.walk;
	for (uint32_t pages = 0; pages < 4; pages++) {
		copy.stack.n_pages = pages;
		copy.stack.cut = true;
		own_copy_unwind(&copy);
		assert_int_equal(copy.walk.result, WIRE_COPY_SHORT);
		assert_true(pages > 1 ? copy.walk.n > 10 : copy.walk.n >= 1);
		assert_memory_equal(copy.walk.addresses, whole.addresses,
				    copy.walk.n * sizeof(uint64_t));
		copy.stack.lost = true;
		own_copy_unwind(&copy);
		assert_int_equal(copy.walk.result, WIRE_COPY_LOST);
		copy.stack.cut = copy.stack.lost = false;
		own_copy_unwind(&copy);
		assert_int_equal(copy.walk.result, WIRE_UNREADABLE);
		own_copy_assert_agreement(&copy);
	}
}

static void a_hole_is_not_the_limit(void **state)
{
	(void)state;
	own_copy_recurse(&copy, 400);
	copy.stack.cut = true;
	assert_true(copy.stack.n_pages > 4);
	memmove(copy.pages + 1, copy.pages + 2, (copy.stack.n_pages - 2) * sizeof(*copy.pages));
	copy.stack.n_pages--;
	own_copy_unwind(&copy);
	assert_int_equal(copy.walk.result, WIRE_UNREADABLE);
}

/* A frame whose size only the frame pointer knows. */
static __attribute__((noinline)) void with_alloca(size_t n)
{
	volatile char *memory = __builtin_alloca(n);

	memory[n - 1] = 1;
	own_copy_here(&copy);
	own_copy_note(&copy, __builtin_return_address(0));
	memory[0] = 1;
}

static void alloca_frames(void **state)
{
	(void)state;
	with_alloca(12345);
	own_copy_assert_whole(&copy);
}

/* gcc realigns the stack with r10 and finds its CFA through a stored pointer. */
static __attribute__((noinline, target("avx"))) void realigned(int n)
{
	volatile _Alignas(64) char block[128];
	volatile char *more = __builtin_alloca(n);

	block[0] = more[n - 1] = 1;
	own_copy_here(&copy);
	own_copy_note(&copy, __builtin_return_address(0));
	more[0] = block[0];
}

static void realigned_frames(void **state)
{
	(void)state;
	realigned(777);
	own_copy_assert_whole(&copy);
}

static uint32_t n_handler_pages;

/* Copies the interrupted stack, too; it lies above the program's own memory. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	own_copy_here(&copy);
	n_handler_pages = copy.stack.n_pages;
	own_copy_from(&copy, ((ucontext_t *)context)->uc_mcontext.gregs[REG_RSP] - 128,
		      OWN_COPY_PAGES);
}

static void raise_on_another_stack(void)
{
	static _Alignas(COPY_PAGE) char other[16 * COPY_PAGE];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_ONSTACK | SA_SIGINFO };

	copy.most_pages = 16;
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	copy.most_pages = OWN_COPY_PAGES;
}

static uint32_t count_exact(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < copy.walk.n; i++)
		n += !!(copy.walk.addresses[i] & WIRE_EXACT);
	return n;
}

static void through_a_signal_on_another_stack(void **state)
{
	(void)state;
	raise_on_another_stack();
	own_copy_assert_whole(&copy);
	assert_int_equal(count_exact(), 2);
	/* Of the handler's stack alone: where the signal struck is still known. */
	copy.stack.n_pages = n_handler_pages;
	own_copy_unwind(&copy);
	assert_int_equal(copy.walk.result, WIRE_UNREADABLE);
	own_copy_assert_expected(&copy, 1);
	assert_int_equal(count_exact(), 2);
	own_copy_assert_agreement(&copy);
}

static void *run_thread(void *arg)
{
	own_copy_chain(&copy);
	return arg;
}

static void a_thread_that_has_exited(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, run_thread, NULL), 0);
	pthread_join(thread, NULL);
	own_copy_assert_whole(&copy);
}

static uint64_t time_once(struct copy_unwinder *with)
{
	uint64_t start_ns = clock_monotonic_ns();
	enum wire_result result;

	assert_int_equal(copy_unwind(with, copy.own.process, &copy.stack, copy.walk.addresses,
				     WIRE_MAX_USER_FRAMES, &copy.walk.n, &result), 0);
	assert_int_equal(result, WIRE_WHOLE);
	return clock_monotonic_ns() - start_ns;
}

/* Not a test of speed, but it tells. */
static void what_it_costs(void **state)
{
	enum { TIMES = 2000 };
	uint64_t best = UINT64_MAX, first;
	struct copy_unwinder *fresh;

	(void)state;
	own_copy_recurse(&copy, 60);
	assert_int_equal(copy_unwinder_create(&copy.own.modules, &fresh), 0);
	first = time_once(fresh);
	for (int i = 0; i < TIMES; i++) {
		uint64_t ns = time_once(fresh);

		best = ns < best ? ns : best;
	}
	print_message("%u frames: %.1f us; the first time, with reading %lu modules, %.1f ms\n",
		      copy.walk.n, best / 1e3, copy_unwinder_stats(fresh).n_modules, first / 1e6);
	copy_unwinder_destroy(fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fixed_chain),
		cmocka_unit_test(through_qsort_of_the_c_library),
		cmocka_unit_test(four_hundred_deep),
		cmocka_unit_test(deeper_than_the_bound),
		cmocka_unit_test(a_copy_that_was_cut),
		cmocka_unit_test(a_hole_is_not_the_limit),
		cmocka_unit_test(alloca_frames),
		cmocka_unit_test(realigned_frames),
		cmocka_unit_test(through_a_signal_on_another_stack),
		cmocka_unit_test(a_thread_that_has_exited),
		cmocka_unit_test(what_it_costs),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
