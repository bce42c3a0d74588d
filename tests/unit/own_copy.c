// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stack is read as a tick would find it: registers by getcontext(), memory
 * page by page. To be compiled as the tests are, so that its own frames are of
 * the same kind as theirs.
 */
#include "tests/unit/own_copy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/unwind_table.h"

int own_copy_init(struct own_copy *copy)
{
	copy->most_pages = OWN_COPY_PAGES;
	if (own_process_init(&copy->own))
		return -1;
	return copy_unwinder_create(&copy->own.modules, &copy->unwinder);
}

void own_copy_deinit(struct own_copy *copy)
{
	copy_unwinder_destroy(copy->unwinder);
	own_process_deinit(&copy->own);
}

void own_copy_from(struct own_copy *copy, uint64_t address, uint32_t most)
{
	struct stack_copy *stack = &copy->stack;

	address &= ~(uint64_t)(COPY_PAGE - 1);
	stack->cut = true;
	for (uint32_t i = 0; i < most && stack->n_pages < OWN_COPY_PAGES; i++) {
		uint8_t *bytes = copy->bytes[stack->n_pages];
		struct iovec to = { bytes, COPY_PAGE };
		struct iovec from = { (void *)address, COPY_PAGE };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != COPY_PAGE) {
			stack->cut = false;
			return;
		}
		copy->pages[stack->n_pages++] = (struct copy_page){ address, bytes };
		address += COPY_PAGE;
	}
}

static void copy_context(struct own_copy *copy, const ucontext_t *context)
{
	static const int gregs[DWARF_N_REGISTERS] = {
		REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
		REG_R9,	 REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
	};

	copy->stack = (struct stack_copy){ .id = 1, .pages = copy->pages };
	for (uint32_t i = 0; i < DWARF_N_REGISTERS; i++)
		copy->stack.registers[i] = context->uc_mcontext.gregs[gregs[i]];
	own_copy_from(copy, copy->stack.registers[DWARF_RSP] - 128, copy->most_pages);
}

__attribute__((noinline)) void own_copy_here(struct own_copy *copy)
{
	ucontext_t context;

	copy->n_expected = 0;
	copy->expected[copy->n_expected++] = (uint64_t)__builtin_return_address(0);
	getcontext(&context);
	copy_context(copy, &context);
}

__attribute__((noinline)) void own_copy_note(struct own_copy *copy, void *address)
{
	if (copy->n_expected < OWN_COPY_EXPECTED)
		copy->expected[copy->n_expected++] = (uint64_t)address;
}

static __attribute__((noinline)) void f3(struct own_copy *copy)
{
	own_copy_here(copy);
	own_copy_note(copy, __builtin_return_address(0));
}

static __attribute__((noinline)) void f2(struct own_copy *copy)
{
	f3(copy);
	own_copy_note(copy, __builtin_return_address(0));
}

static __attribute__((noinline)) void f1(struct own_copy *copy)
{
	f2(copy);
	own_copy_note(copy, __builtin_return_address(0));
}

__attribute__((noinline)) void own_copy_chain(struct own_copy *copy)
{
	f1(copy);
	own_copy_note(copy, __builtin_return_address(0));
}

__attribute__((noinline)) int own_copy_recurse(struct own_copy *copy, int depth)
{
	volatile char frame[64];

	frame[0] = depth;
	if (!depth)
		own_copy_here(copy);
	else
		own_copy_recurse(copy, depth - 1);
	return frame[0];
}

static int read_copy(void *ctx, uint64_t address, void *to, size_t n)
{
	const struct own_copy *copy = ctx;
	unsigned char *bytes = to;

	for (size_t i = 0; i < n; i++, address++) {
		const struct copy_page *page = NULL;

		for (uint32_t k = 0; k < copy->stack.n_pages && !page; k++)
			if (address - copy->pages[k].address < COPY_PAGE)
				page = &copy->pages[k];
		if (!page)
			return -EFAULT;
		bytes[i] = page->bytes[address - page->address];
	}
	return 0;
}

void own_copy_unwind(struct own_copy *copy)
{
	enum wire_result result;

	assert_int_equal(copy_unwind(copy->unwinder, copy->own.process, &copy->stack,
				     copy->walk.addresses, WIRE_MAX_USER_FRAMES, &copy->walk.n,
				     &result), 0);
	copy->walk.result = result;
}

void own_copy_unwind_natively(struct own_copy *copy)
{
	struct native_registers registers;

	memcpy(registers.dwarf, copy->stack.registers, sizeof(registers.dwarf));
	native_walk(getpid(), &registers, read_copy, copy, &copy->native);
}

void own_copy_assert_agreement(struct own_copy *copy)
{
	own_copy_unwind_natively(copy);
	for (uint32_t i = 0; i < copy->walk.n && i < copy->native.n; i++)
		assert_int_equal(copy->walk.addresses[i], copy->native.addresses[i]);
	assert_int_equal(copy->walk.n, copy->native.n);
	assert_int_equal(copy->walk.result, copy->native.result);
}

void own_copy_assert_expected(const struct own_copy *copy, uint32_t from)
{
	assert_true(copy->walk.n >= from + copy->n_expected);
	for (uint32_t i = 0; i < copy->n_expected; i++)
		assert_int_equal(copy->walk.addresses[from + i], copy->expected[i]);
}

void own_copy_assert_whole(struct own_copy *copy)
{
	own_copy_unwind(copy);
	assert_int_equal(copy->walk.result, WIRE_WHOLE);
	own_copy_assert_expected(copy, 1);
	own_copy_assert_agreement(copy);
}
