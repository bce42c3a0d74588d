// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names from .symtab and .dynsym. Both tables come in as one list of symbols
 * that stand for code; out come ranges of addresses without overlap, each with
 * the few symbols that name it, so that a look-up is one binary search however
 * the symbols of a hostile file overlap.
 *
 * - A symbol names [value, value + size), and inside another it is the inner
 *   one that names.
 * - A symbol of size 0 counts only in .symtab and where no sized one covers it;
 *   it ends at the next symbol, at the end of its FDE or at the next FDE, and
 *   with its section.
 * - Of several names for one start: global before weak before local, then the
 *   shortest, then the first by name, without regard to symbol versions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/source.h"

enum {
	MAX_READ = 1 << 24,  /* symbols of one table that are looked at */
	MAX_KEPT = 1 << 22,  /* symbols that are kept: 96 MiB, and at most 192 MiB of ranges */
	MAX_ALIASES = 64,    /* names compared for one range */
	SYMBOLS_A_READ = 4096,
};

enum rank { RANK_GLOBAL, RANK_WEAK, RANK_LOCAL };

struct symbol {
	uint64_t start;
	uint64_t end; /* UINT64_MAX until known if it is sizeless */
	uint32_t name;
	uint8_t rank;
	bool dynamic; /* the name is in .dynsym's string table */
	bool sizeless;
};

/* What one run of symbols with the same start names. */
struct range {
	uint64_t end;
	uint32_t first, n; /* in symbols */
	uint32_t answer;   /* in answers, + 1; 0: not yet asked for */
};

struct answer {
	struct demangled_name name; /* both NULL: the symbol has no name */
	uint64_t start;
	bool sizeless;
};

struct elf_symbols {
	struct symbol_module *module; /* borrowed */
	const Elf64_Shdr *strings[2]; /* of .symtab, .dynsym */
	VEC(struct symbol) symbols;
	VEC(uint64_t) starts; /* of ranges: apart, for the search to stay in the cache */
	VEC(struct range) ranges;
	VEC(struct answer) answers;
	struct elf_string best, other; /* names being compared */
};

static void elf_symbols_close(void *state)
{
	struct elf_symbols *table = state;

	if (!table)
		return;
	vec_deinit(&table->symbols);
	vec_deinit(&table->starts);
	vec_deinit(&table->ranges);
	vec_deinit(&table->answers);
	vec_deinit(&table->best.text);
	vec_deinit(&table->other.text);
	free(table);
}

static void guard_close_symbols(struct elf_symbols **table)
{
	elf_symbols_close(*table);
}

/* Labels in assembly often have neither type nor size; anything else without a type that
 * stands in executable sections is data or a mark of the linker's. */
static bool is_code(const struct elf_file *file, const Elf64_Sym *sym)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);
	uint16_t index = sym->st_shndx;

	if (index == SHN_UNDEF || index == SHN_ABS || index == SHN_COMMON)
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	return type == STT_NOTYPE && index < file->sections.n &&
	       (file->sections.data[index].sh_flags & SHF_EXECINSTR);
}

static enum rank symbol_rank(const Elf64_Sym *sym)
{
	switch (ELF64_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
	case STB_GNU_UNIQUE:
		return RANK_GLOBAL;
	case STB_WEAK:
		return RANK_WEAK;
	default:
		return RANK_LOCAL;
	}
}

/* Where a symbol ends at the latest: with its segment, and with its section if it is in one. */
static uint64_t symbol_limit(const struct elf_file *file, const Elf64_Sym *sym)
{
	const struct elf_segment *segment = elf_file_segment(file, sym->st_value);
	const Elf64_Shdr *section;
	uint64_t limit;

	if (!segment)
		return 0;
	limit = segment->vaddr + segment->size;
	if (sym->st_shndx >= file->sections.n)
		return limit;
	section = &file->sections.data[sym->st_shndx];
	if (sym->st_value < section->sh_addr || sym->st_value - section->sh_addr >= section->sh_size)
		return 0;
	if (section->sh_size < limit - section->sh_addr)
		limit = section->sh_addr + section->sh_size;
	return limit;
}

