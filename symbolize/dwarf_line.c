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
	uint64_t n_rows;
	bool descends;	/* rows of a sequence do */
	bool to_end;	/* of the program, whatever was found */
	bool is_single; /* the sequence at hand is the last */
	bool done;
};

/* What is noted of a program while it runs. */
struct noting {
	struct dwarf_outline_draft *draft;
	const unsigned char *program;
	uint64_t next; /* number of rows after which there is something to look at */
	bool is_open;  /* the last one noted is of this sequence, and it goes on */
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
	run->done = !run->to_end &&
		    (run->is_single ? run->next >= run->n : run->n_found >= run->n);
}

static inline void emit_row(struct run *run)
{
	run->n_rows++;
	if (!run->in_sequence) {
		run->in_sequence = true;
		run->start = run->now.address;
		seek(run, run->now.address);
	} else if (run->now.address < run->last.address) {
		run->descends = true;
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
		run->done |= run->is_single;
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

/* The row that was noted last reaches up to here. */
static void close_noted(struct noting *noting, uint64_t end)
{
	struct dwarf_outline_row *last =
		&noting->draft->rows.data[noting->draft->rows.n - 1];

	noting->is_open = false;
	if (end - last->address > UINT32_MAX)
		noting->draft->no_rows = true;
	else if (end == last->address)
		noting->draft->rows.n--;
	else
		last->size = (uint32_t)(end - last->address);
}

/* Behind a row, the last of a sequence or one to be noted. Those of what the linker has thrown away
 * are of no use. */
static int note_row(struct noting *noting, const struct run *run, const unsigned char *at)
{
	struct dwarf_outline_draft *draft = noting->draft;
	struct dwarf_outline_row row = {
		.address = run->last.address,
		.program = (uint32_t)(at - noting->program),
		.file = run->last.file,
		.line = run->last.line,
	};

	noting->next = run->n_rows + 1;
	if (noting->is_open)
		close_noted(noting, row.address);
	if (run->descends || at - noting->program > UINT32_MAX ||
	    draft->rows.n >= DWARF_OUTLINE_MAX / sizeof(row))
		draft->no_rows = true;
	if (draft->no_rows || !run->in_sequence ||
	    (!run->start && !run->table->unit->file->zero_is_code))
		return 0;
	noting->is_open = true;
	noting->next = run->n_rows + DWARF_OUTLINE_EVERY;
	return vec_push(&draft->rows, row);
}

/* noting may be NULL. 0 or -ENOMEM. */
static int run_program(struct run *run, struct dwarf_cursor *cursor, struct noting *noting)
{
	int err = 0;

	while (dwarf_left(cursor) && !run->done && !err) {
		uint8_t opcode = *cursor->at++;

		if (opcode >= run->table->opcode_base) {
			run->now.address += run->specials[opcode].address;
			run->now.line += run->specials[opcode].line;
			emit_row(run);
		} else if (opcode) {
			run_standard(run, cursor, opcode);
		} else if (!run_extended(run, cursor)) {
			break;
		}
		if (noting && (run->n_rows >= noting->next ||
			       (noting->is_open && !run->in_sequence)))
			err = note_row(noting, run, cursor->at);
	}
	return err;
}

int dwarf_line_find(struct dwarf_line_table *table, const uint64_t *vaddrs, size_t n,
		    struct dwarf_line *ret, struct dwarf_outline_draft *draft)
{
	struct run run = {
		.table = table, .vaddrs = vaddrs, .lines = ret, .n = n, .to_end = draft != NULL,
	};
	struct dwarf_cursor cursor = table->program;
	struct noting noting = { .draft = draft, .program = cursor.at, .next = 1 };
	int err;

	if (!n || !dwarf_file_work(table->unit->file, dwarf_left(&cursor)))
		return 0;
	fill_specials(&run);
	reset(&run);
	err = run_program(&run, &cursor, draft ? &noting : NULL);
	/* What a sequence without an end has is not known. */
	if (draft && (noting.is_open || run.descends))
		draft->no_rows = true;
	return err;
}

/* Goes on behind a row until the addresses below its end have their lines. */
static void run_from(struct run *run, const struct dwarf_outline_row *row)
{
	struct dwarf_cursor cursor = run->table->program;
	const unsigned char *from;

	if (!dwarf_skip(&cursor, row->program))
		return;
	from = cursor.at;
	run->now = run->last = (struct row){ row->address, row->file, row->line };
	run->in_sequence = run->is_single = true;
	run->done = false;
	run->start = 1; /* anything but 0: those are not noted */
	seek(run, row->address);
	run_program(run, &cursor, NULL);
	dwarf_file_work(run->table->unit->file, cursor.at - from);
}

bool dwarf_line_find_outlined(struct dwarf_line_table *table, const struct dwarf_outline *outline,
			      const struct dwarf_outline_unit *unit, const uint64_t *vaddrs,
			      size_t n, struct dwarf_line *ret)
{
	struct run run = { .table = table, .vaddrs = vaddrs, .lines = ret };
	bool all = true;

	fill_specials(&run);
	for (size_t i = 0; i < n && dwarf_file_work(table->unit->file, 1); i++) {
		const struct dwarf_outline_row *row = dwarf_outline_row(outline, unit, vaddrs[i]);

		if (ret[i].state == DWARF_LINE_FOUND)
			continue;
		for (run.n = i; row && run.n < n && vaddrs[run.n] - row->address < row->size;)
			run.n++;
		if (row)
			run_from(&run, row);
		all &= ret[i].state == DWARF_LINE_FOUND;
	}
	return all;
}
