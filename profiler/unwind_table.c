// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the program of each piece of call-frame information and lays the rules
 * down as rows, page by page. What no piece covers gets a row that says so.
 */
#include "profiler/unwind_table.h"

#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "profiler/unwind_pieces.h"

enum { PAGE_MASK = (1 << UNWIND_PAGE_SHIFT) - 1 };

static const struct unwind_rule no_rule = { .cfa = UNWIND_CFA_NONE };
static const struct unwind_rule end_rule = { .cfa = UNWIND_CFA_END };
static const struct unwind_rule signal_rule = { .cfa = UNWIND_CFA_SIGNAL };
/* As a call leaves it. */
static const struct unwind_rule call_rule = {
	.cfa = UNWIND_CFA_REGISTER,
	.cfa_register = DWARF_RSP,
	.cfa_offset = 8,
	.ra = UNWIND_AT_CFA,
	.ra_offset = -8,
};

struct builder {
	struct unwind_table *table;
	struct unwind_rules *rules;
	struct unwind_table_stats *stats;
	uint64_t entry; /* UINT64_MAX: none that is used */
	/* The piece whose program runs. */
	uint64_t piece_start, piece_end;
	uint64_t padding; /* where the padding before it begins; piece_start if there is none */
	bool signal;
	/* What holds at the end of what has been added. */
	struct unwind_rule rule;
	/* The last row, as long as it may still take up steps. */
	bool is_pending;
	uint64_t address;
	struct unwind_rule pending;
};

