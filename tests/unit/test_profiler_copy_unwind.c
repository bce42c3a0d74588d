// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of this program's own stacks, unwound after the functions have long
 * returned. What is expected is known from the functions themselves, which
 * note where they return to; the BPF unwinder, compiled natively, walks the
 * same copies and has to find the same frames and the same end.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/guard.h"
#include "profiler/copy_fde.h"
#include "profiler/copy_unwind.h"
#include "profiler/tables.h"
#include "tests/unit/bpf_native.h"

enum { MOST_PAGES = 256, MOST_EXPECTED = 16 };

static struct profile profile;
static struct modules modules;
static struct timeline timeline;
static struct tables tables;
static struct process *process;
static struct copy_unwinder *unwinder;

/* The last copy, and what is known of it. */
static struct {
	struct stack_copy stack;
	struct copy_page pages[MOST_PAGES];
	uint8_t bytes[MOST_PAGES][COPY_PAGE];
	uint64_t expected[MOST_EXPECTED];
	uint32_t n_expected;
} copy;

static struct native_walk walk; /* by libunwind */
static struct native_walk native;

static int set_up(void **state)
{
	static const struct capture_tables no_maps;
	bool more = true;

	(void)state;
	if (profile_init(&profile) || modules_init(&modules, &profile))
		return -1;
	timeline_init(&timeline, &modules);
	if (tables_init(&tables, &no_maps, &modules) || timeline_add(&timeline, getpid()))
		return -1;
	process = timeline.processes.data[0];
	process->start_ns = NATIVE_START_NS;
	process->exec_id = NATIVE_EXEC_ID;
	if (tables_update(&tables, process))
		return -1;
	while (more)
		if (tables_build(&tables, 1000000000, &more))
			return -1;
	return copy_unwinder_create(&modules, &unwinder);
}

static int tear_down(void **state)
{
	(void)state;
	copy_unwinder_destroy(unwinder);
	tables_deinit(&tables);
	native_reset();
	timeline_deinit(&timeline);
	modules_deinit(&modules);
	profile_deinit(&profile);
	return 0;
}

/* Adds pages from an address upwards, at most `most` of them; stops where memory ends. */
static void copy_from(uint64_t address, uint32_t most)
{
	struct stack_copy *stack = &copy.stack;

	address &= ~(uint64_t)(COPY_PAGE - 1);
	stack->cut = true;
	for (uint32_t i = 0; i < most && stack->n_pages < MOST_PAGES; i++) {
		uint8_t *bytes = copy.bytes[stack->n_pages];
		struct iovec to = { bytes, COPY_PAGE };
		struct iovec from = { (void *)address, COPY_PAGE };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != COPY_PAGE) {
			stack->cut = false;
			return;
		}
		copy.pages[stack->n_pages++] = (struct copy_page){ address, bytes };
		address += COPY_PAGE;
	}
}

static void copy_context(const ucontext_t *context, uint32_t most)
{
	static const int gregs[DWARF_N_REGISTERS] = {
		REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
		REG_R9,	 REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
	};

	copy.stack = (struct stack_copy){ .id = 1, .pages = copy.pages };
	for (uint32_t i = 0; i < DWARF_N_REGISTERS; i++)
		copy.stack.registers[i] = context->uc_mcontext.gregs[gregs[i]];
	copy_from(copy.stack.registers[DWARF_RSP] - 128, most);
}

static uint32_t most_pages = MOST_PAGES;

static __attribute__((noinline)) void copy_here(void)
{
	ucontext_t context;

	copy.n_expected = 0;
	copy.expected[copy.n_expected++] = (uint64_t)__builtin_return_address(0);
	getcontext(&context);
	copy_context(&context, most_pages);
}

/* A function notes where it returns to after what it called has done so. */
static __attribute__((noinline)) void note(void *address)
{
	if (copy.n_expected < MOST_EXPECTED)
		copy.expected[copy.n_expected++] = (uint64_t)address;
}

