// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interns rules, and makes them of what call-frame programs say. A rule is
 * made only where it gives exactly what the program says; whatever does not
 * fit becomes unsupported or a lost register, and is counted.
 */
#include "profiler/unwind_rules.h"

#include <string.h>

/* rsp is at the struct ucontext of a struct rt_sigframe: uc_mcontext.gregs[REG_RSP]. */
enum { UCONTEXT_RSP = 160 };

static const uint8_t fixed_rules[UNWIND_N_FIXED_RULES] = {
	[UNWIND_RULE_NONE] = UNWIND_CFA_NONE,
	[UNWIND_RULE_UNSUPPORTED] = UNWIND_CFA_UNSUPPORTED,
	[UNWIND_RULE_END] = UNWIND_CFA_END,
	[UNWIND_RULE_SIGNAL] = UNWIND_CFA_SIGNAL,
};

int unwind_rules_init(struct unwind_rules *rules)
{
	*rules = (struct unwind_rules){ .limit = UNWIND_MAX_RULES };
	for (size_t i = 0; i < UNWIND_N_FIXED_RULES; i++) {
		struct unwind_rule rule = { .cfa = fixed_rules[i] };
		uint16_t number;

		if (unwind_rules_number(rules, &rule, &number)) {
			unwind_rules_deinit(rules);
			return -ENOMEM;
		}
	}
	return 0;
}

void unwind_rules_deinit(struct unwind_rules *rules)
{
	vec_deinit(&rules->rules);
	hashindex_deinit(&rules->index);
}

struct wanted {
	const struct unwind_rules *rules;
	const struct unwind_rule *rule;
};

static bool is_wanted(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;

	return !memcmp(&wanted->rules->rules.data[number], wanted->rule, sizeof(*wanted->rule));
}

int unwind_rules_number(struct unwind_rules *rules, const struct unwind_rule *rule, uint16_t *ret)
{
	struct wanted wanted = { rules, rule };
	uint64_t hash = hash_bytes(rule, sizeof(*rule));
	uint32_t number;

	if (hashindex_find(&rules->index, hash, is_wanted, &wanted, &number)) {
		*ret = number;
		return 0;
	}
	if (rules->rules.n >= rules->limit) {
		rules->n_overflow++;
		*ret = UNWIND_RULE_UNSUPPORTED;
		return 0;
	}
	number = rules->rules.n;
	if (vec_push(&rules->rules, *rule) || hashindex_add(&rules->index, hash, number)) {
		rules->rules.n = number;
		return -ENOMEM;
	}
	*ret = number;
	return 0;
}

static bool fits_16(int64_t value)
{
	return value == (int16_t)value;
}

static bool fits_32(int64_t value)
{
	return value == (int32_t)value;
}

static bool make_cfa(const struct cfi_value *cfa, struct unwind_rule *rule)
{
	rule->cfa_register = cfa->reg;
	rule->cfa_offset = (int32_t)cfa->offset;
	rule->cfa_extra = (int16_t)cfa->extra;
	switch (cfa->form) {
	case CFI_REGISTER:
		rule->cfa = UNWIND_CFA_REGISTER;
		break;
	case CFI_DEREF:
		rule->cfa = UNWIND_CFA_DEREF;
		break;
	case CFI_INDEXED:
		rule->cfa = UNWIND_CFA_INDEXED;
		rule->cfa_index = cfa->index;
		break;
	case CFI_PLT:
		rule->cfa = UNWIND_CFA_PLT;
		rule->cfa_register = DWARF_RSP;
		break;
	default:
		return false;
	}
	return cfa->reg != DWARF_RA && cfa->index != DWARF_RA && fits_32(cfa->offset) && fits_16(cfa->extra);
}

/*
 * Where a register was saved, relative to the CFA or to rbp. rbp may itself be
 * the register that the CFA is found by: both are the same then, and the CFA's
 * way is taken, so that fewer rules are distinct.
 */
static bool make_saved(const struct cfi_value *at, const struct cfi_value *cfa, uint8_t *where,
		       int16_t *offset)
{
	int64_t distance;

	if (at->form == CFI_FROM_CFA && fits_16(at->offset)) {
		*where = UNWIND_AT_CFA;
		*offset = (int16_t)at->offset;
		return true;
	}
	if (at->form != CFI_REGISTER)
		return false;
	if (cfa->form == CFI_REGISTER && cfa->reg == at->reg &&
	    !__builtin_sub_overflow(at->offset, cfa->offset, &distance) && fits_16(distance)) {
		*where = UNWIND_AT_CFA;
		*offset = (int16_t)distance;
		return true;
	}
	*where = UNWIND_AT_FP;
	*offset = (int16_t)at->offset;
	return at->reg == DWARF_RBP && fits_16(at->offset);
}

