// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a line program. A row says where a line begins, the next row where it
 * ends, and rows ascend within a sequence: so the addresses asked for are gone
 * through beside the rows, and no row is kept.
 */
#include "symbolize/dwarf_line.h"

#include "symbolize/dwarf_constants.h"

struct row {
	uint64_t address;
	uint32_t file, line;
};

/* What a special opcode adds. */
struct special {
	uint16_t address;
	int16_t line;
};

struct run {
	const struct dwarf_line_table *table;
	struct special specials[256]; /* by opcode */
	const uint64_t *vaddrs;
	struct dwarf_line *lines;
	size_t n;
	struct row now;	 /* the machine's registers */
	struct row last; /* the row before, if there is one in the sequence */
	bool in_sequence;
	uint64_t start;	 /* of the sequence */
	size_t next;	 /* the first address that is not below the last row */
	uint64_t wanted; /* it, or the highest address */
	size_t n_found;	 /* addresses that have the line that they keep */
};

static void seek(struct run *run, uint64_t address)
{
	size_t low = 0, n = run->n;

	while (n) {
		size_t half = n / 2;

		if (run->vaddrs[low + half] < address) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	run->next = low;
	run->wanted = low < run->n ? run->vaddrs[low] : UINT64_MAX;
}

/* The addresses from the last row on and below an end have the last row's line. A sequence from
 * address 0 on is mostly one that the linker has thrown away: it only fills what is empty. */
static void answer(struct run *run, uint64_t end)
{
	bool weak = !run->start && !run->table->unit->file->zero_is_code;

	while (run->next < run->n && run->vaddrs[run->next] < end) {
		struct dwarf_line *line = &run->lines[run->next++];

		if (line->state == DWARF_LINE_FOUND || (line->state == DWARF_LINE_WEAK && weak))
			continue;
		run->n_found += !weak;
		*line = (struct dwarf_line){ run->last.file, run->last.line,
					     weak ? DWARF_LINE_WEAK : DWARF_LINE_FOUND };
	}
	run->wanted = run->next < run->n ? run->vaddrs[run->next] : UINT64_MAX;
}

static inline void emit_row(struct run *run)
{
	if (!run->in_sequence) {
		run->in_sequence = true;
		run->start = run->now.address;
		seek(run, run->now.address);
	} else if (run->now.address < run->last.address) {
		seek(run, run->now.address);
	} else if (run->now.address > run->wanted) {
		answer(run, run->now.address);
	}
	run->last = run->now;
}

static void reset(struct run *run)
{
	run->now = (struct row){ .file = 1, .line = 1 };
	run->in_sequence = false;
}

/* False if the program cannot go on. */
static bool run_extended(struct run *run, struct dwarf_cursor *cursor)
{
	uint64_t length = dwarf_uleb128(cursor);
	struct dwarf_cursor inner;

	if (cursor->failed || length > dwarf_left(cursor))
		return false;
	inner = dwarf_cursor(cursor->at, length, 0);
	dwarf_skip(cursor, length);
	if (!length)
		return true;
	switch (dwarf_u8(&inner)) {
	case DWARF_LNE_END_SEQUENCE:
		emit_row(run);
		reset(run);
		break;
	case DWARF_LNE_SET_ADDRESS:
		if (dwarf_left(&inner) <= 8 && dwarf_left(&inner))
			run->now.address = dwarf_uint(&inner, dwarf_left(&inner));
		break;
	}
	return true;
}

static void run_standard(struct run *run, struct dwarf_cursor *cursor, uint8_t opcode)
{
	const struct dwarf_line_table *table = run->table;

	switch (opcode) {
	case DWARF_LNS_COPY:
		emit_row(run);
		break;
	case DWARF_LNS_ADVANCE_PC:
		run->now.address += dwarf_uleb128(cursor) * table->min_instruction;
		break;
	case DWARF_LNS_ADVANCE_LINE:
		run->now.line += dwarf_sleb128(cursor);
		break;
	case DWARF_LNS_SET_FILE:
		run->now.file = dwarf_uleb128(cursor);
		break;
	case DWARF_LNS_SET_COLUMN:
	case DWARF_LNS_SET_ISA:
		dwarf_uleb128(cursor);
		break;
	case DWARF_LNS_NEGATE_STMT:
	case DWARF_LNS_SET_BASIC_BLOCK:
	case DWARF_LNS_SET_PROLOGUE_END:
	case DWARF_LNS_SET_EPILOGUE_BEGIN:
		break;
	case DWARF_LNS_CONST_ADD_PC:
		if (table->line_range)
			run->now.address += (uint64_t)((255 - table->opcode_base) /
						       table->line_range) *
					    table->min_instruction;
		break;
	case DWARF_LNS_FIXED_ADVANCE_PC:
		run->now.address += dwarf_uint(cursor, 2);
		break;
	default:
		for (uint8_t i = table->operands[opcode - 1]; i && !cursor->failed; i--)
			dwarf_uleb128(cursor);
	}
}

static void fill_specials(struct run *run)
{
	const struct dwarf_line_table *table = run->table;

	for (size_t opcode = table->opcode_base; opcode < 256 && table->line_range; opcode++) {
		size_t n = opcode - table->opcode_base;

		run->specials[opcode] = (struct special){
			n / table->line_range * table->min_instruction,
			table->line_base + (int)(n % table->line_range),
		};
	}
}

void dwarf_line_find(struct dwarf_line_table *table, const uint64_t *vaddrs, size_t n,
		     struct dwarf_line *ret)
{
	struct run run = { .table = table, .vaddrs = vaddrs, .lines = ret, .n = n };
	struct dwarf_cursor cursor = table->program;

	if (!n || !dwarf_file_work(table->unit->file, dwarf_left(&cursor)))
		return;
	fill_specials(&run);
	reset(&run);
	while (dwarf_left(&cursor) && run.n_found < n) {
		uint8_t opcode = *cursor.at++;

		if (opcode >= table->opcode_base) {
			run.now.address += run.specials[opcode].address;
			run.now.line += run.specials[opcode].line;
			emit_row(&run);
		} else if (opcode) {
			run_standard(&run, &cursor, opcode);
		} else if (!run_extended(&run, &cursor)) {
			break;
		}
	}
}