static bool rules_equal(const struct unwind_rule *a, const struct unwind_rule *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Lays a row down in the last page. */
static int push_row(struct builder *builder, uint16_t pc, const struct unwind_rule *rule)
{
	struct unwind_table *table = builder->table;
	struct unwind_row row = { .pc = pc };

	if (table->rows.n >= UNWIND_MAX_ROWS)
		return -E2BIG;
	if (unwind_rules_number(builder->rules, rule, &row.rule) || vec_push(&table->rows, row))
		return -ENOMEM;
	table->pages.data[table->pages.n - 1].count++;
	return 0;
}

static int flush_row(struct builder *builder)
{
	if (!builder->is_pending)
		return 0;
	builder->is_pending = false;
	return push_row(builder, builder->address & PAGE_MASK, &builder->pending);
}

/* Begins pages up to that of the address. What holds at the end of one holds on in the next. */
static int open_pages(struct builder *builder, uint64_t address)
{
	struct unwind_table *table = builder->table;
	uint64_t page = address >> UNWIND_PAGE_SHIFT;

	if (!table->pages.n)
		table->first_page = page;
	while (table->first_page + table->pages.n <= page) {
		struct unwind_page new = { .first = table->rows.n };
		int err;

		if (vec_push(&table->pages, new))
			return -ENOMEM;
		if (table->first_page + table->pages.n > page && !(address & PAGE_MASK))
			return 0; /* begins with the row that is to come */
		err = push_row(builder, 0, &builder->rule);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Makes a rule a further step of the last row, if it is one: the CFA moves by a
 * push or pop, as many bytes after the last move as that was after the one
 * before. Nothing is lost by that, at any address.
 */
static bool take_step(struct builder *builder, uint64_t address, const struct unwind_rule *rule)
{
	struct unwind_rule *row = &builder->pending;
	uint64_t distance = address - builder->address;
	struct unwind_rule same = *rule;

	if (rule->cfa != UNWIND_CFA_REGISTER || row->n_steps == UINT8_MAX ||
	    (address ^ builder->address) >> UNWIND_PAGE_SHIFT)
		return false;
	same.cfa_offset = builder->rule.cfa_offset;
	if (!rules_equal(&same, &builder->rule))
		return false;
	if (!row->n_steps) {
		int64_t step = (int64_t)rule->cfa_offset - row->cfa_offset;

		if ((step != 8 && step != -8) || (distance != 1 && distance != 2))
			return false;
		row->step = (int8_t)step;
		row->step_shift = distance - 1;
	} else if ((int64_t)rule->cfa_offset - builder->rule.cfa_offset != row->step ||
		   distance != (uint64_t)(row->n_steps + 1) << row->step_shift) {
		return false;
	}
	row->n_steps++;
	return true;
}

/* From this address on this rule holds; addresses come in order. */
static int add_row(struct builder *builder, uint64_t address, const struct unwind_rule *rule)
{
	int err;

	if (rules_equal(rule, &builder->rule))
		return 0;
	if (!builder->is_pending || !take_step(builder, address, rule)) {
		err = flush_row(builder);
		if (!err)
			err = open_pages(builder, address);
		if (err)
			return err;
		builder->is_pending = true;
		builder->address = address;
		builder->pending = *rule;
	}
	builder->rule = *rule;
	return 0;
}

static int add_state(void *ctx, uint64_t address, const struct cfi_state *state)
{
	struct builder *builder = ctx;
	struct unwind_rule rule;
	int err;

	if (address >= builder->piece_end)
		return 0;
	builder->stats->n_states++;
	rule = unwind_rule_make(state, builder->signal, builder->stats->gaps);
	if (address == builder->piece_start && address != builder->padding) {
		if (rules_equal(&rule, &call_rule))
			return add_row(builder, builder->padding, &rule);
		err = add_row(builder, builder->padding, &no_rule);
		if (err)
			return err;
	}
	return add_row(builder, address, &rule);
}

static int add_stubs(struct builder *builder, const struct unwind_piece *piece)
{
	struct unwind_rule rule = call_rule;

	rule.cfa = UNWIND_CFA_PLT;
	rule.cfa_offset = piece->program;
	return add_row(builder, piece->start, &rule);
}

static int run_piece(struct builder *builder, const struct unwind_pieces *pieces,
		     const struct unwind_piece *piece)
{
	const struct unwind_section *section;
	const struct unwind_cie *cie;
	struct cfi_fde fde = { .start = piece->start, .end = piece->start + piece->size };

	builder->piece_start = fde.start;
	builder->piece_end = fde.end;
	builder->stats->covered += piece->size;
	if (piece->kind == UNWIND_TRAMPOLINE)
		return add_row(builder, piece->start, &signal_rule);
	if (piece->kind == UNWIND_OUTERMOST)
		return add_row(builder, piece->start, &end_rule);
	if (piece->kind == UNWIND_STUBS)
		return add_stubs(builder, piece);
	builder->stats->n_fdes++;
	section = &pieces->sections[piece->kind];
	cie = &section->cies.data[piece->cie];
	if (!cie->understood)
		return add_state(builder, piece->start, NULL);
	builder->signal = section->reader.cies.data[piece->cie].signal;
	fde.program = dwarf_cursor(section->section.bytes + piece->program, piece->program_size,
				   section->section.vaddr + piece->program);
	return cfi_run_fde(&section->reader.cies.data[piece->cie], &cie->state, &fde, add_state,
			   builder);
}

/* From one piece's end to the next one's start, where the entry point may be. */
static int add_gap(struct builder *builder, uint64_t from, uint64_t to)
{
	uint64_t entry = builder->entry;
	int err = 0;

	if (from < to && from != entry)
		err = add_row(builder, from, &no_rule);
	if (err || entry < from || entry >= to)
		return err;
	err = add_row(builder, entry, &end_rule);
	if (!err && to - entry > UNWIND_MOST_ENTRY)
		err = add_row(builder, entry + UNWIND_MOST_ENTRY, &no_rule);
	return err;
}

/* Addresses from here on are beyond the table. */
static uint64_t find_limit(uint64_t first)
{
	uint64_t page = first >> UNWIND_PAGE_SHIFT;

	if (page + UNWIND_MAX_PAGES >= UINT64_MAX >> UNWIND_PAGE_SHIFT)
		return UINT64_MAX;
	return (page + UNWIND_MAX_PAGES) << UNWIND_PAGE_SHIFT;
}

/* What comes after the last piece. */
static int add_rest(struct builder *builder, const struct elf_file *file, uint64_t at,
		    uint64_t limit)
{
	const struct elf_segment *segment = elf_file_segment(file, builder->entry);
	const struct unwind_table *table = builder->table;

	if (segment && builder->entry >= at && builder->entry < limit) {
		uint64_t end = segment->vaddr + segment->size < limit ?
				       segment->vaddr + segment->size : limit;
		int err = add_gap(builder, at, end);

		if (err)
			return err;
		at = end;
	}
	/* No page is needed to say that there is nothing. */
	if (at >> UNWIND_PAGE_SHIFT >= table->first_page + table->pages.n)
		return 0;
	return add_row(builder, at, &no_rule);
}

static int run_pieces(struct builder *builder, const struct elf_file *file,
		      const struct unwind_pieces *pieces)
{
	uint64_t at = builder->entry;
	uint64_t limit;
	int err;

	if (pieces->pieces.n && pieces->pieces.data[0].start < at)
		at = pieces->pieces.data[0].start;
	limit = find_limit(at);
	vec_each(&pieces->pieces, piece) {
		if (piece->start + piece->size > limit) {
			builder->stats->n_outside++;
			continue;
		}
		builder->padding = unwind_is_padding(pieces, at, piece) ? at : piece->start;
		err = add_gap(builder, at, builder->padding);
		if (!err)
			err = run_piece(builder, pieces, piece);
		if (err)
			return err;
		at = piece->start + piece->size;
	}
	return add_rest(builder, file, at, limit);
}

int unwind_table_build(const struct elf_file *file, struct unwind_rules *rules,
		       struct unwind_table *ret, struct unwind_table_stats *stats)
{
	guard(unwind_pieces_deinit) struct unwind_pieces pieces = {};
	struct builder builder = {
		.table = ret,
		.rules = rules,
		.stats = stats,
		.rule = no_rule,
	};
	int err;

	*ret = (struct unwind_table){};
	*stats = (struct unwind_table_stats){};
	vec_each(&file->by_vaddr, segment)
		stats->text += segment->size;
	err = unwind_pieces_init(&pieces, file, stats);
	if (err)
		return err;
	builder.entry = pieces.entry;
	err = run_pieces(&builder, file, &pieces);
	if (!err)
		err = flush_row(&builder);
	if (err)
		unwind_table_deinit(ret);
	return err;
}

void unwind_table_deinit(struct unwind_table *table)
{
	vec_deinit(&table->pages);
	vec_deinit(&table->rows);
}

size_t unwind_table_bytes(const struct unwind_table *table)
{
	return table->pages.n * sizeof(*table->pages.data) +
	       table->rows.n * sizeof(*table->rows.data);
}

const struct unwind_row *unwind_table_find(const struct unwind_table *table, uint64_t vaddr)
{
	uint64_t page = (vaddr >> UNWIND_PAGE_SHIFT) - table->first_page;
	uint16_t pc = vaddr & PAGE_MASK;
	const struct unwind_row *rows;
	uint32_t low = 0, high;

	if (page >= table->pages.n)
		return NULL;
	rows = table->rows.data + table->pages.data[page].first;
	/* rows[low].pc <= pc < rows[high].pc; the first row's is 0. */
	high = table->pages.data[page].count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (rows[middle].pc <= pc)
			low = middle;
		else
			high = middle;
	}
	return &rows[low];
}

struct unwind_rule unwind_table_rule(const struct unwind_table *table,
				     const struct unwind_rules *rules, uint64_t vaddr)
{
	const struct unwind_row *row = unwind_table_find(table, vaddr);
	struct unwind_rule rule = no_rule;

	if (!row)
		return rule;
	rule = rules->rules.data[row->rule];
	rule.cfa_offset = unwind_cfa_offset(&rule, (vaddr & PAGE_MASK) - row->pc);
	rule.step = 0;
	rule.step_shift = rule.n_steps = 0;
	return rule;
}
