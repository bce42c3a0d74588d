// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DWARF expressions that occur in call-frame information, by their exact
 * shape: linkers, compilers and hand-written assembly use a handful, and one
 * that is almost like one of them must not pass for it.
 */
#include "profiler/cfi.h"

enum {
	OP_DEREF = 0x06,
	OP_AND = 0x1a,
	OP_MUL = 0x1e,
	OP_PLUS = 0x22,
	OP_PLUS_UCONST = 0x23,
	OP_SHL = 0x24,
	OP_GE = 0x2a,
	OP_LIT0 = 0x30,
	OP_LIT8 = 0x38,
	OP_LIT15 = 0x3f,
	OP_LIT31 = 0x4f,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
	OP_BREGX = 0x92,
};

/* rsp + 8 + ((rip & 15) >= N) << 3, as binutils writes it for .plt (N 11) and for lazy stubs
 * of another length (N 10). */
static bool is_plt(struct dwarf_cursor expression, struct cfi_value *ret)
{
	static const unsigned char head[] = { OP_BREG0 + DWARF_RSP, 8, OP_BREG0 + DWARF_RA, 0,
					      OP_LIT15, OP_AND };
	static const unsigned char tail[] = { OP_GE, OP_LIT0 + 3, OP_SHL, OP_PLUS };
	const unsigned char *at = expression.at;
	uint8_t threshold;

	if (dwarf_left(&expression) != sizeof(head) + 1 + sizeof(tail))
		return false;
	threshold = at[sizeof(head)];
	if (memcmp(at, head, sizeof(head)) || memcmp(at + sizeof(head) + 1, tail, sizeof(tail)) ||
	    threshold < OP_LIT0 || threshold > OP_LIT15)
		return false;
	*ret = (struct cfi_value){ .form = CFI_PLT, .offset = threshold - OP_LIT0 };
	return true;
}

/* What follows a dereference: nothing, or a constant that is added. */
static int64_t read_extra(struct dwarf_cursor *at)
{
	uint64_t extra = 0;
	uint8_t op;

	if (!dwarf_left(at))
		return 0;
	op = dwarf_u8(at);
	if (op == OP_PLUS_UCONST)
		extra = dwarf_uleb128(at);
	else if (op >= OP_LIT0 && op <= OP_LIT31 && dwarf_u8(at) == OP_PLUS)
		extra = op - OP_LIT0;
	else
		dwarf_fail(at);
	if (extra > INT64_MAX)
		dwarf_fail(at);
	return (int64_t)extra;
}

/* A register that is known to be one, and what is added to it. */
static bool read_register(struct dwarf_cursor *at, uint8_t *ret, int64_t *offset)
{
	uint8_t op = dwarf_u8(at);
	uint64_t reg;

	if (op >= OP_BREG0 && op <= OP_BREG31)
		reg = op - OP_BREG0;
	else if (op == OP_BREGX)
		reg = dwarf_uleb128(at);
	else
		return false;
	*ret = reg;
	*offset = dwarf_sleb128(at);
	return reg < DWARF_N_REGISTERS;
}

/* "register * 8 +", as OpenSSL's Montgomery multiplication has it before the dereference. */
static bool read_index(struct dwarf_cursor *at, struct cfi_value *value)
{
	int64_t offset;

	value->form = CFI_INDEXED;
	return read_register(at, &value->index, &offset) && !offset && dwarf_u8(at) == OP_LIT8 &&
	       dwarf_u8(at) == OP_MUL && dwarf_u8(at) == OP_PLUS;
}

struct cfi_value cfi_expression(struct dwarf_cursor at)
{
	const struct cfi_value other = { .form = CFI_OTHER };
	struct cfi_value value = { .form = CFI_REGISTER };

	if (is_plt(at, &value))
		return value;
	if (!read_register(&at, &value.reg, &value.offset))
		return other;
	if (dwarf_left(&at)) {
		value.form = CFI_DEREF;
		if (*at.at != OP_DEREF && !read_index(&at, &value))
			return other;
		if (dwarf_u8(&at) != OP_DEREF)
			return other;
		value.extra = read_extra(&at);
	}
	return at.failed || dwarf_left(&at) ? other : value;
}
