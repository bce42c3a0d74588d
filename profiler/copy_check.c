// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks call-frame programs and the expressions in them before libunwind
 * 1.6.2 runs them. It knows fewer instructions than there are and takes the
 * operands of those that it does not know for instructions; it does not check
 * the second register of DW_CFA_register, asserts that there is a CFA, and
 * divides what must not be divided.
 */
#include "profiler/copy_fde.h"

enum {
	CFA_ADVANCE_LOC = 0x40,
	CFA_OFFSET = 0x80,
	CFA_RESTORE = 0xc0,
	CFA_HIGH = 0xc0,
	CFA_LOW = 0x3f,
	MOST_REMEMBERED = 64,
};

/* What an instruction's operands are. */
enum shape {
	REFUSED,
	PLAIN,             /* none */
	BYTES_1, BYTES_2, BYTES_4, /* an advance */
	NUMBER,            /* a LEB128 */
	REGISTER,
	REGISTER_NUMBER,
	REGISTER_REGISTER,
	REGISTER_BLOCK,    /* an expression */
	BLOCK,
	RESTORED,          /* a register, as the CIE has it */
	REMEMBER,
	RESTORE_STATE,
};

/* DW_CFA_set_loc is refused: what it counts from is not there. */
static const uint8_t shapes[CFA_LOW + 1] = {
	[0x00] = PLAIN,             /* nop */
	[0x02] = BYTES_1,           /* advance_loc1 ... */
	[0x03] = BYTES_2,
	[0x04] = BYTES_4,
	[0x05] = REGISTER_NUMBER,   /* offset_extended */
	[0x06] = RESTORED,          /* restore_extended */
	[0x07] = REGISTER,          /* undefined */
	[0x08] = REGISTER,          /* same_value */
	[0x09] = REGISTER_REGISTER, /* register */
	[0x0a] = REMEMBER,
	[0x0b] = RESTORE_STATE,
	[0x0c] = REGISTER_NUMBER,   /* def_cfa */
	[0x0d] = REGISTER,          /* def_cfa_register */
	[0x0e] = NUMBER,            /* def_cfa_offset */
	[0x0f] = BLOCK,             /* def_cfa_expression */
	[0x10] = REGISTER_BLOCK,    /* expression */
	[0x11] = REGISTER_NUMBER,   /* offset_extended_sf */
	[0x12] = REGISTER_NUMBER,   /* def_cfa_sf */
	[0x13] = NUMBER,            /* def_cfa_offset_sf */
	[0x16] = REGISTER_BLOCK,    /* val_expression */
	[0x2e] = NUMBER,            /* GNU_args_size */
	[0x2f] = REGISTER_NUMBER,   /* GNU_negative_offset_extended */
};

struct checker {
	struct dwarf_cursor at;
	bool is_cie, has_cfa;
	uint32_t n_remembered;
};

static bool check_register(struct dwarf_cursor *at)
{
	return dwarf_uleb128(at) < DWARF_N_REGISTERS;
}

