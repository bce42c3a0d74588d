// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sorts the symbols by radix, as the tables of a large program have some
 * hundred thousand, and then sweeps over them once with a stack of those that
 * are open.
 */
#include "symbolize/symbol_ranges.h"

#include <errno.h>
#include <stdlib.h>

#include "base/guard.h"

enum { DIGIT_BITS = 11, N_DIGITS = 1 << DIGIT_BITS };

/* Of one start: data; sized ones, longest first; sizeless ones. Then by rank, and so on:
 * nothing may depend on the order in which they came. */
static int compare_aliases(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->is_data != y->is_data)
		return x->is_data ? -1 : 1;
	if (x->sizeless != y->sizeless)
		return x->sizeless ? 1 : -1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->dynamic != y->dynamic)
		return x->dynamic ? 1 : -1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static void sort_by_digit(const struct symbol *from, struct symbol *to, size_t n, uint64_t lowest,
			  unsigned int shift)
{
	uint32_t places[N_DIGITS] = {};
	uint32_t place = 0;

	for (size_t i = 0; i < n; i++)
		places[(from[i].start - lowest) >> shift & (N_DIGITS - 1)]++;
	for (size_t digit = 0; digit < N_DIGITS; digit++) {
		uint32_t count = places[digit];

		places[digit] = place;
		place += count;
	}
	for (size_t i = 0; i < n; i++)
		to[places[(from[i].start - lowest) >> shift & (N_DIGITS - 1)]++] = from[i];
}

/* From the lowest digit up; addresses of one file rarely need more than three. */
static int sort_by_start(struct symbol_ranges *table)
{
	uint64_t lowest = UINT64_MAX, highest = 0;
	size_t n = table->symbols.n;
	guard_free struct symbol *other = malloc(n * sizeof(*other));

	if (!other)
		return -ENOMEM;
	vec_each(&table->symbols, symbol) {
		lowest = symbol->start < lowest ? symbol->start : lowest;
		highest = symbol->start > highest ? symbol->start : highest;
	}
	for (unsigned int shift = 0; shift < 64 && (highest - lowest) >> shift;
	     shift += DIGIT_BITS) {
		struct symbol *sorted = other;

		sort_by_digit(table->symbols.data, sorted, n, lowest, shift);
		other = table->symbols.data;
		table->symbols.data = sorted;
		table->symbols.cap = n;
	}
	return 0;
}

static int sort_symbols(struct symbol_ranges *table)
{
	int err = sort_by_start(table);
	struct symbol *symbols = table->symbols.data;
	size_t n = table->symbols.n;

	if (err)
		return err;
	for (size_t first = 0, i = 1; i <= n; i++) {
		if (i < n && symbols[i].start == symbols[first].start)
			continue;
		if (i - first > 1)
			qsort(symbols + first, i - first, sizeof(*symbols), compare_aliases);
		first = i;
	}
	return 0;
}

static void drop_covered_sizeless(struct symbol_ranges *table)
{
	struct symbol *symbols = table->symbols.data;
	uint64_t covered = 0;
	size_t kept = 0;

	for (size_t i = 0; i < table->symbols.n; i++) {
		const struct symbol *symbol = &symbols[i];

		if (symbol->sizeless && symbol->start < covered)
			continue;
		if (!symbol->sizeless && !symbol->is_data && symbol->end > covered)
			covered = symbol->end;
		symbols[kept++] = *symbol;
	}
	table->symbols.n = kept;
}

static void end_sizeless_at_next(struct symbol_ranges *table)
{
	uint64_t next = UINT64_MAX, start = UINT64_MAX;

	for (size_t i = table->symbols.n; i-- > 0;) {
		struct symbol *symbol = &table->symbols.data[i];

		if (symbol->start != start) {
			next = start;
			start = symbol->start;
		}
		if (symbol->sizeless && symbol->end > next)
			symbol->end = next;
	}
}

static void drop_data(struct symbol_ranges *table)
{
	struct symbol *symbols = table->symbols.data;
	size_t kept = 0;

	for (size_t i = 0; i < table->symbols.n; i++)
		if (!symbols[i].is_data)
			symbols[kept++] = symbols[i];
	table->symbols.n = kept;
}

/* A symbol that is open at the current address, and the first of those with its start. */
struct open {
	uint32_t first, last;
};

struct sweep {
	struct symbol_ranges *table;
	VEC(struct open) stack; /* the innermost is the last */
	uint64_t at;
};

static int emit_range(struct symbol_ranges *table, uint64_t start, uint64_t end,
		      const struct open *open)
{
	struct symbol_range range = {
		.end = end,
		.first = open->first,
		.n = open->last - open->first + 1,
	};

	return vec_push(&table->starts, start) ?: vec_push(&table->ranges, range);
}

/* Emits what is open from the current address up to another. */
static int sweep_to(struct sweep *sweep, uint64_t until)
{
	const struct symbol *symbols = sweep->table->symbols.data;

	while (sweep->stack.n && sweep->at < until) {
		const struct open *top = &sweep->stack.data[sweep->stack.n - 1];
		uint64_t end = symbols[top->last].end;
		uint64_t stop = end < until ? end : until;
		int err = 0;

		if (stop > sweep->at) {
			err = emit_range(sweep->table, sweep->at, stop, top);
			sweep->at = stop;
		}
		if (err)
			return err;
		if (end <= until)
			sweep->stack.n--;
	}
	sweep->at = until;
	return 0;
}

/* Makes ranges of the sorted symbols: at most two for each. */
static int make_ranges(struct symbol_ranges *table)
{
	const struct symbol *symbols = table->symbols.data;
	struct sweep sweep = { .table = table };
	size_t n = table->symbols.n;
	size_t first = 0;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		if (!i || symbols[i].start != symbols[i - 1].start) {
			err = sweep_to(&sweep, symbols[i].start);
			first = i;
		}
		/* Symbols of one start and one end are opened as one. */
		if (!err && (i + 1 == n || symbols[i + 1].start != symbols[i].start ||
			     symbols[i + 1].end != symbols[i].end))
			err = vec_push(&sweep.stack, (struct open){ first, i });
	}
	if (!err)
		err = sweep_to(&sweep, UINT64_MAX);
	vec_deinit(&sweep.stack);
	return err;
}

int symbol_ranges_build(struct symbol_ranges *table)
{
	int err;

	if (!table->symbols.n)
		return 0;
	err = sort_symbols(table);
	if (err)
		return err;
	drop_covered_sizeless(table);
	end_sizeless_at_next(table);
	drop_data(table);
	return make_ranges(table);
}

void symbol_ranges_deinit(struct symbol_ranges *table)
{
	vec_deinit(&table->symbols);
	vec_deinit(&table->starts);
	vec_deinit(&table->ranges);
}

struct symbol_range *symbol_ranges_find(const struct symbol_ranges *table, uint64_t address)
{
	const uint64_t *base = table->starts.data;
	struct symbol_range *range;
	size_t n = table->starts.n;

	if (!n || address < base[0])
		return NULL;
	/* Without branches: the last start at or below the address. */
	while (n > 1) {
		size_t half = n / 2;

		base += base[half] <= address ? half : 0;
		n -= half;
	}
	range = &table->ranges.data[base - table->starts.data];
	return address < range->end ? range : NULL;
}
