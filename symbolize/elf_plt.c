// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names "foo@plt" for the stubs through which a file calls other files, and
 * its own indirect functions. No symbol stands for them; what a stub jumps to
 * is read from its instructions: they name a slot of the GOT, and the
 * relocation of that slot names the function, or the address of its resolver.
 * x86-64 only; elsewhere stubs stay without a name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "symbolize/source.h"

enum {
	MAX_PLT = 4 << 20,    /* bytes of one section of stubs, 32 bytes of memory for each 8 */
	MAX_RELOCS = 1 << 24, /* relocations looked at in one file */
	RELOCS_A_READ = 4096,
	STUB_SIZE = 16,
	STUB_SIZE_SHORT = 8,  /* of .plt.got, and of .plt in static programs */
};

static const char *const section_names[] = { ".plt", ".plt.sec", ".plt.got" };

enum { N_SECTIONS = sizeof(section_names) / sizeof(*section_names) };

struct stub {
	uint64_t vaddr, slot;
	uint64_t resolver; /* of an indirect function; 0: it is none */
	uint32_t symbol;   /* in .dynsym; 0: not known */
	uint32_t size;
};

struct elf_plt {
	struct symbol_module *module; /* borrowed */
	const Elf64_Shdr *sections[N_SECTIONS];
	const Elf64_Shdr *symbols; /* .dynsym */
	struct elf_strings strings;
	struct elf_string name;
	bool loaded;
	VEC(struct stub) stubs; /* by vaddr */
};

static void elf_plt_close(void *state)
{
	struct elf_plt *plt = state;

	elf_strings_deinit(&plt->strings);
	vec_deinit(&plt->name.text);
	vec_deinit(&plt->stubs);
	free(plt);
}

static int elf_plt_open(struct symbol_module *module, void **ret)
{
	struct elf_plt *plt;
	bool any = false;

	if (module->file.header.e_machine != EM_X86_64)
		return -ENOENT;
	plt = calloc(1, sizeof(*plt));
	if (!plt)
		return -ENOMEM;
	plt->module = module;
	for (size_t i = 0; i < N_SECTIONS; i++) {
		plt->sections[i] = elf_file_section(&module->file, section_names[i]);
		any |= plt->sections[i] != NULL;
	}
	if (!any) {
		elf_plt_close(plt);
		return -ENOENT;
	}
	*ret = plt;
	return 0;
}

/* "endbr64; bnd jmp *slot(%rip)", the first instruction and the prefix being optional. */
static bool decode_stub(const unsigned char *code, size_t size, uint64_t vaddr, uint64_t *ret_slot)
{
	static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t at = 0;
	int32_t displacement;

	if (size >= sizeof(endbr64) && !memcmp(code, endbr64, sizeof(endbr64)))
		at += sizeof(endbr64);
	if (at < size && code[at] == 0xf2)
		at++;
	if (size - at < 6 || code[at] != 0xff || code[at + 1] != 0x25)
		return false;
	memcpy(&displacement, code + at + 2, sizeof(displacement));
	*ret_slot = vaddr + at + 6 + (int64_t)displacement;
	return true;
}

/* Not every linker tells the size of an entry; then a stub begins where it can be decoded. */
static int read_stubs(struct elf_plt *plt, const Elf64_Shdr *section)
{
	size_t step = section->sh_entsize == STUB_SIZE ? STUB_SIZE : STUB_SIZE_SHORT;
	guard_free unsigned char *code = NULL;
	size_t size = section->sh_size;
	int err = elf_file_read(&plt->module->file, section->sh_offset, size, MAX_PLT, &code);

	if (err)
		return err == -ENOMEM ? err : 0;
	for (size_t at = 0; at < size && !err; at += step) {
		size_t left = size - at < STUB_SIZE ? size - at : STUB_SIZE;
		struct stub stub = { .vaddr = section->sh_addr + at, .size = left };

		if (decode_stub(code + at, left, stub.vaddr, &stub.slot))
			err = vec_push(&plt->stubs, stub);
	}
	return err;
}

