// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names from .symtab and .dynsym, both tables taken together. Where the module
 * was stripped its .symtab is that of its debug file, or of its MiniDebugInfo,
 * so that the names are those that it had before. What a symbol covers is told
 * in symbol_ranges.h; besides,
 *
 * - a symbol of size 0 counts only in .symtab, and it ends with its FDE or at
 *   the next FDE, and with its section;
 * - of several names for one start it is global before weak before local, then
 *   the mangled one that DWARF gives the function, as its lines and what was
 *   inlined are of that one, then the shortest, then the first by name, without
 *   regard to symbol versions.
 *
 * Names are read from the file when they are asked for, not before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/source.h"
#include "symbolize/symbol_ranges.h"

enum {
	MAX_READ = 1 << 24,     /* symbols of one table that are looked at */
	MAX_KEPT = 1 << 21,     /* symbols that are kept: 48 MiB, twice that while they are
				 * sorted; their ranges take at most 128 MiB if all overlap */
	MAX_COMPARED = 1 << 21, /* names compared in one file; then only a few for each range: */
	FEW_ALIASES = 64,
	SYMBOLS_A_READ = 4096,
};

struct answer {
	struct demangled_name name; /* both NULL: the symbol has no name */
	uint64_t start;
	bool sizeless;
	const char *asked; /* last, by has_name(); NULL: none yet */
	bool has_asked;
};

struct elf_symbols {
	struct symbol_module *module; /* borrowed */
	const struct elf_file *files[2]; /* that have .symtab, .dynsym */
	struct elf_strings strings[2];
	struct symbol_ranges ranges;
	VEC(struct answer) answers; /* to ranges asked for: number + 1 is in the range */
	struct elf_string best, other; /* names being compared */
	size_t n_compared;
};

static void elf_symbols_close(void *state)
{
	struct elf_symbols *table = state;

	if (!table)
		return;
	elf_strings_deinit(&table->strings[0]);
	elf_strings_deinit(&table->strings[1]);
	symbol_ranges_deinit(&table->ranges);
	vec_deinit(&table->answers);
	vec_deinit(&table->best.text);
	vec_deinit(&table->other.text);
	free(table);
}

static void guard_close_symbols(struct elf_symbols **table)
{
	elf_symbols_close(*table);
}

static bool in_code_section(const struct elf_file *file, const Elf64_Sym *sym)
{
	uint16_t index = sym->st_shndx;

	return index < file->sections.n &&
	       (file->sections.data[index].sh_flags & SHF_EXECINSTR);
}

/* Whether a symbol stands for code, or for data amid code. Labels in assembly often have
 * neither type nor size, and so are code only if their section is. */