/* Operands of the operations that are neither dangerous nor jump. */
static bool check_operation(struct dwarf_cursor *at, uint8_t op)
{
	switch (op) {
	case 0x03: /* addr */
	case 0x0e: /* const8u */
	case 0x0f:
		return dwarf_skip(at, 8);
	case 0x08: /* const1u */
	case 0x09:
	case 0x15: /* pick */
		return dwarf_skip(at, 1);
	case 0x0a: /* const2u */
	case 0x0b:
		return dwarf_skip(at, 2);
	case 0x0c: /* const4u */
	case 0x0d:
		return dwarf_skip(at, 4);
	case 0x10: /* constu */
	case 0x11: /* consts */
	case 0x23: /* plus_uconst */
		dwarf_uleb128(at);
		return true;
	case 0x90: /* regx */
		return check_register(at);
	case 0x92: /* bregx */
		return check_register(at) && (dwarf_sleb128(at), true);
	case 0x94: /* deref_size */
		return (uint8_t)(dwarf_u8(at) - 1) < 8;
	case 0x06: /* deref */
	case 0x12: /* dup */
	case 0x13: /* drop */
	case 0x14: /* over */
	case 0x16: /* swap */
	case 0x17: /* rot */
	case 0x96: /* nop */
		return true;
	case 0x1b: /* div: the least number by -1 is a signal */
		return false;
	default:
		if (op >= 0x70 && op < 0x70 + DWARF_N_REGISTERS) { /* breg */
			dwarf_sleb128(at);
			return true;
		}
		return (op >= 0x19 && op <= 0x27) ||               /* arithmetic */
		       (op >= 0x29 && op <= 0x2e) ||               /* comparison */
		       (op >= 0x30 && op <= 0x4f) ||               /* lit */
		       (op >= 0x50 && op < 0x50 + DWARF_N_REGISTERS); /* reg */
	}
}

static bool check_block(struct dwarf_cursor *at)
{
	uint64_t size = dwarf_uleb128(at);
	struct dwarf_cursor expression = *at;

	if (!dwarf_skip(at, size))
		return false;
	expression.end = at->at;
	while (dwarf_left(&expression))
		if (!check_operation(&expression, dwarf_u8(&expression)) || expression.failed)
			return false;
	return true;
}

/* A row must not begin, and a state not be kept, before there is a CFA. */
static bool check_shape(struct checker *checker, enum shape shape)
{
	struct dwarf_cursor *at = &checker->at;

	switch (shape) {
	case PLAIN:
		return true;
	case BYTES_1:
	case BYTES_2:
	case BYTES_4:
		return checker->has_cfa && !checker->is_cie &&
		       dwarf_skip(at, 1 << (shape - BYTES_1));
	case NUMBER:
		dwarf_uleb128(at);
		return true;
	case REGISTER:
		return check_register(at);
	case REGISTER_NUMBER:
		return check_register(at) && (dwarf_uleb128(at), true);
	case REGISTER_REGISTER:
		return check_register(at) && check_register(at);
	case REGISTER_BLOCK:
		return check_register(at) && check_block(at);
	case BLOCK:
		return check_block(at);
	case RESTORED:
		return !checker->is_cie && check_register(at);
	case REMEMBER:
		return checker->has_cfa && ++checker->n_remembered <= MOST_REMEMBERED;
	case RESTORE_STATE:
		return checker->n_remembered-- > 0;
	default:
		return false;
	}
}

static bool check_one(struct checker *checker)
{
	uint8_t op = dwarf_u8(&checker->at), low = op & CFA_LOW;

	switch (op & CFA_HIGH) {
	case CFA_ADVANCE_LOC:
		return checker->has_cfa && !checker->is_cie;
	case CFA_OFFSET:
		dwarf_uleb128(&checker->at);
		return low < DWARF_N_REGISTERS;
	case CFA_RESTORE:
		return !checker->is_cie && low < DWARF_N_REGISTERS;
	}
	if (!check_shape(checker, shapes[low]))
		return false;
	/* def_cfa, def_cfa_register, def_cfa_expression, def_cfa_sf */
	checker->has_cfa |= low == 0x0c || low == 0x0d || low == 0x0f || low == 0x12;
	return true;
}

static bool check_program(struct checker *checker, struct dwarf_cursor program)
{
	checker->at = program;
	checker->n_remembered = 0;
	while (dwarf_left(&checker->at))
		if (!check_one(checker) || checker->at.failed)
			return false;
	return true;
}

bool copy_programs_are_safe(struct dwarf_cursor cie, struct dwarf_cursor fde)
{
	struct checker checker = { .is_cie = true };

	if (!check_program(&checker, cie))
		return false;
	checker.is_cie = false;
	return check_program(&checker, fde) && checker.has_cfa;
}