/* unsaid: what the ABI says of a register without a rule. */
static void make_register(const struct cfi_register *reg, const struct cfi_value *cfa,
			  enum unwind_where unsaid, uint8_t *where, int16_t *offset)
{
	bool made = false;

	switch (reg->where) {
	case CFI_UNSAID:
		*where = unsaid;
		return;
	case CFI_SAME:
		*where = UNWIND_SAME;
		return;
	case CFI_AT:
		made = make_saved(&reg->value, cfa, where, offset);
		break;
	case CFI_IS:
		made = reg->value.form == CFI_REGISTER && !reg->value.offset &&
		       reg->value.reg != DWARF_RA;
		*where = UNWIND_IN_REGISTER;
		*offset = reg->value.reg;
		break;
	}
	if (!made) {
		*where = UNWIND_LOST_REGISTER;
		*offset = 0;
	}
}

static bool is_cfa(const struct cfi_register *sp)
{
	return sp->where == CFI_UNSAID ||
	       (sp->where == CFI_IS && sp->value.form == CFI_FROM_CFA && !sp->value.offset);
}

/*
 * A rule takes the caller's rsp to be the CFA. longjmp() has it in a register
 * and the CFA elsewhere: then that register stands for the CFA, and what was
 * saved relative to the CFA is lost.
 */
static bool make_sp(const struct cfi_register *sp, struct unwind_rule *rule)
{
	uint8_t *wheres[] = { &rule->ra, &rule->fp, &rule->bx };
	int16_t *offsets[] = { &rule->ra_offset, &rule->fp_offset, &rule->bx_offset };

	if (is_cfa(sp))
		return true;
	if (sp->where != CFI_IS || sp->value.form != CFI_REGISTER || sp->value.reg == DWARF_RA ||
	    !fits_32(sp->value.offset))
		return false;
	rule->cfa = UNWIND_CFA_REGISTER;
	rule->cfa_register = sp->value.reg;
	rule->cfa_offset = (int32_t)sp->value.offset;
	rule->cfa_index = 0;
	rule->cfa_extra = 0;
	for (size_t i = 0; i < sizeof(wheres) / sizeof(*wheres); i++) {
		if (*wheres[i] == UNWIND_AT_CFA) {
			*wheres[i] = UNWIND_LOST_REGISTER;
			*offsets[i] = 0;
		}
	}
	return true;
}

static struct unwind_rule unsupported(uint64_t *gaps, enum unwind_gap gap)
{
	gaps[gap]++;
	return (struct unwind_rule){ .cfa = UNWIND_CFA_UNSUPPORTED };
}

struct unwind_rule unwind_rule_make(const struct cfi_state *state, bool signal, uint64_t *gaps)
{
	const struct cfi_register *registers;
	struct unwind_rule rule = {};

	if (!state)
		return unsupported(gaps, UNWIND_GAP_PROGRAM);
	registers = state->registers;
	if (registers[CFI_RA].where == CFI_UNDEFINED)
		return (struct unwind_rule){ .cfa = UNWIND_CFA_END };
	if (signal) {
		if (state->cfa.form != CFI_DEREF || state->cfa.reg != DWARF_RSP ||
		    state->cfa.offset != UCONTEXT_RSP || state->cfa.extra)
			return unsupported(gaps, UNWIND_GAP_SIGNAL);
		return (struct unwind_rule){ .cfa = UNWIND_CFA_SIGNAL };
	}
	if (!make_cfa(&state->cfa, &rule))
		return unsupported(gaps, UNWIND_GAP_CFA);
	make_register(&registers[CFI_RA], &state->cfa, UNWIND_LOST_REGISTER, &rule.ra,
		      &rule.ra_offset);
	make_register(&registers[CFI_FP], &state->cfa, UNWIND_SAME, &rule.fp, &rule.fp_offset);
	make_register(&registers[CFI_BX], &state->cfa, UNWIND_SAME, &rule.bx, &rule.bx_offset);
	if (!make_sp(&registers[CFI_SP], &rule))
		return unsupported(gaps, UNWIND_GAP_SP);
	/* The return address is in no register that a caller could have kept "the same". */
	if (rule.ra == UNWIND_SAME || rule.ra == UNWIND_LOST_REGISTER)
		return unsupported(gaps, UNWIND_GAP_RA);
	gaps[UNWIND_GAP_FP] += rule.fp == UNWIND_LOST_REGISTER;
	gaps[UNWIND_GAP_BX] += rule.bx == UNWIND_LOST_REGISTER;
	return rule;
}
