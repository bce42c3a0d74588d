/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An evaluator of DWARF expressions, as far as call-frame information has
 * them, and one of unwind rules.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dwarf.h>

#include "base/hash.h"
#include "unwind_oracle.h"

enum {
	STACK = 16,
	/* Of struct ucontext: uc_mcontext.gregs[] */
	UCONTEXT_RBP = 120,
	UCONTEXT_RBX = 128,
	UCONTEXT_RSP = 160,
	UCONTEXT_RIP = 168,
};

void oracle_machine_init(struct oracle_machine *machine, uint64_t pc, uint64_t seed)
{
	machine->seed = seed;
	for (int i = 0; i < DWARF_N_REGISTERS; i++)
		machine->registers[i] = hash_pair(seed, i);
	machine->registers[DWARF_RA] = pc;
}

uint64_t oracle_memory(const struct oracle_machine *machine, uint64_t address)
{
	return hash_pair(machine->seed, address);
}

struct stack {
	uint64_t values[STACK];
	size_t n;
	bool is_value; /* DW_OP_stack_value, or a register: no address */
};

static void push(struct stack *stack, uint64_t value)
{
	assert_true(stack->n < STACK);
	stack->values[stack->n++] = value;
}

static uint64_t pop(struct stack *stack)
{
	assert_true(stack->n > 0);
	return stack->values[--stack->n];
}

static void run_binary(struct stack *stack, uint8_t atom)
{
	uint64_t b = pop(stack), a = pop(stack);

	switch (atom) {
	case DW_OP_and:
		push(stack, a & b);
		break;
	case DW_OP_plus:
		push(stack, a + b);
		break;
	case DW_OP_mul:
		push(stack, a * b);
		break;
	case DW_OP_minus:
		push(stack, a - b);
		break;
	case DW_OP_shl:
		push(stack, a << b);
		break;
	case DW_OP_ge:
		push(stack, (int64_t)a >= (int64_t)b);
		break;
	default:
		fail_msg("unexpected operation %#x", atom);
	}
}

static void run_op(struct stack *stack, const Dwarf_Op *op, uint64_t cfa,
		   const struct oracle_machine *machine)
{
	const uint64_t *registers = machine->registers;

	if (op->atom >= DW_OP_breg0 && op->atom < DW_OP_breg0 + DWARF_N_REGISTERS) {
		push(stack, registers[op->atom - DW_OP_breg0] + op->number);
	} else if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31) {
		push(stack, op->atom - DW_OP_lit0);
	} else if (op->atom >= DW_OP_reg0 && op->atom < DW_OP_reg0 + DWARF_N_REGISTERS) {
		push(stack, registers[op->atom - DW_OP_reg0]);
		stack->is_value = true;
	} else if (op->atom == DW_OP_bregx) {
		assert_true(op->number < DWARF_N_REGISTERS);
		push(stack, registers[op->number] + op->number2);
	} else if (op->atom == DW_OP_regx) {
		assert_true(op->number < DWARF_N_REGISTERS);
		push(stack, registers[op->number]);
		stack->is_value = true;
	} else if (op->atom == DW_OP_call_frame_cfa) {
		push(stack, cfa);
	} else if (op->atom == DW_OP_plus_uconst) {
		push(stack, pop(stack) + op->number);
	} else if (op->atom == DW_OP_deref) {
		push(stack, oracle_memory(machine, pop(stack)));
	} else if (op->atom == DW_OP_stack_value) {
		stack->is_value = true;
	} else {
		run_binary(stack, op->atom);
	}
}

/* Of an expression for a register the CFA may lie below the result. */
static struct stack evaluate(const Dwarf_Op *ops, size_t n, uint64_t cfa,
			     const struct oracle_machine *machine)
{
	struct stack stack = {};

	for (size_t i = 0; i < n; i++)
		run_op(&stack, &ops[i], cfa, machine);
	stack.values[0] = pop(&stack);
	return stack;
}

