// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interpreter of call-frame programs. Of an instruction that it does not
 * know, or that makes no sense where it stands, the length is not known
 * either: the program ends there, and the rest of the range has no state.
 */
#include "profiler/cfi.h"

#include <stddef.h>

enum {
	CFA_ADVANCE_LOC = 0x40, /* in the low six bits: delta, register, register */
	CFA_OFFSET = 0x80,
	CFA_RESTORE = 0xc0,
	CFA_HIGH = 0xc0,
	CFA_LOW = 0x3f,

	CFA_NOP = 0x00,
	CFA_SET_LOC = 0x01,
	CFA_ADVANCE_LOC1 = 0x02,
	CFA_ADVANCE_LOC2 = 0x03,
	CFA_ADVANCE_LOC4 = 0x04,
	CFA_OFFSET_EXTENDED = 0x05,
	CFA_RESTORE_EXTENDED = 0x06,
	CFA_UNDEFINED = 0x07,
	CFA_SAME_VALUE = 0x08,
	CFA_REGISTER = 0x09,
	CFA_REMEMBER_STATE = 0x0a,
	CFA_RESTORE_STATE = 0x0b,
	CFA_DEF_CFA = 0x0c,
	CFA_DEF_CFA_REGISTER = 0x0d,
	CFA_DEF_CFA_OFFSET = 0x0e,
	CFA_DEF_CFA_EXPRESSION = 0x0f,
	CFA_EXPRESSION = 0x10,
	CFA_OFFSET_EXTENDED_SF = 0x11,
	CFA_DEF_CFA_SF = 0x12,
	CFA_DEF_CFA_OFFSET_SF = 0x13,
	CFA_VAL_OFFSET = 0x14,
	CFA_VAL_OFFSET_SF = 0x15,
	CFA_VAL_EXPRESSION = 0x16,
	CFA_MIPS_ADVANCE_LOC8 = 0x1d,
	CFA_GNU_ARGS_SIZE = 0x2e,
	CFA_GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,

	/* Compilers go one deep, hand-written assembly a few. */
	MAX_REMEMBERED = 16,
};

struct machine {
	const struct cfi_cie *cie;
	const struct cfi_state *initial; /* NULL while running the CIE's own program */
	struct dwarf_cursor program;
	uint64_t address;
	struct cfi_state state;
	size_t n_remembered;
	struct cfi_register ignored; /* stands for a register that nobody asks for */
	struct cfi_state remembered[MAX_REMEMBERED];
};

/* -1: not one of those that are tracked. */
static int tracked(const struct machine *machine, uint64_t reg)
{
	if (reg == machine->cie->ra)
		return CFI_RA;
	switch (reg) {
	case DWARF_RBX:
		return CFI_BX;
	case DWARF_RBP:
		return CFI_FP;
	case DWARF_RSP:
		return CFI_SP;
	default:
		return -1;
	}
}

static struct cfi_register *find_register(struct machine *machine, uint64_t reg)
{
	int index = tracked(machine, reg);

	return index < 0 ? &machine->ignored : &machine->state.registers[index];
}

static void set_register(struct machine *machine, uint64_t reg, enum cfi_where where,
			 struct cfi_value value)
{
	*find_register(machine, reg) = (struct cfi_register){ where, value };
}

/* By a register that is known to be one. */
static struct cfi_value register_value(uint64_t reg, uint64_t offset)
{
	if (reg >= DWARF_N_REGISTERS)
		return (struct cfi_value){ .form = CFI_OTHER };
	return (struct cfi_value){ .form = CFI_REGISTER, .reg = reg, .offset = (int64_t)offset };
}

/* Offsets are multiples of a number in the CIE; they may be anything, so they wrap around. */
static uint64_t factored(const struct machine *machine, uint64_t n)
{
	return n * (uint64_t)machine->cie->data_alignment;
}

static void set_offset(struct machine *machine, uint64_t reg, enum cfi_where where, uint64_t offset)
{
	struct cfi_value value = { .form = CFI_FROM_CFA, .offset = (int64_t)offset };

	set_register(machine, reg, where, value);
}