static int read_copy(void *ctx, uint64_t address, void *to, size_t n)
{
	unsigned char *bytes = to;

	(void)ctx;
	for (size_t i = 0; i < n; i++, address++) {
		const struct copy_page *page = NULL;

		for (uint32_t k = 0; k < copy.stack.n_pages && !page; k++)
			if (address - copy.pages[k].address < COPY_PAGE)
				page = &copy.pages[k];
		if (!page)
			return -EFAULT;
		bytes[i] = page->bytes[address - page->address];
	}
	return 0;
}

static void unwind(void)
{
	enum wire_result result;

	assert_int_equal(copy_unwind(unwinder, process, &copy.stack, walk.addresses,
				     WIRE_MAX_USER_FRAMES, &walk.n, &result), 0);
	walk.result = result;
}

static void unwind_natively(void)
{
	struct native_registers registers;

	memcpy(registers.dwarf, copy.stack.registers, sizeof(registers.dwarf));
	native_walk(getpid(), &registers, read_copy, NULL, &native);
}

static void assert_agreement(void)
{
	unwind_natively();
	for (uint32_t i = 0; i < walk.n && i < native.n; i++)
		assert_int_equal(walk.addresses[i], native.addresses[i]);
	assert_int_equal(walk.n, native.n);
	assert_int_equal(walk.result, native.result);
}

static void assert_expected(uint32_t from)
{
	assert_true(walk.n >= from + copy.n_expected);
	for (uint32_t i = 0; i < copy.n_expected; i++)
		assert_int_equal(walk.addresses[from + i], copy.expected[i]);
}

static void assert_whole(void)
{
	unwind();
	assert_int_equal(walk.result, WIRE_WHOLE);
	assert_expected(1);
	assert_agreement();
}

static __attribute__((noinline)) void f3(void)
{
	copy_here();
	note(__builtin_return_address(0));
}

static __attribute__((noinline)) void f2(void)
{
	f3();
	note(__builtin_return_address(0));
}

static __attribute__((noinline)) void f1(void)
{
	f2();
	note(__builtin_return_address(0));
}

static __attribute__((noinline)) void f0(void)
{
	f1();
	note(__builtin_return_address(0));
}

static void a_fixed_chain(void **state)
{
	(void)state;
	f0();
	assert_int_equal(copy.n_expected, 5);
	assert_whole();
	/* Once more, from what libunwind remembers. */
	assert_whole();
}

static int compare_and_copy(const void *a, const void *b)
{
	copy_here();
	return *(const int *)a - *(const int *)b;
}

static __attribute__((noinline)) void sort(void)
{
	int numbers[] = { 3, 1, 2 };

	qsort(numbers, 3, sizeof(int), compare_and_copy);
	note(__builtin_return_address(0));
}

static void through_qsort_of_the_c_library(void **state)
{
	bool found = false;

	(void)state;
	sort();
	unwind();
	assert_int_equal(walk.result, WIRE_WHOLE);
	assert_int_equal(walk.addresses[1], copy.expected[0]);
	/* How many frames qsort() takes is its own business. */
	for (uint32_t i = 2; i < walk.n; i++)
		found |= walk.addresses[i] == copy.expected[1];
	assert_true(found);
	assert_agreement();
}

static __attribute__((noinline)) int recurse(int depth)
{
	volatile char frame[64];

	frame[0] = depth;
	if (!depth)
		copy_here();
	else
		recurse(depth - 1);
	return frame[0];
}

static void four_hundred_deep(void **state)
{
	(void)state;
	recurse(400);
	assert_whole();
	assert_true(walk.n > 400);
}

static void deeper_than_the_bound(void **state)
{
	(void)state;
	recurse(2000);
	unwind();
	assert_int_equal(walk.result, WIRE_DEPTH);
	assert_int_equal(walk.n, WIRE_MAX_USER_FRAMES);
	assert_agreement();
}

