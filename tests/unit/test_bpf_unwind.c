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
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "bpf_stubs.h"
#include "bpf/sample.h"
#include "bpf/unwind_table.h"
/* The C library has one of that name. */
#define sigcontext kernel_sigcontext
#include "bpf/x86_64.h"
#include "bpf/unwind.h"

#include "profiler/tables.h"

/* Kernel side: what profiler/tables.c writes, in plain memory. */
static struct unwind_rule rules[UNWIND_MAX_RULES];
static struct unwind_map_page pages[UNWIND_MAP_PAGES];
static struct unwind_module modules_map[UNWIND_MAX_MODULES];
static struct unwind_mapping mappings[4096];
static struct unwind_process process_entry;
static struct unwind_chunk *chunks[64];

void *stub_lookup(const void *map, const void *key)
{
	uint32_t i = *(const uint32_t *)key;

	if (map == &unwind_rules)
		return i < UNWIND_MAX_RULES ? &rules[i] : NULL;
	if (map == &unwind_pages)
		return i < UNWIND_MAP_PAGES ? &pages[i] : NULL;
	if (map == &unwind_modules)
		return i < UNWIND_MAX_MODULES ? &modules_map[i] : NULL;
	if (map == &unwind_mappings)
		return i < 4096 ? &mappings[i] : NULL;
	if (map == &unwind_processes)
		return (pid_t)i == getpid() ? &process_entry : NULL;
	if (map == &unwind_chunks)
		return i < 64 ? chunks[i] : NULL;
	return (void *)map; /* an inner map, whose one value it is */
}

int capture_put_rules(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_rule *values, uint32_t n)
{
	(void)maps;
	memcpy(rules + first, values, n * sizeof(*values));
	return 0;
}

int capture_put_pages(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_map_page *values, uint32_t n)
{
	(void)maps;
	memcpy(pages + first, values, n * sizeof(*values));
	return 0;
}

int capture_put_module(const struct capture_tables *maps, uint32_t number,
		       const struct unwind_module *module)
{
	(void)maps;
	modules_map[number] = *module;
	return 0;
}

int capture_put_mappings(const struct capture_tables *maps, uint32_t first,
			 const struct unwind_mapping *values, uint32_t n)
{
	(void)maps;
	memcpy(mappings + first, values, n * sizeof(*values));
	return 0;
}

int capture_put_process(const struct capture_tables *maps, pid_t pid,
			const struct unwind_process *process)
{
	(void)maps, (void)pid;
	process_entry = *process;
	return 0;
}

void capture_drop_process(const struct capture_tables *maps, pid_t pid)
{
	(void)maps, (void)pid;
	memset(&process_entry, 0, sizeof(process_entry));
}

/* Freed with the chunk that they are in. */
void capture_unmap_chunk(struct unwind_row *rows)
{
	(void)rows;
}

int capture_add_chunk(const struct capture_tables *maps, uint32_t number,
		      struct unwind_row **ret)
{
	(void)maps;
	chunks[number] = calloc(1, sizeof(**chunks));
	*ret = chunks[number]->rows;
	return chunks[number] ? 0 : -1;
}

static struct profile profile;
static struct modules modules;
static struct timeline timeline;
static struct tables tables;

static int load_own_tables(void **state)
{
	static const struct capture_tables no_maps;
	struct process *process;
	bool more = true;

	(void)state;
	if (profile_init(&profile) || modules_init(&modules, &profile))
		return -1;
	timeline_init(&timeline, &modules);
	if (tables_init(&tables, &no_maps, &modules) || timeline_add(&timeline, getpid()))
		return -1;
	process = timeline.processes.data[0];
	process->start_ns = process->exec_id = 1;
	if (tables_update(&tables, process))
		return -1;
	while (more)
		if (tables_build(&tables, 1000000000, &more))
			return -1;
	return 0;
}

static int unload(void **state)
{
	(void)state;
	tables_deinit(&tables);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++)
		free(chunks[i]);
	timeline_deinit(&timeline);
	modules_deinit(&modules);
	profile_deinit(&profile);
	return 0;
}

struct walked {
	uint64_t addresses[WIRE_MAX_USER_FRAMES];
	uint32_t n, result;
};

static void walk_with_tables(const ucontext_t *context, struct walked *ret)
{
	static const int dwarf_to_greg[16] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX,
					       REG_RSI, REG_RDI, REG_RBP, REG_RSP,
					       REG_R8,	REG_R9,	 REG_R10, REG_R11,
					       REG_R12, REG_R13, REG_R14, REG_R15 };
	static struct register_scratch scratch;
	struct unwind unwind = { .addresses = ret->addresses, .scratch = &scratch, .cfi = true };
	struct wire_sample sample = { .pid = getpid(), .start_ns = 1, .exec_id = 1 };
	struct registers start = {
		.ip = context->uc_mcontext.gregs[REG_RIP],
		.sp = context->uc_mcontext.gregs[REG_RSP],
		.fp = context->uc_mcontext.gregs[REG_RBP],
	};

	for (int i = 0; i < 16; i++)
		scratch.registers.dwarf[i] = context->uc_mcontext.gregs[dwarf_to_greg[i]];
	cfi_begin(&unwind, &sample);
	unwind_user(&unwind, &start, true);
	ret->n = unwind.n;
	ret->result = unwind.result;
}

static void walk_with_libunwind(ucontext_t *context, struct walked *ret)
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
static struct walked by_tables, by_libunwind;

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

/* A range that was given to another process answers for that one only. */
static void entries_of_another_owner(void **state)
{
	ucontext_t context;

	(void)state;
	getcontext(&context);
	process_entry.owner++;
	walk_with_tables(&context, &by_tables);
	process_entry.owner--;
	assert_true(by_tables.result == WIRE_NO_TABLE || by_tables.n > 1);
	walk_with_tables(&context, &by_tables);
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
		cmocka_unit_test(entries_of_another_owner),
	};

	return cmocka_run_group_tests(tests, load_own_tables, unload);
}