/* False: undefined. */
static bool libdw_register(Dwarf_Frame *frame, int reg, uint64_t cfa,
			   const struct oracle_machine *machine, uint64_t *ret)
{
	Dwarf_Op memory[3], *ops;
	struct stack stack;
	size_t n;

	assert_int_equal(dwarf_frame_register(frame, reg, memory, &ops, &n), 0);
	if (!n && ops == memory)
		return false;
	if (!n) {
		*ret = machine->registers[reg]; /* the same */
		return true;
	}
	stack = evaluate(ops, n, cfa, machine);
	*ret = stack.is_value ? stack.values[0] : oracle_memory(machine, stack.values[0]);
	return true;
}

struct oracle_caller oracle_libdw(Dwarf_Frame *frame, const struct oracle_machine *machine)
{
	struct oracle_caller caller = { .known = true };
	Dwarf_Op *ops;
	uint64_t cfa;
	size_t n;

	if (dwarf_frame_cfa(frame, &ops, &n) || !n)
		return (struct oracle_caller){};
	cfa = evaluate(ops, n, 0, machine).values[0];
	caller.end = !libdw_register(frame, DWARF_RA, cfa, machine, &caller.ra);
	caller.has_fp = libdw_register(frame, DWARF_RBP, cfa, machine, &caller.fp);
	/* Of a register without a rule the ABI says whether it is kept. libdw (0.188) has rax where
	 * its list of those that are means rbx: what it calls undefined is the same. */
	caller.has_bx = true;
	if (!libdw_register(frame, DWARF_RBX, cfa, machine, &caller.bx))
		caller.bx = machine->registers[DWARF_RBX];
	if (!libdw_register(frame, DWARF_RSP, cfa, machine, &caller.sp))
		caller.sp = cfa;
	return caller;
}

static bool saved(uint8_t where, int64_t offset, uint64_t cfa, int own,
		  const struct oracle_machine *machine, uint64_t *ret)
{
	switch (where) {
	case UNWIND_SAME:
		*ret = machine->registers[own];
		return true;
	case UNWIND_AT_CFA:
		*ret = oracle_memory(machine, cfa + offset);
		return true;
	case UNWIND_AT_FP:
		*ret = oracle_memory(machine, machine->registers[DWARF_RBP] + offset);
		return true;
	case UNWIND_IN_REGISTER:
		*ret = machine->registers[offset];
		return true;
	default:
		return false;
	}
}

static struct oracle_caller signal_caller(const struct oracle_machine *machine)
{
	uint64_t sp = machine->registers[DWARF_RSP];

	return (struct oracle_caller){
		.known = true,
		.has_fp = true,
		.has_bx = true,
		.sp = oracle_memory(machine, sp + UCONTEXT_RSP),
		.ra = oracle_memory(machine, sp + UCONTEXT_RIP),
		.fp = oracle_memory(machine, sp + UCONTEXT_RBP),
		.bx = oracle_memory(machine, sp + UCONTEXT_RBX),
	};
}

struct oracle_caller oracle_rule(const struct unwind_rule *rule,
				 const struct oracle_machine *machine)
{
	const uint64_t *registers = machine->registers;
	uint64_t base = registers[rule->cfa_register] + rule->cfa_offset;
	struct oracle_caller caller = { .known = true };

	switch (rule->cfa) {
	case UNWIND_CFA_REGISTER:
		caller.sp = base;
		break;
	case UNWIND_CFA_DEREF:
		caller.sp = oracle_memory(machine, base) + rule->cfa_extra;
		break;
	case UNWIND_CFA_INDEXED:
		base += 8 * registers[rule->cfa_index];
		caller.sp = oracle_memory(machine, base) + rule->cfa_extra;
		break;
	case UNWIND_CFA_PLT:
		caller.sp = registers[DWARF_RSP] + 8 +
			    ((registers[DWARF_RA] & 15) >= (uint64_t)rule->cfa_offset) * 8;
		break;
	case UNWIND_CFA_SIGNAL:
		return signal_caller(machine);
	case UNWIND_CFA_END:
		caller.end = true;
		return caller;
	default:
		caller.known = false;
		return caller;
	}
	assert_true(saved(rule->ra, rule->ra_offset, caller.sp, DWARF_RA, machine, &caller.ra));
	caller.has_fp = saved(rule->fp, rule->fp_offset, caller.sp, DWARF_RBP, machine, &caller.fp);
	caller.has_bx = saved(rule->bx, rule->bx_offset, caller.sp, DWARF_RBX, machine, &caller.bx);
	return caller;
}
