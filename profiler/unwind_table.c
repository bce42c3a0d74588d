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

enum {
	/* ld.so's _start is 86 bytes long. Where nothing is known of what follows, the outermost
	 * function must not seem to go on for ever. */
	MOST_ENTRY = 256,
	PAGE_MASK = (1 << UNWIND_PAGE_SHIFT) - 1,
};

struct builder {
	struct unwind_table *table;
	struct unwind_rules *rules;
	struct unwind_table_stats *stats;
	uint64_t piece_end; /* of the piece whose program runs */
	uint64_t entry;     /* UINT64_MAX: none, or it has an FDE */
	bool signal;
	uint16_t rule; /* that of the last row */
	/* Most states are the same rule as the one before or need no hash to be found. */
	struct unwind_rule cached;
	uint16_t cached_number;
};

static bool row_push(struct unwind_table *table, uint16_t pc, uint16_t rule)
{
	struct unwind_row row = { pc, rule };

	if (vec_push(&table->rows, row))
		return false;
	table->pages.data[table->pages.n - 1].count++;
	return true;
}

/* Begins pages up to that of the address. What held at the end of the last holds on. */
static bool open_pages(struct builder *builder, uint64_t page)
{
	struct unwind_table *table = builder->table;

	if (!table->pages.n)
		table->first_page = page;
	while (table->first_page + table->pages.n <= page) {
		struct unwind_page new = { .first = table->rows.n };

		if (vec_push(&table->pages, new) || !row_push(table, 0, builder->rule))
			return false;
	}
	return true;
}

/* The last row is of the same address and thereby void; its rule holds nowhere. */
static void replace_row(struct builder *builder, uint16_t rule)
{
	struct unwind_table *table = builder->table;
	struct unwind_page *page = &table->pages.data[table->pages.n - 1];
	struct unwind_row *last = &table->rows.data[table->rows.n - 1];

	last->rule = rule;
	if (page->count > 1 && last[-1].rule == rule) {
		table->rows.n--;
		page->count--;
	}
}

/* From this address on this rule holds; addresses come in order. */
static int add_row(struct builder *builder, uint64_t address, uint16_t rule)
{
	struct unwind_table *table = builder->table;
	uint64_t page = address >> UNWIND_PAGE_SHIFT;
	uint16_t pc = address & PAGE_MASK;
	if (rule == builder->rule)
		return 0;
	if (table->rows.n >= UNWIND_MAX_ROWS)
		return -E2BIG;
	if (!open_pages(builder, page))
		return -ENOMEM;
	builder->rule = rule;
	if (table->rows.data[table->rows.n - 1].pc == pc)
		replace_row(builder, rule);
	else if (!row_push(table, pc, rule))
		return -ENOMEM;
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
	if (memcmp(&rule, &builder->cached, sizeof(rule))) {
		err = unwind_rules_number(builder->rules, &rule, &builder->cached_number);
		if (err)
			return err;
		builder->cached = rule;
	}
	return add_row(builder, address, builder->cached_number);
}

static int run_piece(struct builder *builder, const struct unwind_pieces *pieces,
		     const struct unwind_piece *piece)
{
	const struct unwind_section *section;
	const struct unwind_cie *cie;
	struct cfi_fde fde = { .start = piece->start, .end = piece->start + piece->size };

	builder->piece_end = fde.end;
	builder->stats->covered += piece->size;
	if (piece->kind == UNWIND_TRAMPOLINE)
		return add_row(builder, piece->start, UNWIND_RULE_SIGNAL);
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
	uint64_t entry_end = to - entry > MOST_ENTRY ? entry + MOST_ENTRY : to;
	int err;

	if (from == to)
		return 0;
	if (entry < from || entry >= to)
		return add_row(builder, from, UNWIND_RULE_NONE);
	err = add_row(builder, from, UNWIND_RULE_NONE);
	if (!err)
		err = add_row(builder, entry, UNWIND_RULE_END);
	if (!err && entry_end < to)
		err = add_row(builder, entry_end, UNWIND_RULE_NONE);
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
	return add_row(builder, at, UNWIND_RULE_NONE);
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
		err = add_gap(builder, at, piece->start);
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
		.entry = UINT64_MAX,
		.rule = UNWIND_RULE_NONE,
	};
	int err;

	*ret = (struct unwind_table){};
	*stats = (struct unwind_table_stats){};
	vec_each(&file->by_vaddr, segment)
		stats->text += segment->size;
	err = unwind_pieces_init(&pieces, file, stats);
	if (err)
		return err;
	if (elf_file_segment(file, file->header.e_entry) && unwind_entry_is_used(file))
		builder.entry = file->header.e_entry;
	err = run_pieces(&builder, file, &pieces);
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

uint16_t unwind_table_find(const struct unwind_table *table, uint64_t vaddr)
{
	uint64_t page = (vaddr >> UNWIND_PAGE_SHIFT) - table->first_page;
	uint16_t pc = vaddr & PAGE_MASK;
	const struct unwind_row *rows;
	uint32_t low = 0, high;

	if (page >= table->pages.n)
		return UNWIND_RULE_NONE;
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
	return rows[low].rule;
}