static bool restore_register(struct machine *machine, uint64_t reg)
{
	int index = tracked(machine, reg);

	if (!machine->initial)
		return false;
	if (index >= 0)
		machine->state.registers[index] = machine->initial->registers[index];
	return true;
}

static struct cfi_value read_expression(struct machine *machine)
{
	uint64_t size = dwarf_uleb128(&machine->program);
	struct dwarf_cursor expression = machine->program;

	if (!dwarf_skip(&machine->program, size))
		return (struct cfi_value){ .form = CFI_OTHER };
	expression.end = machine->program.at;
	return cfi_expression(expression);
}

static bool advance(struct machine *machine, uint64_t n)
{
	uint64_t delta;

	return !__builtin_mul_overflow(n, machine->cie->code_alignment, &delta) &&
	       !__builtin_add_overflow(machine->address, delta, &machine->address);
}

static bool set_location(struct machine *machine)
{
	uint64_t address = dwarf_encoded(&machine->program, machine->cie->encoding);

	if (address < machine->address)
		return false;
	machine->address = address;
	return true;
}

/* Has to be a register with an offset already. */
static bool set_cfa_part(struct machine *machine, const uint64_t *reg, const uint64_t *offset)
{
	struct cfi_value *cfa = &machine->state.cfa;

	if (cfa->form != CFI_REGISTER)
		return false;
	*cfa = register_value(reg ? *reg : cfa->reg, offset ? *offset : (uint64_t)cfa->offset);
	return true;
}

static bool remember(struct machine *machine)
{
	if (machine->n_remembered == MAX_REMEMBERED)
		return false;
	machine->remembered[machine->n_remembered++] = machine->state;
	return true;
}

static bool restore_state(struct machine *machine)
{
	if (!machine->n_remembered)
		return false;
	machine->state = machine->remembered[--machine->n_remembered];
	return true;
}

/* Those that say where the CFA is. */
static bool run_cfa(struct machine *machine, uint8_t op)
{
	struct dwarf_cursor *program = &machine->program;
	uint64_t reg, offset;

	switch (op) {
	case CFA_DEF_CFA:
		reg = dwarf_uleb128(program);
		offset = dwarf_uleb128(program);
		machine->state.cfa = register_value(reg, offset);
		return true;
	case CFA_DEF_CFA_SF:
		reg = dwarf_uleb128(program);
		offset = factored(machine, dwarf_sleb128(program));
		machine->state.cfa = register_value(reg, offset);
		return true;
	case CFA_DEF_CFA_REGISTER:
		reg = dwarf_uleb128(program);
		return set_cfa_part(machine, &reg, NULL);
	case CFA_DEF_CFA_OFFSET:
		offset = dwarf_uleb128(program);
		return set_cfa_part(machine, NULL, &offset);
	case CFA_DEF_CFA_OFFSET_SF:
		offset = factored(machine, dwarf_sleb128(program));
		return set_cfa_part(machine, NULL, &offset);
	case CFA_DEF_CFA_EXPRESSION:
		machine->state.cfa = read_expression(machine);
		return true;
	default:
		return false;
	}
}

/* Those that say where a register is. */
static bool run_register(struct machine *machine, uint8_t op)
{
	struct dwarf_cursor *program = &machine->program;
	uint64_t reg = dwarf_uleb128(program);

	switch (op) {
	case CFA_OFFSET_EXTENDED:
		set_offset(machine, reg, CFI_AT, factored(machine, dwarf_uleb128(program)));
		return true;
	case CFA_OFFSET_EXTENDED_SF:
		set_offset(machine, reg, CFI_AT, factored(machine, dwarf_sleb128(program)));
		return true;
	case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
		set_offset(machine, reg, CFI_AT, -factored(machine, dwarf_uleb128(program)));
		return true;
	case CFA_VAL_OFFSET:
		set_offset(machine, reg, CFI_IS, factored(machine, dwarf_uleb128(program)));
		return true;
	case CFA_VAL_OFFSET_SF:
		set_offset(machine, reg, CFI_IS, factored(machine, dwarf_sleb128(program)));
		return true;
	case CFA_RESTORE_EXTENDED:
		return restore_register(machine, reg);
	case CFA_UNDEFINED:
		set_register(machine, reg, CFI_UNDEFINED, (struct cfi_value){});
		return true;
	case CFA_SAME_VALUE:
		set_register(machine, reg, CFI_SAME, (struct cfi_value){});
		return true;
	case CFA_REGISTER:
		set_register(machine, reg, CFI_IS, register_value(dwarf_uleb128(program), 0));
		return true;
	case CFA_EXPRESSION:
		set_register(machine, reg, CFI_AT, read_expression(machine));
		return true;
	case CFA_VAL_EXPRESSION:
		set_register(machine, reg, CFI_IS, read_expression(machine));
		return true;
	default:
		return false;
	}
}