static bool classify(const struct elf_file *file, const Elf64_Sym *sym, bool *is_data)
{
	uint16_t index = sym->st_shndx;

	*is_data = false;
	if (index == SHN_UNDEF || index == SHN_ABS || index == SHN_COMMON)
		return false;
	switch (ELF64_ST_TYPE(sym->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return true;
	case STT_OBJECT:
		*is_data = true;
		return in_code_section(file, sym);
	case STT_NOTYPE:
		return in_code_section(file, sym);
	default:
		return false;
	}
}

static enum symbol_rank symbol_rank(const Elf64_Sym *sym)
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

/* Where a symbol ends at the latest: with its segment, and with its section if it is in one. The
 * file that the symbol is from has that section, but a debug file has no segments. */
static uint64_t symbol_limit(const struct elf_file *module, const struct elf_file *file,
			     const Elf64_Sym *sym)
{
	const struct elf_segment *segment = elf_file_segment(module, sym->st_value);
	const Elf64_Shdr *section;
	uint64_t limit;

	if (!segment)
		return 0;
	limit = segment->vaddr + segment->size;
	if (sym->st_shndx >= file->sections.n)
		return limit;
	section = &file->sections.data[sym->st_shndx];
	if (sym->st_value < section->sh_addr ||
	    sym->st_value - section->sh_addr >= section->sh_size)
		return 0;
	if (section->sh_size < limit - section->sh_addr)
		limit = section->sh_addr + section->sh_size;
	return limit;
}

static int add_symbol(struct elf_symbols *table, const Elf64_Sym *sym, bool dynamic)
{
	const struct elf_file *file = table->files[dynamic];
	struct symbol symbol = {
		.start = sym->st_value,
		.name = sym->st_name,
		.rank = symbol_rank(sym),
		.dynamic = dynamic,
	};
	uint64_t limit;

	if (!sym->st_name || !classify(file, sym, &symbol.is_data))
		return 0;
	symbol.sizeless = !sym->st_size && !symbol.is_data;
	if (symbol.sizeless && dynamic)
		return 0;
	limit = symbol_limit(&table->module->file, file, sym);
	if (!limit)
		return 0;
	symbol.end = limit;
	if (sym->st_size && sym->st_size < limit - symbol.start)
		symbol.end = symbol.start + sym->st_size;
	return vec_push(&table->ranges.symbols, symbol);
}

static int read_table(struct elf_symbols *table, const struct elf_file *file,
		      const Elf64_Shdr *section, bool dynamic)
{
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
	table->files[dynamic] = file;
	table->strings[dynamic].section = &file->sections.data[section->sh_link];
	chunk = malloc(SYMBOLS_A_READ * sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	for (uint64_t i = 0; i < n && i < MAX_READ && !err; i += SYMBOLS_A_READ) {
		size_t now = n - i < SYMBOLS_A_READ ? n - i : SYMBOLS_A_READ;

		err = elf_file_pread(file, section->sh_offset + i * sizeof(*chunk), chunk,
				     now * sizeof(*chunk));
		for (size_t k = 0; k < now && !err && table->ranges.symbols.n < MAX_KEPT; k++)
			err = add_symbol(table, &chunk[k], dynamic);
	}
	return err;
}

/* The first table of a type; one that cannot be read counts as far as it could be. */
static int read_first(struct elf_symbols *table, const struct elf_file *file, uint32_t type,
		      bool *ret_found)
{
	vec_each(&file->sections, section)
		if (section->sh_type == type) {
			*ret_found = true;
			return read_table(table, file, section, type == SHT_DYNSYM) == -ENOMEM ?
				       -ENOMEM : 0;
		}
	return 0;
}

static int read_tables(struct elf_symbols *table)
{
	static int (*const elsewhere[])(struct symbol_module *, const struct elf_file **) = {
		module_debug_separate,
		module_debug_mini,
	};
	struct symbol_module *module = table->module;
	bool symtab = false, dynsym = false;
	int err = read_first(table, &module->file, SHT_SYMTAB, &symtab);

	for (size_t i = 0; !err && !symtab && i < 2; i++) {
		const struct elf_file *file;

		err = elsewhere[i](module, &file);
		if (!err)
			err = read_first(table, file, SHT_SYMTAB, &symtab);
		else if (err == -ENOENT)
			err = 0;
	}
	module->debug.stripped = !symtab;
	return err ? err : read_first(table, &module->file, SHT_DYNSYM, &dynsym);
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
	if (!table->ranges.symbols.n)
		return -ENOENT;
	err = symbol_ranges_build(&table->ranges);
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

static unsigned int best_rank(const struct symbol *symbols, size_t n)
{
	unsigned int rank = RANK_LOCAL;

	for (size_t i = 0; i < n; i++)
		if (symbols[i].rank < rank)
			rank = symbols[i].rank;
	return rank;
}

/* Reads the names of a range's symbols of the best rank; the one to use ends up in best. */
static int choose_name(struct elf_symbols *table, const struct symbol_range *range,
		       const struct symbol **ret)
{
	const struct symbol *symbols = &table->ranges.symbols.data[range->first];
	unsigned int rank;
	size_t n = range->n;

	/* Linkers that fold identical code give one address hundreds of names. */
	if (n > FEW_ALIASES && n > MAX_COMPARED - table->n_compared) {
		n = FEW_ALIASES;
		table->module->is_volatile = true;
	} else {
		table->n_compared += n > FEW_ALIASES ? n : 0;
	}
	*ret = NULL;
	rank = best_rank(symbols, n);
	for (size_t i = 0; i < n; i++) {
		int err;

		if (symbols[i].rank != rank)
			continue;
		err = elf_strings_get(table->files[symbols[i].dynamic],
				      &table->strings[symbols[i].dynamic],
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

static int answer_range(struct elf_symbols *table, struct symbol_range *range)
{
	struct answer answer = {
		.start = table->ranges.symbols.data[range->first].start,
		.sizeless = table->ranges.symbols.data[range->first].sizeless,
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

static bool is_mangled(const char *name)
{
	return name && name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || name[1] == 'D');
}

/* Whether one of the symbols that could name a range has a certain name. 1, 0 or -ENOMEM. */
static int has_name(struct elf_symbols *table, const struct symbol_range *range,
		    struct answer *answer, const char *name)
{
	const struct symbol *symbols = &table->ranges.symbols.data[range->first];
	const struct elf_string *found = &table->other;
	unsigned int rank;

	/* Names are kept once each. */
	if (answer->asked == name || range->n < 2 || range->n > FEW_ALIASES)
		return answer->has_asked;
	answer->asked = name;
	answer->has_asked = false;
	rank = best_rank(symbols, range->n);
	for (size_t i = 0; i < range->n && !answer->has_asked; i++) {
		int err = symbols[i].rank != rank ? -ENOENT :
			  elf_strings_get(table->files[symbols[i].dynamic],
					  &table->strings[symbols[i].dynamic],
					  symbols[i].name, &table->other);

		if (err == -ENOMEM)
			return err;
		answer->has_asked = !err && strlen(name) == demangle_unversioned(found->text.data,
										found->text.n) &&
				    !memcmp(name, found->text.data, strlen(name));
	}
	return answer->has_asked;
}

static int elf_symbols_find(void *state, uint64_t vaddr, struct symbol_frame *ret)
{
	struct elf_symbols *table = state;
	struct symbol_range *range = symbol_ranges_find(&table->ranges, vaddr);
	struct answer *answer;
	int err;

	if (!range)
		return 0;
	if (!range->answer) {
		err = answer_range(table, range);
		if (err)
			return err;
	}
	answer = &table->answers.data[range->answer - 1];
	if (!answer->name.name || !*answer->name.name)
		return 0;
	if (answer->sizeless) {
		err = sizeless_reaches(table, answer->start, vaddr);
		if (err <= 0)
			return err;
	}
	ret->start = answer->start;
	err = is_mangled(ret->system_name) ? has_name(table, range, answer, ret->system_name) : 0;
	if (err)
		return err;
	ret->name = answer->name.name;
	ret->system_name = answer->name.system_name;
	return 1;
}

const struct symbol_source elf_symbols_source = {
	.open = elf_symbols_open,
	.close = elf_symbols_close,
	.find = elf_symbols_find,
};