static int compare_slot(const void *a, const void *b)
{
	const struct stub *x = a, *y = b;

	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static int compare_vaddr(const void *a, const void *b)
{
	const struct stub *x = a, *y = b;

	if (x->vaddr != y->vaddr)
		return x->vaddr < y->vaddr ? -1 : 1;
	return compare_slot(a, b);
}

/* Gives the stubs of a slot, sorted by slot, what its relocation names. */
static void name_slot(struct elf_plt *plt, const Elf64_Rela *reloc, bool has_symbols)
{
	const struct stub key = { .slot = reloc->r_offset };
	uint32_t type = ELF64_R_TYPE(reloc->r_info);
	struct stub *stubs = plt->stubs.data;
	struct stub *found;

	if (type != R_X86_64_IRELATIVE &&
	    !(has_symbols && (type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT)))
		return;
	found = bsearch(&key, stubs, plt->stubs.n, sizeof(*stubs), compare_slot);
	/* Once named, all of them are: a slot with many relocations costs no more. */
	if (!found || found->symbol || found->resolver)
		return;
	while (found > stubs && found[-1].slot == reloc->r_offset)
		found--;
	for (; found < stubs + plt->stubs.n && found->slot == reloc->r_offset; found++) {
		if (type == R_X86_64_IRELATIVE)
			found->resolver = reloc->r_addend;
		else
			found->symbol = ELF64_R_SYM(reloc->r_info);
	}
}

/* Whether relocations are to symbols of the one .dynsym. Those of static programs are not. */
static bool uses_symbols(struct elf_plt *plt, const Elf64_Shdr *relocs)
{
	const struct elf_file *file = &plt->module->file;
	const Elf64_Shdr *symbols;

	if (relocs->sh_link >= file->sections.n)
		return false;
	symbols = &file->sections.data[relocs->sh_link];
	if (symbols->sh_type != SHT_DYNSYM || symbols->sh_link >= file->sections.n ||
	    (plt->symbols && plt->symbols != symbols))
		return false;
	plt->symbols = symbols;
	return true;
}

static int read_relocs(struct elf_plt *plt, const Elf64_Shdr *section, uint64_t *budget)
{
	const struct elf_file *file = &plt->module->file;
	uint64_t n = section->sh_size / sizeof(Elf64_Rela);
	guard_free Elf64_Rela *chunk = malloc(RELOCS_A_READ * sizeof(*chunk));
	bool has_symbols = uses_symbols(plt, section);

	if (!chunk)
		return -ENOMEM;
	for (uint64_t i = 0; i < n && *budget; i += RELOCS_A_READ) {
		size_t now = n - i < RELOCS_A_READ ? n - i : RELOCS_A_READ;
		uint64_t offset = section->sh_offset + i * sizeof(*chunk);

		if (offset < section->sh_offset ||
		    elf_file_pread(file, offset, chunk, now * sizeof(*chunk)))
			return 0;
		for (size_t k = 0; k < now; k++)
			name_slot(plt, &chunk[k], has_symbols);
		*budget -= now < *budget ? now : *budget;
	}
	return 0;
}

static int load_stubs(struct elf_plt *plt)
{
	const struct elf_file *file = &plt->module->file;
	uint64_t budget = MAX_RELOCS;
	int err = 0;

	for (size_t i = 0; i < N_SECTIONS && !err; i++)
		if (plt->sections[i])
			err = read_stubs(plt, plt->sections[i]);
	if (err || !plt->stubs.n)
		return err;
	qsort(plt->stubs.data, plt->stubs.n, sizeof(struct stub), compare_slot);
	vec_each(&file->sections, section) {
		if (section->sh_type != SHT_RELA || !(section->sh_flags & SHF_ALLOC))
			continue;
		err = read_relocs(plt, section, &budget);
		if (err)
			return err;
	}
	qsort(plt->stubs.data, plt->stubs.n, sizeof(struct stub), compare_vaddr);
	return 0;
}

static bool in_plt(const struct elf_plt *plt, uint64_t vaddr)
{
	for (size_t i = 0; i < N_SECTIONS; i++) {
		const Elf64_Shdr *section = plt->sections[i];

		if (section && vaddr >= section->sh_addr &&
		    vaddr - section->sh_addr < section->sh_size)
			return true;
	}
	return false;
}

static const struct stub *find_stub(const struct elf_plt *plt, uint64_t vaddr)
{
	size_t low = 0, high = plt->stubs.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (plt->stubs.data[middle].vaddr <= vaddr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || vaddr - plt->stubs.data[low - 1].vaddr >= plt->stubs.data[low - 1].size)
		return NULL;
	return &plt->stubs.data[low - 1];
}

/* Reads the name of a symbol of .dynsym. 1; 0: it has none; -ENOMEM. */
static int read_symbol_name(struct elf_plt *plt, uint32_t symbol)
{
	const struct elf_file *file = &plt->module->file;
	Elf64_Sym sym;
	int err;

	if (!plt->symbols || symbol >= plt->symbols->sh_size / sizeof(sym) ||
	    plt->symbols->sh_offset > file->size ||
	    elf_file_pread(file, plt->symbols->sh_offset + symbol * sizeof(sym), &sym,
			   sizeof(sym)))
		return 0;
	plt->strings.section = &file->sections.data[plt->symbols->sh_link];
	err = elf_strings_get(file, &plt->strings, sym.st_name, &plt->name);
	if (err || !plt->name.text.n)
		return err == -ENOMEM ? err : 0;
	return 1;
}

/* The same for the function that has an address, by the module's symbols. */
static int read_resolver_name(struct elf_plt *plt, uint64_t resolver)
{
	struct symbol_frame frame = {};
	void *symbols = plt->module->symbols;
	int found = symbols ? elf_symbols_source.find(symbols, resolver, &frame) : 0;
	int err;

	if (found <= 0)
		return found;
	plt->name.text.n = 0;
	err = vec_append(&plt->name.text, frame.system_name, strlen(frame.system_name));
	return err ? err : 1;
}

/* 1: plt->name is what a stub is to be called; 0: that is not known; -ENOMEM. */
static int read_name(struct elf_plt *plt, const struct stub *stub)
{
	static const char suffix[] = "@plt";
	int found = 0;
	int err;

	if (stub->symbol)
		found = read_symbol_name(plt, stub->symbol);
	else if (stub->resolver)
		found = read_resolver_name(plt, stub->resolver);
	if (found <= 0)
		return found;
	plt->name.text.n = demangle_unversioned(plt->name.text.data, plt->name.text.n);
	err = vec_append(&plt->name.text, suffix, sizeof(suffix) - 1);
	return err ? err : 1;
}

static int elf_plt_find(void *state, uint64_t vaddr, struct symbol_frame *ret)
{
	struct elf_plt *plt = state;
	struct demangled_name name;
	const struct stub *stub;
	uint32_t number;
	int found;

	if (!in_plt(plt, vaddr))
		return 0;
	if (!plt->loaded) {
		plt->loaded = true;
		if (load_stubs(plt))
			return -ENOMEM;
	}
	stub = find_stub(plt, vaddr);
	found = stub ? read_name(plt, stub) : 0;
	if (found <= 0)
		return found;
	found = demangler_intern(plt->module->names, plt->name.text.data, plt->name.text.n,
				 &number);
	if (!found)
		found = demangler_get(plt->module->names, number, &name);
	if (found)
		return found;
	/* 0: there was no room for it. */
	ret->name = number ? name.name : NULL;
	ret->system_name = number ? name.system_name : NULL;
	ret->start = stub->vaddr;
	return 1;
}

const struct symbol_source elf_plt_source = {
	.open = elf_plt_open,
	.close = elf_plt_close,
	.find = elf_plt_find,
};