static bool run_extended(struct machine *machine, uint8_t op)
{
	struct dwarf_cursor *program = &machine->program;

	switch (op) {
	case CFA_NOP:
		return true;
	case CFA_SET_LOC:
		return set_location(machine);
	case CFA_ADVANCE_LOC1:
		return advance(machine, dwarf_u8(program));
	case CFA_ADVANCE_LOC2:
		return advance(machine, dwarf_uint(program, 2));
	case CFA_ADVANCE_LOC4:
		return advance(machine, dwarf_uint(program, 4));
	case CFA_MIPS_ADVANCE_LOC8:
		return advance(machine, dwarf_uint(program, 8));
	case CFA_GNU_ARGS_SIZE:
		dwarf_uleb128(program); /* for landing pads, which run after unwinding */
		return true;
	case CFA_REMEMBER_STATE:
		return remember(machine);
	case CFA_RESTORE_STATE:
		return restore_state(machine);
	case CFA_DEF_CFA:
	case CFA_DEF_CFA_SF:
	case CFA_DEF_CFA_REGISTER:
	case CFA_DEF_CFA_OFFSET:
	case CFA_DEF_CFA_OFFSET_SF:
	case CFA_DEF_CFA_EXPRESSION:
		return run_cfa(machine, op);
	default:
		return run_register(machine, op);
	}
}

/* Runs one instruction. */
static bool run_one(struct machine *machine)
{
	uint8_t op = dwarf_u8(&machine->program);
	uint8_t low = op & CFA_LOW;
	bool understood;

	switch (op & CFA_HIGH) {
	case CFA_ADVANCE_LOC:
		return advance(machine, low);
	case CFA_OFFSET:
		set_offset(machine, low, CFI_AT,
			   factored(machine, dwarf_uleb128(&machine->program)));
		return !machine->program.failed;
	case CFA_RESTORE:
		return restore_register(machine, low);
	default:
		understood = run_extended(machine, op);
		return understood && !machine->program.failed;
	}
}

bool cfi_run_cie(const struct cfi_cie *cie, struct cfi_state *ret)
{
	struct machine machine;

	machine.cie = cie;
	machine.initial = NULL;
	machine.program = cie->program;
	machine.address = 0;
	machine.state = (struct cfi_state){ .cfa.form = CFI_OTHER };
	machine.n_remembered = 0;
	while (dwarf_left(&machine.program))
		if (!run_one(&machine) || machine.address)
			return false;
	*ret = machine.state;
	return true;
}

int cfi_run_fde(const struct cfi_cie *cie, const struct cfi_state *initial,
		const struct cfi_fde *fde, cfi_row_fn row, void *ctx)
{
	uint64_t address = fde->start; /* from where the state holds */
	struct machine machine;
	int err;

	machine.cie = cie;
	machine.initial = initial;
	machine.program = fde->program;
	machine.address = address;
	machine.state = *initial;
	machine.n_remembered = 0;
	while (dwarf_left(&machine.program)) {
		if (!run_one(&machine))
			return row(ctx, address, NULL);
		if (machine.address == address)
			continue;
		err = row(ctx, address, &machine.state);
		if (err || machine.address >= fde->end)
			return err;
		address = machine.address;
	}
	return row(ctx, address, &machine.state);
}