static void a_copy_that_was_cut(void **state)
{
	static struct native_walk whole;

	(void)state;
	recurse(400);
	unwind();
	whole = walk;
	for (uint32_t pages = 0; pages < 4; pages++) {
		copy.stack.n_pages = pages;
		copy.stack.cut = true;
		unwind();
		assert_int_equal(walk.result, WIRE_COPY_SHORT);
		assert_true(pages > 1 ? walk.n > 10 : walk.n >= 1);
		assert_memory_equal(walk.addresses, whole.addresses, walk.n * sizeof(uint64_t));
		copy.stack.lost = true;
		unwind();
		assert_int_equal(walk.result, WIRE_COPY_LOST);
		copy.stack.cut = copy.stack.lost = false;
		unwind();
		assert_int_equal(walk.result, WIRE_UNREADABLE);
		assert_agreement();
	}
}

static void a_hole_is_not_the_limit(void **state)
{
	(void)state;
	recurse(400);
	copy.stack.cut = true;
	assert_true(copy.stack.n_pages > 4);
	memmove(copy.pages + 1, copy.pages + 2, (copy.stack.n_pages - 2) * sizeof(*copy.pages));
	copy.stack.n_pages--;
	unwind();
	assert_int_equal(walk.result, WIRE_UNREADABLE);
}

/* A frame whose size only the frame pointer knows. */
static __attribute__((noinline)) void with_alloca(size_t n)
{
	volatile char *memory = __builtin_alloca(n);

	memory[n - 1] = 1;
	copy_here();
	note(__builtin_return_address(0));
	memory[0] = 1;
}

static void alloca_frames(void **state)
{
	(void)state;
	with_alloca(12345);
	assert_whole();
}

/* gcc realigns the stack with r10 and finds its CFA through a stored pointer. */
static __attribute__((noinline, target("avx"))) void realigned(int n)
{
	volatile _Alignas(64) char block[128];
	volatile char *more = __builtin_alloca(n);

	block[0] = more[n - 1] = 1;
	copy_here();
	note(__builtin_return_address(0));
	more[0] = block[0];
}

static void realigned_frames(void **state)
{
	(void)state;
	realigned(777);
	assert_whole();
}

static uint32_t n_handler_pages;

/* Copies the interrupted stack, too; it lies above the program's own memory. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	copy_here();
	n_handler_pages = copy.stack.n_pages;
	copy_from(((ucontext_t *)context)->uc_mcontext.gregs[REG_RSP] - 128, MOST_PAGES);
}

static void raise_on_another_stack(void)
{
	static _Alignas(COPY_PAGE) char other[16 * COPY_PAGE];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_ONSTACK | SA_SIGINFO };

	most_pages = 16;
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	most_pages = MOST_PAGES;
}

static uint32_t count_exact(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < walk.n; i++)
		n += !!(walk.addresses[i] & WIRE_EXACT);
	return n;
}

static void through_a_signal_on_another_stack(void **state)
{
	(void)state;
	raise_on_another_stack();
	assert_whole();
	assert_int_equal(count_exact(), 2);
	/* Of the handler's stack alone: where the signal struck is still known. */
	copy.stack.n_pages = n_handler_pages;
	unwind();
	assert_int_equal(walk.result, WIRE_UNREADABLE);
	assert_expected(1);
	assert_int_equal(count_exact(), 2);
	assert_agreement();
}

static void *run_thread(void *arg)
{
	f0();
	return arg;
}

static void a_thread_that_has_exited(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, run_thread, NULL), 0);
	pthread_join(thread, NULL);
	assert_whole();
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
	recurse(30);
	whole = copy.stack;
	for (int i = 0; i < 20000; i++) {
		uint64_t random = next_random(&seed);
		uint32_t number = random % 2 ? DWARF_RSP : DWARF_RBP;

		copy.stack = whole;
		copy.stack.registers[number] += (int64_t)random >> (random % 60);
		if (random % 3 == 0)
			copy.stack.registers[DWARF_RA] += (int64_t)random >> (40 + random % 20);
		copy.bytes[0][next_random(&seed) % COPY_PAGE] = seed >> 40;
		unwind();
		assert_in_range(walk.n, 1, WIRE_MAX_USER_FRAMES);
		assert_in_range(walk.result, 0, WIRE_RESULTS - 1);
		if (i % 10)
			continue;
		unwind_natively();
		n_differ += walk.n != native.n ||
			    memcmp(walk.addresses, native.addresses, walk.n * sizeof(uint64_t));
	}
	print_message("garbage: %u of 2000 differ; %.1f us each\n", n_differ,
		      (clock_monotonic_ns() - start_ns) / 20000 / 1e3);
}