static int add_symbol(struct elf_symbols *table, const Elf64_Sym *sym, bool dynamic)
{
	const struct elf_file *file = &table->module->file;
	struct symbol symbol = {
		.start = sym->st_value,
		.name = sym->st_name,
		.rank = symbol_rank(sym),
		.dynamic = dynamic,
		.sizeless = !sym->st_size,
	};
	uint64_t limit;

	if (!sym->st_name || !is_code(file, sym) || (symbol.sizeless && dynamic))
		return 0;
	limit = symbol_limit(file, sym);
	if (!limit)
		return 0;
	symbol.end = limit;
	if (sym->st_size && sym->st_size < limit - symbol.start)
		symbol.end = symbol.start + sym->st_size;
	return vec_push(&table->symbols, symbol);
}

static int read_table(struct elf_symbols *table, const Elf64_Shdr *section, bool dynamic)
{
	const struct elf_file *file = &table->module->file;
	uint64_t size = section->sh_size;
	guard_free Elf64_Sym *chunk = NULL;
	uint64_t n;
	int err = 0;

	if (section->sh_entsize != sizeof(Elf64_Sym) || section->sh_link >= file->sections.n ||
	    section->sh_offset > file->size)
		return -ENOENT;
	if (size > file->size - section->sh_offset)
		size = file->size - section->sh_offset;
	n = size / sizeof(Elf64_Sym);
	table->strings[dynamic] = &file->sections.data[section->sh_link];
	chunk = malloc(SYMBOLS_A_READ * sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	for (uint64_t i = 0; i < n && i < MAX_READ && !err; i += SYMBOLS_A_READ) {
		size_t now = n - i < SYMBOLS_A_READ ? n - i : SYMBOLS_A_READ;

		err = elf_file_pread(file, section->sh_offset + i * sizeof(*chunk), chunk,
				     now * sizeof(*chunk));
		for (size_t k = 0; k < now && !err && table->symbols.n < MAX_KEPT; k++)
			err = add_symbol(table, &chunk[k], dynamic);
	}
	return err;
}

/* The first table of each type; a table that cannot be read counts as far as it could be. */
static int read_tables(struct elf_symbols *table)
{
	bool seen[2] = {};

	vec_each(&table->module->file.sections, section) {
		bool dynamic = section->sh_type == SHT_DYNSYM;

		if ((section->sh_type != SHT_SYMTAB && !dynamic) || seen[dynamic])
			continue;
		seen[dynamic] = true;
		if (read_table(table, section, dynamic) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

/* By start; then sized ones, longest first, before sizeless ones; then by rank. */
static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
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

/* Drops the sizeless symbols that a sized one covers, and ends the others at the next start. */
static void settle_sizeless(struct elf_symbols *table)
{
	struct symbol *symbols = table->symbols.data;
	uint64_t covered = 0, next = UINT64_MAX, start = UINT64_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < table->symbols.n; i++) {
		if (symbols[i].sizeless && symbols[i].start < covered)
			continue;
		if (!symbols[i].sizeless && symbols[i].end > covered)
			covered = symbols[i].end;
		symbols[kept++] = symbols[i];
	}
	table->symbols.n = kept;
	for (size_t i = kept; i-- > 0;) {
		if (symbols[i].start != start) {
			next = start;
			start = symbols[i].start;
		}
		if (symbols[i].sizeless && symbols[i].end > next)
			symbols[i].end = next;
	}
}

/* A symbol that is open at the current address, and the first of those with its start. */
struct open {
	uint32_t first, last;
};

struct sweep {
	struct elf_symbols *table;
	VEC(struct open) stack; /* the innermost is the last */
	uint64_t at;
};

static int emit_range(struct elf_symbols *table, uint64_t start, uint64_t end,
		      const struct open *open)
{
	struct range range = {
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
static int make_ranges(struct elf_symbols *table)
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

static int elf_symbols_open(struct symbol_module *module, void **ret)
{
	guard(guard_close_symbols) struct elf_symbols *table = calloc(1, sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	table->module = module;
	err = read_tables(table);
	if (err)
		return err;
	if (!table->symbols.n)
		return -ENOENT;
	qsort(table->symbols.data, table->symbols.n, sizeof(struct symbol), compare_symbols);
	settle_sizeless(table);
	err = make_ranges(table);
	if (err)
		return err;
	*ret = take_ptr(table);
	return 0;
}

/* True if the name just read into other goes before the best one so far. */
static bool name_is_better(const struct elf_string *other, const struct elf_string *best)
{
	size_t m = demangle_unversioned(other->text.data, other->text.n);
	size_t n = demangle_unversioned(best->text.data, best->text.n);

	if (m != n)
		return m < n;
	return strcmp(other->text.data, best->text.data) < 0;
}

/* Reads the names of a range's symbols of the best rank; the one to use ends up in best. */
static int choose_name(struct elf_symbols *table, const struct range *range,
		       const struct symbol **ret)
{
	const struct symbol *symbols = &table->symbols.data[range->first];
	size_t n = range->n < MAX_ALIASES ? range->n : MAX_ALIASES;
	unsigned int rank = RANK_LOCAL;

	*ret = NULL;
	for (size_t i = 0; i < n; i++)
		if (symbols[i].rank < rank)
			rank = symbols[i].rank;
	for (size_t i = 0; i < n; i++) {
		int err;

		if (symbols[i].rank != rank)
			continue;
		err = elf_file_string(&table->module->file, table->strings[symbols[i].dynamic],
				      symbols[i].name, &table->other);
		if (err == -ENOMEM)
			return err;
		if (err || !table->other.text.n)
			continue;
		if (!*ret || name_is_better(&table->other, &table->best)) {
			struct elf_string other = table->other;

			table->other = table->best;
			table->best = other;
			*ret = &symbols[i];
		}
	}
	return 0;
}

static int answer_range(struct elf_symbols *table, struct range *range)
{
	struct answer answer = {
		.start = table->symbols.data[range->first].start,
		.sizeless = table->symbols.data[range->first].sizeless,
	};
	const struct symbol *symbol;
	uint32_t name;
	int err = choose_name(table, range, &symbol);

	if (!err && symbol)
		err = demangler_intern(table->module->names, table->best.text.data,
				       table->best.text.n, &name);
	if (!err && symbol)
		err = demangler_get(table->module->names, name, &answer.name);
	if (!err)
		err = vec_push(&table->answers, answer);
	if (!err)
		range->answer = table->answers.n;
	return err;
}

/* Whether the FDEs let a symbol of size 0 reach from its start to an address. */
static int sizeless_reaches(struct elf_symbols *table, uint64_t start, uint64_t address)
{
	const struct eh_frame *eh_frame;
	const struct eh_frame_range *below;
	int err = symbol_module_eh_frame(table->module, &eh_frame);

	if (err)
		return err;
	below = eh_frame_below(eh_frame, address);
	if (!below)
		return 1;
	if (below->start > start)
		return 0;
	return start >= below->end || address < below->end;
}

static int elf_symbols_find(void *state, uint64_t vaddr, struct symbol_frame *ret)
{
	struct elf_symbols *table = state;
	const uint64_t *base = table->starts.data;
	size_t n = table->starts.n;
	const struct answer *answer;
	struct range *range;
	int err;

	if (!n || vaddr < base[0])
		return 0;
	/* Without branches: the last start at or below the address. */
	while (n > 1) {
		size_t half = n / 2;

		base += base[half] <= vaddr ? half : 0;
		n -= half;
	}
	range = &table->ranges.data[base - table->starts.data];
	if (vaddr >= range->end)
		return 0;
	if (!range->answer) {
		err = answer_range(table, range);
		if (err)
			return err;
	}
	answer = &table->answers.data[range->answer - 1];
	if (!answer->name.name)
		return 0;
	if (answer->sizeless) {
		err = sizeless_reaches(table, answer->start, vaddr);
		if (err <= 0)
			return err;
	}
	ret->name = answer->name.name;
	ret->system_name = answer->name.system_name;
	ret->start = answer->start;
	return 1;
}

const struct symbol_source elf_symbols_source = {
	.open = elf_symbols_open,
	.close = elf_symbols_close,
	.find = elf_symbols_find,
};
