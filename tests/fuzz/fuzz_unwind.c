/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables of ELF images: .eh_frame, .debug_frame, call-frame programs
 * and expressions. Whatever comes in, the table is in order, every address
 * has an answer, and its size is justified by the image's.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/guard.h"
#include "profiler/unwind_table.h"

/* Compressed bytes may become 32. */
enum { N_ADDRESSES = 64, MOST_ROWS_A_BYTE = 34 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_page(const struct unwind_table *table, const struct unwind_rules *rules,
		       const struct unwind_page *page)
{
	const struct unwind_row *rows = table->rows.data + page->first;

	require(page->count && page->first + (size_t)page->count <= table->rows.n && !rows[0].pc);
	for (uint32_t i = 0; i < page->count; i++)
		require(rows[i].rule < rules->rules.n && (!i || rows[i].pc > rows[i - 1].pc));
}

static void check_table(const struct unwind_table *table, const struct unwind_rules *rules,
			size_t size)
{
	uint64_t start = table->first_page << UNWIND_PAGE_SHIFT;

	require(table->pages.n <= UNWIND_MAX_PAGES);
	require(table->rows.n <= MOST_ROWS_A_BYTE * size + table->pages.n);
	vec_each(&table->pages, page)
		check_page(table, rules, page);
	for (uint64_t i = 0; i < N_ADDRESSES; i++)
		unwind_table_rule(table, rules, start + i * 4099);
	unwind_table_rule(table, rules, UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	guard(unwind_rules_deinit) struct unwind_rules rules = {};
	guard(unwind_table_deinit) struct unwind_table table = {};
	guard(elf_file_deinit) struct elf_file file = {};
	struct unwind_table_stats stats;

	if (elf_file_init_image(&file, data, size) || unwind_rules_init(&rules))
		return 0;
	if (!unwind_table_build(&file, &rules, &table, &stats))
		check_table(&table, &rules, size);
	return 0;
}