/* What was remembered of mappings that are gone must not be used. */
static void mappings_change(void **state)
{
	size_t n = process->mappings.n;

	(void)state;
	f0();
	assert_whole();
	process->mappings.n = 0;
	process->epoch++;
	unwind();
	assert_true(walk.result == WIRE_UNMAPPED);
	process->mappings.n = n;
	process->epoch++;
	assert_whole();
}

static void room_for_a_few_frames(void **state)
{
	uint64_t addresses[3] = {};
	enum wire_result result;
	uint32_t n;

	(void)state;
	f0();
	for (uint32_t max = 1; max < 3; max++) {
		assert_int_equal(copy_unwind(unwinder, process, &copy.stack, addresses, max, &n,
					     &result), 0);
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

		assert_int_equal(copy_cfi_find(cfi, process, pc, &place), 0);
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
	unwind();
	return walk.n > 1 ? walk.addresses[1] : 0;
}

/* Headers are written for one FDE at a time, over what lies before its program: the end of another
 * one's, whose expression is to be read again. */
static void an_expression_before_another_program(void **state)
{
	const struct mapping *text = process_mapping(process, (uint64_t)(uintptr_t)qsort);
	/* What a stub would find on the stack: not 0, which would be an end. */
	volatile uint64_t pushed[4] = { 0x1111, 0x2222, 0x3333, 0x4444 };
	struct copy_place place;
	struct copy_cfi cfi;
	uint64_t plt, next, first;

	(void)state;
	copy_cfi_init(&cfi, &modules);
	assert_non_null(text);
	if (!find_place(&cfi, text, NULL, &plt))
		skip();
	assert_int_equal(copy_cfi_find(&cfi, process, plt, &place), 0);
	assert_true(find_place(&cfi, text, place.piece, &next));
	copy_cfi_deinit(&cfi);
	copy_here();
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
	copy_here();
	copy.stack.registers[DWARF_RSP] = copy.pages[0].address;
	copy.stack.registers[DWARF_RA] = (uint64_t)(uintptr_t)f0;
	words[0] = 0;
	unwind();
	assert_int_equal(walk.result, WIRE_BAD_CFA);
	assert_int_equal(walk.n, 1);
	assert_agreement();
	words[0] = (uint64_t)(uintptr_t)f1 + 1;
	words[1] = 0;
	unwind();
	assert_int_equal(walk.result, WIRE_WHOLE);
	assert_int_equal(walk.n, 2);
	assert_agreement();
}

static uint64_t time_once(struct copy_unwinder *with)
{
	uint64_t start_ns = clock_monotonic_ns();
	enum wire_result result;

	assert_int_equal(copy_unwind(with, process, &copy.stack, walk.addresses,
				     WIRE_MAX_USER_FRAMES, &walk.n, &result), 0);
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
	recurse(60);
	assert_int_equal(copy_unwinder_create(&modules, &fresh), 0);
	first = time_once(fresh);
	for (int i = 0; i < TIMES; i++) {
		uint64_t ns = time_once(fresh);

		best = ns < best ? ns : best;
	}
	print_message("%u frames: %.1f us; the first time, with reading %lu modules, %.1f ms\n",
		      walk.n, best / 1e3, copy_unwinder_stats(fresh).n_modules, first / 1e6);
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
		cmocka_unit_test(garbage),
		cmocka_unit_test(mappings_change),
		cmocka_unit_test(room_for_a_few_frames),
		cmocka_unit_test(programs_that_libunwind_must_not_see),
		cmocka_unit_test(an_expression_before_another_program),
		cmocka_unit_test(a_return_to_nothing),
		cmocka_unit_test(what_it_costs),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
